import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadSite, UserError } from '../../constructs';
import { checkoutRoot } from '../../tools/programs';
import { type Command, EXIT, only } from '../command';
import { result } from '../io';
import { writeFileAtomic } from '../tree';

/** Part of the program, not of the checkout it works on. */
const TEMPLATE = join(checkoutRoot(), 'cli', 'templates', 'site.yaml');

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
  run: (args, io, checkout) => {
    const name = only(args);
    const path = checkout.siteFile(name);
    const file = checkout.shown(path);
    if (existsSync(path)) throw new UserError(`${file} exists already; edit it, or choose another name`);
    const text = newSiteText(readFileSync(TEMPLATE, 'utf8'), name);
    loadSite(text, file);
    writeFileAtomic(path, text);
    result(io, { site: name, file }, () => [
      `wrote ${file}`,
      'next: edit it (every key: docs/reference/site-file.md), then',
      `  npx aiinfn validate ${name}`,
      `  npx aiinfn render ${name}`,
      `  npx aiinfn up ${name} --cloud ENTRY_OF_CLOUDS_YAML   (or the official tools: docs/how-to/add-a-site.md)`,
    ]);
    return EXIT.ok;
  },
};
