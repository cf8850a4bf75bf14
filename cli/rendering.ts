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
import type { Io } from './io';

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
 * Projects a site in memory and judges it by every policy; writes nothing. Takes a second or two, which is told.
 * @throws UserError with all findings when a manifest breaks a policy
 */
export function project(site: Site, lock: Lock, io: Io): Projection {
  io.progress(`rendering ${site.name}`);
  const objects = platformObjects({ site, lock }, admissionPolicies(site));
  const findings = checkManifests(objects, site);
  if (findings.length > 0)
    throw new UserError(`${site.name}: ${findings.length} policy findings; nothing was written`, findings);
  return { site, objects, tree: manifestTree(objects), bom: bomOf(site, lock, objects) };
}
