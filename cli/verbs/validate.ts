import { type Command, EXIT } from '../command';
import { result, table } from '../io';

/** `aiinfn validate`: are the site files right? */
export const validate: Command = {
  name: 'validate',
  summary: 'Check site files; every fault is reported at once with file, line and column.',
  usage: '[SITE...]',
  options: {},
  examples: ['npx aiinfn validate', 'npx aiinfn validate cnaf --json'],
  run: (args, io, checkout) => {
    const sites = checkout.sites(args.positionals);
    result(
      io,
      sites.map(({ name, title }) => ({ name, title, valid: true })),
      () =>
        table(
          ['site', 'title', 'verdict'],
          sites.map((site) => [site.name, site.title, 'valid']),
        ),
    );
    return EXIT.ok;
  },
};
