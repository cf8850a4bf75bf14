import { toYaml } from '../../constructs';
import type { Command } from '../command';
import { result } from '../io';
import { oneSite } from '../sites';

/** `aiinfn explain`: the site with every default filled in. */
export const explain: Command = {
  name: 'explain',
  summary: 'Print a site with every default resolved (sizes in GiB, durations in seconds).',
  usage: 'SITE',
  options: {},
  examples: ['npx aiinfn explain lab'],
  run: (args, io) => {
    const site = oneSite(args.positionals, 'explain');
    result(io, site, () => [toYaml(site).trimEnd()]);
    return 0;
  },
};
