import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import {
  type Lock,
  manifestTree,
  platformObjects,
  type RenderedObject,
  type RenderedTree,
  type Site,
  UserError,
} from '../constructs';
import { admissionPolicies } from '../policies/admission';
import { checkManifests } from '../policies/check';
import { bomOf } from '../sbom/bom';
import { checkoutRoot } from '../tools/programs';

/** Everything that is projected from one site file into the repository. */
export interface Projection {
  readonly site: Site;
  readonly objects: readonly RenderedObject[];
  /** Files below `charts-out/<site>/`. */
  readonly tree: RenderedTree;
  /** CycloneDX document, `sbom/<site>.cdx.json`. */
  readonly bom: string;
}

/**
 * Projects a site in memory and judges it by every policy; writes nothing.
 * @throws UserError with all findings when a manifest breaks a policy
 */
export function project(site: Site, lock: Lock): Projection {
  const objects = platformObjects({ site, lock }, admissionPolicies(site));
  const findings = checkManifests(objects, site);
  if (findings.length > 0)
    throw new UserError(`${site.name}: ${findings.length} policy findings; nothing was written`, findings);
  return { site, objects, tree: manifestTree(objects), bom: bomOf(site, lock, objects) };
}

/** Folder of a site's manifests. */
export function chartsDir(site: string): string {
  return join(checkoutRoot(), 'charts-out', site);
}

/** File of a site's SBOM. */
export function bomFile(site: string): string {
  return join(checkoutRoot(), 'sbom', `${site}.cdx.json`);
}

/** The files of a folder by relative path; empty when it is not there. */
export function readTree(dir: string): RenderedTree {
  if (!existsSync(dir)) return new Map();
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(dir.length + 1), readFileSync(path, 'utf8')]));
}

/** How two trees differ, by path. */
export interface TreeDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Compares two trees file by file. */
export function compareTrees(before: RenderedTree, after: RenderedTree): TreeDifference {
  return {
    added: [...after.keys()].filter((path) => !before.has(path)),
    changed: [...after]
      .filter(([path, text]) => before.has(path) && before.get(path) !== text)
      .map(([path]) => path),
    removed: [...before.keys()].filter((path) => !after.has(path)),
  };
}
