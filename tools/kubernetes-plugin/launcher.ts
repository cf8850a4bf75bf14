import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { cacheDir, checkoutRoot } from '../programs';

/**
 * Path of the stand-in for the Kubernetes plugin, as a program named `pulumi-resource-kubernetes` in a folder of its own
 * under the cache, to be put on PATH for the engine. Runs the compiled program of this checkout.
 * @throws Error when the checkout has not been compiled
 */
export function kubernetesPlugin(root: string = checkoutRoot()): string {
  const program = join(root, 'dist/stacks/cluster/plugin/main.js');
  if (!existsSync(program)) throw new Error(`${program} is missing: run npm run build first`);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  const dir = join(
    cacheDir(),
    'tools',
    `kubernetes-plugin-${createHash('sha256').update(script).digest('hex').slice(0, 16)}`,
  );
  const path = join(dir, 'pulumi-resource-kubernetes');
  if (existsSync(path)) return path;
  mkdirSync(dir, { recursive: true });
  const part = `${path}.${process.pid}`;
  writeFileSync(part, script, { mode: 0o755 });
  renameSync(part, path);
  return path;
}
