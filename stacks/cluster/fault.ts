import * as pulumi from '@pulumi/pulumi';

/**
 * An error of which the user sees the message and nothing else. Its stack is dropped, because the SDK formats it even so,
 * and Node 20 needs minutes and gigabytes for a frame such as `node_modules/@pulumi/resource.ts`: its search for the next
 * slash starts over (seen with Node 20.20.2 and @pulumi/pulumi 3.248.0).
 */
export function fault(error: unknown): pulumi.RunError {
  const plain = new pulumi.RunError(error instanceof Error ? error.message : String(error));
  plain.stack = plain.message;
  return plain;
}
