import { createHash } from 'node:crypto';

/**
 * Every object that a stack creates carries the stack's name and its own logical name, so that an object whose
 * creation was interrupted is found again exactly (see recovery.ts) and ours are told from foreign ones.
 */
export function ownerPrefix(stack: string): string {
  return `ai-infn/${stack}/`;
}

/** Text that marks the object with this logical name; goes into the description, where the API has one. */
export function tagOf(stack: string, logicalName: string): string {
  return `${ownerPrefix(stack)}${logicalName}`;
}

/** Name and description of objects by logical name, for the kinds that have both. */
export function naming(
  stack: string,
): (logical: string, words?: string) => { name: string; description: string } {
  return (logical, words) => ({
    name: logical === 'network' ? stack : `${stack}-${logical}`,
    description: words === undefined ? tagOf(stack, logical) : `${tagOf(stack, logical)}: ${words}`,
  });
}

/** Metadata key of servers and volumes that holds the same text. */
export const TAG_KEY = 'ai-infn';

/**
 * Name for kinds whose API has neither description nor metadata (server groups, load-balancer members and monitors):
 * readable, and made unique to the stack by six hexadecimal digits of the tag's SHA-256.
 */
export function taggedName(stack: string, logicalName: string): string {
  const digest = createHash('sha256').update(tagOf(stack, logicalName)).digest('hex').slice(0, 6);
  return `${stack}-${logicalName}-${digest}`;
}
