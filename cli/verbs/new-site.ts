import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadSite, UserError } from '../../constructs';
import { checkoutRoot } from '../../tools/programs';
import { type Command, EXIT } from '../command';
import { result } from '../io';
import { sitesDir } from '../sites';
import { writeFileAtomic } from '../tree';

/** The text of a new site file: the commented template with the name filled in. */
export function newSiteText(template: string, name: string): string {
  return template.replaceAll('NEW-SITE', name);
}

/** `aiinfn new-site`: the one file a new site needs. */
export const newSite: Command = {
  name: 'new-site',
  summary: 'Write a commented site file to begin a new site with; it is valid as it stands.',
  usage: 'NAME',
  options: {},
  examples: ['npx aiinfn new-site padova'],
  run: (args, io) => {
    const [name, ...rest] = args.positionals;
    if (!name || rest.length > 0)
      throw new UserError('aiinfn new-site wants exactly one name, for example: npx aiinfn new-site padova');
    const path = join(sitesDir(), `${name}.yaml`);
    if (existsSync(path)) throw new UserError(`${path} exists already; edit it, or choose another name`);
    const text = newSiteText(
      readFileSync(join(checkoutRoot(), 'cli', 'templates', 'site.yaml'), 'utf8'),
      name,
    );
    loadSite(text, `${name}.yaml`);
    writeFileAtomic(path, text);
    result(io, { site: name, file: path }, () => [
      `wrote ${path}`,
      'next: edit it (every key: docs/reference/site-file.md), then',
      `  npx aiinfn validate ${name}`,
      `  npx aiinfn render ${name}`,
      `  pulumi stack init ${name} && pulumi up --stack ${name}`,
    ]);
    return EXIT.ok;
  },
};
