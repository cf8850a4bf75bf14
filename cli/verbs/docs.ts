import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { siteJsonSchema } from '../../constructs';
import { toolchainBom } from '../../sbom/toolchain';
import type { Checkout } from '../checkout';
import { type Command, EXIT, flag } from '../command';
import { result } from '../io';
import { referencePages } from '../reference/pages';
import { writeFileAtomic } from '../tree';

/** Generated files by absolute path: reference pages, the schema that editors use, the bill of materials of the toolchain. */
function generatedFiles(commands: readonly Command[], checkout: Checkout): ReadonlyMap<string, string> {
  const pages = [...referencePages(commands)].map(
    ([name, text]) => [join(checkout.root, 'docs', 'reference', name), text] as const,
  );
  const schema = `${JSON.stringify(siteJsonSchema(), null, 2)}\n`;
  const toolchain = toolchainBom(readFileSync(join(checkout.root, 'package-lock.json'), 'utf8'));
  return new Map([
    ...pages,
    [join(checkout.sitesDir, 'site.schema.json'), schema],
    [join(checkout.root, 'sbom', 'toolchain.cdx.json'), toolchain],
  ]);
}

/** Generated files whose text on disk is not what the code says now. */
function staleFiles(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files]
    .filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
    .map(([path]) => path);
}

/** `aiinfn docs`: reference pages from code; the commands come late because this is one of them. */
export const docsCommand = (commands: () => readonly Command[]): Command => ({
  name: 'docs',
  summary:
    'Write what is generated from code: reference pages, the schema of site files, the SBOM of the toolchain.',
  usage: '',
  options: { check: { type: 'boolean', about: 'Write nothing; exit 1 when a page is stale.' } },
  examples: ['npx aiinfn docs', 'npx aiinfn docs --check'],
  run: (args, io, checkout) => {
    const files = generatedFiles(commands(), checkout);
    const stale = staleFiles(files);
    const check = flag(args, 'check');
    if (!check) for (const path of stale) writeFileAtomic(path, files.get(path) ?? '');
    const shown = stale.map((path) => checkout.shown(path));
    result(io, { stale: shown, written: check ? [] : shown }, () =>
      stale.length > 0
        ? shown.map((path) => `${check ? 'stale' : 'wrote'} ${path}`)
        : ['all pages are fresh'],
    );
    if (!check || stale.length === 0) return EXIT.ok;
    io.err('generated pages are stale. Run: npx aiinfn docs');
    return EXIT.user;
  },
});
