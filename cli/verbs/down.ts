import { type Site } from '../../constructs';
import { destroy } from '../../stacks/engine/run';
import type { Checkout } from '../checkout';
import { type Args, type Command, EXIT, text, texts } from '../command';
import { type Io, result } from '../io';
import { LAB, removeLocalCloud, targetCloud } from '../provision/cloud';
import { siteRun } from '../provision/run';

interface Outcome {
  readonly site: string;
  /** Whether there was anything to remove. */
  readonly removed: boolean;
  /** Data volumes that stay. */
  readonly kept: readonly string[];
}

async function removeSite(site: Site, args: Args, io: Io, checkout: Checkout): Promise<Outcome> {
  const cloud = await targetCloud(site, text(args, 'cloud'), io, checkout);
  const keys = { destroyData: texts(args, 'destroy-data'), replaceMachines: [] };
  const run = await destroy(await siteRun(site, cloud, keys, io, checkout));
  return { site: site.name, removed: (run.counts['delete'] ?? 0) > 0, kept: run.kept };
}

async function removeLab(io: Io, checkout: Checkout): Promise<Outcome> {
  io.progress('stopping the local cloud and removing its files');
  return { site: LAB, removed: await removeLocalCloud(checkout), kept: [] };
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
      about: 'A data volume to destroy too, as the cloud calls it (SITE-storage-1-data); repeatable.',
    },
  },
  examples: [
    'npm run down',
    'npx aiinfn down cnaf --cloud cnaf',
    'npx aiinfn down cnaf --cloud cnaf --destroy-data cnaf-storage-1-data',
  ],
  run: async (args, io, checkout) => {
    const site = checkout.site(args.positionals[0] ?? LAB);
    const local = site.name === LAB && text(args, 'cloud') === undefined;
    const outcome = local ? await removeLab(io, checkout) : await removeSite(site, args, io, checkout);
    result(io, outcome, () => [
      `${site.title}: ${outcome.removed ? 'removed' : 'nothing to remove'}`,
      ...outcome.kept.map(
        (volume) => `  kept data volume ${volume}; destroy it with --destroy-data ${volume}`,
      ),
    ]);
    return EXIT.ok;
  },
};
