import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  loadSite,
  Lock,
  manifestTree,
  platformObjects,
  type RenderedObject,
  type Site,
} from '../../../constructs';
import { writeTree } from '../../../cli/tree';
import { admissionPolicies } from '../../../policies/admission';

const ROOT = join(__dirname, '../../..');

/** Every site of this repository with its freshly rendered objects. */
export function renderedSites(): readonly {
  readonly site: Site;
  readonly objects: readonly RenderedObject[];
}[] {
  const lock = Lock.parse(readFileSync(join(ROOT, 'versions.lock.yaml'), 'utf8'));
  return readdirSync(join(ROOT, 'stacks/sites'))
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.facts.yaml'))
    .sort()
    .map((file) => {
      const site = loadSite(readFileSync(join(ROOT, 'stacks/sites', file), 'utf8'), file);
      return { site, objects: platformObjects({ site, lock }, admissionPolicies(site)) };
    });
}

/** Writes the objects as files below `dir` and returns their paths. */
export function writeObjects(dir: string, objects: readonly RenderedObject[]): readonly string[] {
  const tree = manifestTree(objects);
  writeTree(dir, tree);
  return [...tree.keys()].map((path) => join(dir, path));
}
