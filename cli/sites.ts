import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { Lock, loadSite, type Site, UserError } from '../constructs';
import { checkoutRoot } from '../tools/programs';

/** Folder of the site files. */
export function sitesDir(): string {
  return join(checkoutRoot(), 'stacks', 'sites');
}

/** Names of the sites that have a file, in order. */
export function siteNames(): readonly string[] {
  return readdirSync(sitesDir())
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.facts.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Loads one site by name. @throws UserError when there is no such file or anything in it is at fault */
export function readSite(name: string): Site {
  const path = join(sitesDir(), `${name}.yaml`);
  if (!existsSync(path)) {
    throw new UserError(
      `There is no site '${name}': ${relative(process.cwd(), path)} does not exist. Sites: ${siteNames().join(', ')}. ` +
        `A new one: npx aiinfn new-site ${name}`,
    );
  }
  return loadSite(readFileSync(path, 'utf8'), relative(process.cwd(), path));
}

/** Loads the sites named, or all; the faults of all files are reported together. */
export function readSites(names: readonly string[]): readonly Site[] {
  const faults: UserError[] = [];
  const sites = (names.length > 0 ? names : siteNames()).flatMap((name) => {
    try {
      return [readSite(name)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error);
      return [];
    }
  });
  if (faults.length === 0) return sites;
  throw new UserError(
    faults.map((fault) => fault.message.split('\n')[0] ?? '').join('\n'),
    faults.flatMap((fault) => fault.findings),
  );
}

/** The pin file of this checkout. */
export function readLock(): Lock {
  return Lock.parse(readFileSync(join(checkoutRoot(), 'versions.lock.yaml'), 'utf8'));
}

/** The one site a verb works on. @throws UserError when none or several are named */
export function oneSite(positionals: readonly string[], verb: string): Site {
  const [name, ...rest] = positionals;
  if (!name || rest.length > 0) {
    throw new UserError(
      `aiinfn ${verb} wants exactly one site. Sites: ${siteNames().join(', ')}. Example: npx aiinfn ${verb} cnaf`,
    );
  }
  return readSite(name);
}
