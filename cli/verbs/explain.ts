import { toYaml } from '../../constructs';
import { type Command, EXIT, only } from '../command';
import { result } from '../io';

/** `aiinfn explain`: the site with every default filled in. */
export const explain: Command = {
  name: 'explain',
  summary: 'Print a site with every default resolved (sizes in GiB, durations in seconds).',
  usage: 'SITE',
  options: {},
  examples: ['npx aiinfn explain lab'],
  run: (args, io, checkout) => {
    const site = checkout.site(only(args));
    result(io, site, () => [toYaml(site).trimEnd()]);
    return EXIT.ok;
  },
};
