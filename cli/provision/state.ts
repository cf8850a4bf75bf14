import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { checkoutRoot } from '../../tools/programs';

/**
 * Folder of what this machine keeps about a site: Pulumi state, passphrase, local cloud. Not in git; `AIINFN_STATE` moves it.
 * Lose it for a real site and Pulumi no longer knows its machines: operators keep state in a backend of their own.
 */
export function stateDir(site: string): string {
  const dir = join(process.env['AIINFN_STATE'] ?? join(checkoutRoot(), '.aiinfn'), site);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}
