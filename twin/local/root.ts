import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Folder of the checkout. Templates, Python modules and the like are read from the source tree, so they are found from
 * the TypeScript sources (under jest) and from the compiled `dist/` alike: both lie below the folder with package.json.
 *
 * @throws Error if no package.json stands above this module: the program was copied without its checkout.
 */
export function checkoutRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${from}: run from a checkout`);
  }
}
