import { join } from 'node:path';

import { type Site } from '../../constructs';
import type { SiteRun } from '../../stacks/engine/run';
import { checkoutRoot, ensurePrograms, pathWith } from '../../tools/programs';
import { sitesDir } from '../sites';
import type { TargetCloud } from './cloud';
import { stateDir } from './state';

/** Keys an operator gives on the command line for what is otherwise refused. */
export interface Keys {
  readonly destroyData: readonly string[];
  readonly replaceMachines: readonly string[];
}

/** Programs of the embedded engine; a `pulumi` of the pinned version on PATH is used instead of ours. */
const ENGINE = ['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-openstack'] as const;

/** One run of the engine for a site on a cloud, with everything it needs in place. */
export async function siteRun(
  site: Site,
  cloud: TargetCloud,
  keys: Keys,
  progress: (line: string) => void,
): Promise<SiteRun> {
  const programs = await ensurePrograms(ENGINE, progress);
  const home = stateDir(site.name);
  return {
    site,
    siteFile: join(sitesDir(), `${site.name}.yaml`),
    engine: {
      checkout: checkoutRoot(),
      settingsDir: join(home, 'settings'),
      backendDir: join(home, 'pulumi'),
      passphraseFile: join(home, 'passphrase'),
      path: pathWith(programs),
      env: { ...cloud.env, PULUMI_HOME: join(home, 'pulumi-home') },
      progress,
    },
    provision: { cloud: cloud.name, ...keys },
  };
}
