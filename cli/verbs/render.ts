import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Checkout } from '../checkout';
import { type Command, EXIT, flag } from '../command';
import { type Io, result, table } from '../io';
import { type Projection, project } from '../rendering';
import { compareTree, type TreeChange, writeFileAtomic, writeTree } from '../tree';

/** How the committed files of a site differ from a fresh render. */
export interface RenderRow extends TreeChange {
  readonly site: string;
  readonly objects: number;
  readonly bomChanged: boolean;
}

function rowOf({ site, tree, bom }: Projection, checkout: Checkout): RenderRow {
  const file = checkout.bomFile(site.name);
  return {
    site: site.name,
    objects: tree.size,
    ...compareTree(checkout.chartsDir(site.name), tree),
    bomChanged: !existsSync(file) || readFileSync(file, 'utf8') !== bom,
  };
}

function isStale(row: RenderRow): boolean {
  return row.added.length + row.changed.length + row.removed.length > 0 || row.bomChanged;
}

/** Projects all sites; any fault in any of them is thrown before anything is written. */
export function projectAll(names: readonly string[], io: Io, checkout: Checkout): readonly Projection[] {
  const sites = checkout.sites(names);
  const lock = checkout.lock();
  return sites.map((site) => project(site, lock, io));
}

/** Writes what was projected; files that are as wanted are not touched. */
export function writeProjection({ site, tree, bom }: Projection, checkout: Checkout): void {
  writeTree(checkout.chartsDir(site.name), tree);
  const file = checkout.bomFile(site.name);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== bom) writeFileAtomic(file, bom);
}

/** Rendered folders whose site file is gone: Argo CD would go on applying them. */
function leftovers(checkout: Checkout): readonly string[] {
  const root = join(checkout.root, 'charts-out');
  if (!existsSync(root)) return [];
  const sites = new Set(checkout.siteNames());
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !sites.has(entry.name))
    .map(({ name }) => name)
    .sort();
}

function lines(rows: readonly RenderRow[]): string[] {
  return table(
    ['site', 'objects', 'added', 'changed', 'removed', 'sbom'],
    rows.map((r) => [
      r.site,
      r.objects,
      r.added.length,
      r.changed.length,
      r.removed.length,
      r.bomChanged ? 'changed' : 'same',
    ]),
  );
}

/** Says what is wrong with the committed files; true when nothing is. */
function isFresh(rows: readonly RenderRow[], left: readonly string[], io: Io): boolean {
  const stale = rows.filter(isStale).map((row) => row.site);
  if (stale.length > 0)
    io.err(
      `${stale.join(', ')}: the committed files are not what the site file renders to. Run: npx aiinfn render`,
    );
  for (const site of left)
    io.err(
      `charts-out/${site} has no site file. Remove it: git rm -r charts-out/${site} sbom/${site}.cdx.json`,
    );
  return stale.length + left.length === 0;
}

/** `aiinfn render`: site file to manifests and SBOM. */
export const render: Command = {
  name: 'render',
  summary: 'Write charts-out/SITE and sbom/SITE.cdx.json from the site file; all policies must hold.',
  usage: '[SITE...]',
  options: {
    check: {
      type: 'boolean',
      about: 'Write nothing; exit 1 when what is committed differs from a fresh render.',
    },
  },
  examples: ['npx aiinfn render', 'npx aiinfn render cnaf', 'npx aiinfn render --check'],
  run: (args, io, checkout) => {
    const projections = projectAll(args.positionals, io, checkout);
    const rows = projections.map((projection) => rowOf(projection, checkout));
    const check = flag(args, 'check');
    if (!check) for (const projection of projections) writeProjection(projection, checkout);
    result(io, rows, () => lines(rows));
    if (!check) return EXIT.ok;
    const left = args.positionals.length === 0 ? leftovers(checkout) : [];
    return isFresh(rows, left, io) ? EXIT.ok : EXIT.user;
  },
};
