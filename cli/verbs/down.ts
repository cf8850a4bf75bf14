import { rmSync } from 'node:fs';

import { type Site, UserError } from '../../constructs';
import { destroy } from '../../stacks/engine/run';
import { type Args, type Command, EXIT, text, texts } from '../command';
import { result } from '../io';
import { enterCloud, ownCloud, removeLocalCloud } from '../provision/cloud';
import { siteRun } from '../provision/run';
import { stateDir } from '../provision/state';
import { readSite } from '../sites';

const LAB = 'lab';

/** The lab's cloud lives on this machine only: it goes as a whole, with its simulated volumes and its state. */
async function removeLab(): Promise<readonly string[]> {
  await removeLocalCloud(LAB);
  rmSync(stateDir(LAB), { recursive: true, force: true });
  return [];
}

async function removeSite(
  site: Site,
  args: Args,
  progress: (line: string) => void,
): Promise<readonly string[]> {
  const name = text(args, 'cloud');
  if (!name)
    throw new UserError(
      `${site.name} is a real site: name the entry of clouds.yaml it stands on, for example --cloud ${site.cloud.name}`,
    );
  const cloud = ownCloud(name);
  enterCloud(cloud);
  const keys = { destroyData: texts(args, 'destroy-data'), replaceMachines: [] };
  return (await destroy(await siteRun(site, cloud, keys, progress))).kept;
}

/** `aiinfn down`: remove what `up` made. */
export const down: Command = {
  name: 'down',
  summary:
    'Remove what `up` made; data volumes of a real site stay unless each is named. Without arguments the lab, whole.',
  usage: '[SITE]',
  options: {
    cloud: { type: 'string', value: 'NAME', about: 'Entry of clouds.yaml the site stands on.' },
    'destroy-data': {
      type: 'string',
      value: 'VOLUME',
      multiple: true,
      about: 'A data volume to destroy too; repeatable.',
    },
  },
  examples: [
    'npm run down',
    'npx aiinfn down cnaf --cloud cnaf',
    'npx aiinfn down cnaf --cloud cnaf --destroy-data storage-1-data',
  ],
  run: async (args, io) => {
    const site = readSite(args.positionals[0] ?? LAB);
    const progress = (line: string): void => {
      io.progress(line);
    };
    const local = site.name === LAB && !text(args, 'cloud');
    const kept = local ? await removeLab() : await removeSite(site, args, progress);
    result(io, { site: site.name, removed: true, kept }, () => [
      `${site.title}: removed`,
      ...kept.map((volume) => `  kept data volume ${volume}; destroy it with --destroy-data ${volume}`),
    ]);
    return EXIT.ok;
  },
};
