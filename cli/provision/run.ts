import { dirname, join } from 'node:path';

import { type Finding, planMachines, type Site, UserError } from '../../constructs';
import type { SiteRun } from '../../stacks/engine/run';
import { kubernetesPlugin } from '../../tools/kubernetes-plugin/launcher';
import { ensurePrograms, pathWith } from '../../tools/programs';
import type { Checkout } from '../checkout';
import type { Io } from '../io';
import { backendDir, type TargetCloud } from './cloud';

/** Keys an operator gives on the command line for what is otherwise refused. */
export interface Keys {
  /** Volumes by name, `SITE-storage-1-data`. */
  readonly destroyData: readonly string[];
  /** Machines by id or name, `a100-1` or `SITE-a100-1`. */
  readonly replaceMachines: readonly string[];
}

/** No key: data and machines are kept. */
export const NO_KEYS: Keys = { destroyData: [], replaceMachines: [] };

/** Programs of the embedded engine; a `pulumi` of the pinned version on PATH is used instead of ours. */
export const ENGINE = ['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-openstack'] as const;

/** @throws UserError when a key names a machine that the site does not have: it would silently do nothing */
export function checkMachines(site: Site, names: readonly string[]): void {
  const { machines } = planMachines(site);
  const known = new Set(machines.flatMap(({ id, name }) => [id, name]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new UserError(
    `${site.name} has no such machines; nothing was changed.`,
    unknown.map((name): Finding => ({
      rule: 'machine/known',
      path: '--replace-machine',
      found: name,
      allowed: machines.map(({ id }) => id).join(', '),
      fix: 'give the exact name',
    })),
  );
}

/** One run of the engine for a site on a cloud, with everything it needs in place. */
export async function siteRun(
  site: Site,
  cloud: TargetCloud,
  keys: Keys,
  io: Io,
  checkout: Checkout,
): Promise<SiteRun> {
  const progress = (line: string): void => {
    io.progress(line);
  };
  const programs = await ensurePrograms(ENGINE, progress);
  return {
    site,
    siteFile: checkout.siteFile(site.name),
    engine: {
      checkout: checkout.root,
      settingsDir: join(cloud.home, 'settings'),
      backendDir: backendDir(cloud.home),
      passphraseFile: join(cloud.home, 'passphrase'),
      // Last, so that the official Kubernetes plugin on PATH comes before the stand-in.
      path: `${pathWith(programs)}:${dirname(kubernetesPlugin(checkout.root))}`,
      env: { ...cloud.env, PULUMI_HOME: join(cloud.home, 'pulumi-home') },
      progress,
    },
    provision: { cloud: cloud.name, ...keys },
  };
}
