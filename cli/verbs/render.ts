import { existsSync, readFileSync } from 'node:fs';

import { UserError } from '../../constructs';
import { type Command, EXIT, flag } from '../command';
import { type Io, result, table } from '../io';
import {
  bomFile,
  chartsDir,
  compareTrees,
  type Projection,
  project,
  readTree,
  type TreeDifference,
} from '../rendering';
import { readLock, readSites } from '../sites';
import { writeFileAtomic, writeTree } from '../tree';

interface Row extends TreeDifference {
  readonly site: string;
  readonly objects: number;
  readonly bomChanged: boolean;
}

function rowOf({ site, tree, bom }: Projection): Row {
  const file = bomFile(site.name);
  const bomChanged = !existsSync(file) || readFileSync(file, 'utf8') !== bom;
  return {
    site: site.name,
    objects: tree.size,
    ...compareTrees(readTree(chartsDir(site.name)), tree),
    bomChanged,
  };
}

function isStale(row: Row): boolean {
  return row.added.length + row.changed.length + row.removed.length > 0 || row.bomChanged;
}

function write({ site, tree, bom }: Projection): void {
  writeTree(chartsDir(site.name), tree);
  writeFileAtomic(bomFile(site.name), bom);
}

/** Projects all sites first and writes afterwards, so that a fault in one site leaves every tree as it was. */
export function renderSites(names: readonly string[], check: boolean, io: Io): readonly Row[] {
  const lock = readLock();
  const projections = readSites(names).map((site) => {
    io.progress(`rendering ${site.name}`);
    return project(site, lock);
  });
  const rows = projections.map(rowOf);
  if (!check) projections.filter((_, i) => rows[i] && isStale(rows[i])).forEach(write);
  return rows;
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
  run: (args, io) => {
    const check = flag(args, 'check');
    const rows = renderSites(args.positionals, check, io);
    result(io, rows, () =>
      table(
        ['site', 'objects', 'added', 'changed', 'removed', 'sbom'],
        rows.map((r) => [
          r.site,
          r.objects,
          r.added.length,
          r.changed.length,
          r.removed.length,
          r.bomChanged ? 'changed' : 'same',
        ]),
      ),
    );
    const stale = rows.filter(isStale);
    if (check && stale.length > 0) {
      throw new UserError(
        `${stale.map((r) => r.site).join(', ')}: the committed files are not what the site file renders to. Run: npx aiinfn render`,
      );
    }
    return EXIT.ok;
  },
};
