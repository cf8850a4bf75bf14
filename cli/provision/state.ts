import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folder that holds what this machine keeps about sites. Not in git; `AIINFN_STATE` moves it. */
export function stateRoot(checkout: string, env: NodeJS.ProcessEnv = process.env): string {
  return env['AIINFN_STATE'] ?? join(checkout, '.aiinfn');
}

/**
 * Name of the folder of a site on a cloud. The local cloud and every entry of clouds.yaml have one of their own: were the
 * state shared, a run on one cloud would take the machines of the other for gone.
 */
export function stateName(site: string, cloud: string | undefined): string {
  return cloud === undefined ? site : `${site}@${encodeURIComponent(cloud)}`;
}

/**
 * Folder of what this machine keeps about a site: Pulumi state, passphrase, local cloud; made when absent. Lose it for a
 * real site and Pulumi no longer knows its machines: operators keep state in a backend of their own.
 */
export function stateDir(checkout: string, site: string, cloud: string | undefined): string {
  const dir = join(stateRoot(checkout), stateName(site, cloud));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}
