import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { siteJsonSchema, UserError } from '../../constructs';
import { checkoutRoot } from '../../tools/programs';
import { type Command, EXIT, flag } from '../command';
import { result } from '../io';
import { referencePages } from '../reference/pages';
import { sitesDir } from '../sites';
import { writeFileAtomic } from '../tree';

/** Generated files by absolute path: reference pages and the schema that editors use. */
export function generatedFiles(commands: readonly Command[]): ReadonlyMap<string, string> {
  const pages = [...referencePages(commands)].map(
    ([name, text]) => [join(checkoutRoot(), 'docs', 'reference', name), text] as const,
  );
  return new Map([...pages, [join(sitesDir(), 'site.schema.json'), `${JSON.stringify(siteJsonSchema(), null, 2)}\n`]]);
}

/** Generated files whose text on disk is not what the code says now. */
export function staleFiles(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files]
    .filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
    .map(([path]) => path);
}

/** `aiinfn docs`: reference pages from code; the commands come late because this is one of them. */
export const docsCommand = (commands: () => readonly Command[]): Command => ({
  name: 'docs',
  summary: 'Write the generated reference pages and the JSON Schema of site files.',
  usage: '',
  options: { check: { type: 'boolean', about: 'Write nothing; exit 1 when a page is stale.' } },
  examples: ['npx aiinfn docs', 'npx aiinfn docs --check'],
  run: (args, io) => {
    const files = generatedFiles(commands());
    const stale = staleFiles(files);
    if (flag(args, 'check') && stale.length > 0)
      throw new UserError(`stale: ${stale.join(', ')}. Run: npx aiinfn docs`);
    for (const path of stale) writeFileAtomic(path, files.get(path) ?? '');
    result(io, { written: stale }, () =>
      stale.length > 0 ? stale.map((path) => `wrote ${path}`) : ['all pages are fresh'],
    );
    return EXIT.ok;
  },
});
