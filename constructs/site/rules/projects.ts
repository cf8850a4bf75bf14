import { gi } from '../units';
import { NOT_RESERVED } from '../machines/labels';
import { own } from '../own';
import { groupsWith } from '../nodes';
import type { Site } from '../schema';
import { names, repeated, rule } from './rule';

/** An IAM group leads to one project, so that storage and shares are unambiguous. */
export const groupUnique = rule(
  'projects/group-unique',
  'Each project has an IAM group of its own.',
  ['projects'],
  ({ projects }) =>
    repeated(Object.entries(projects), ([, { group }]) => group).map(([[again, { group }], [first]]) => ({
      path: ['projects', again, 'group'],
      found: `group '${group}', which project ${first} has already`,
      allowed: 'one project per group',
      fix: 'use a group of its own, or merge the projects',
    })),
);

/** A node label says for which project a machine is reserved, and `none` that it is for nobody in particular. */
export const nameFree = rule(
  'projects/name',
  'No project has the name that stands for no project.',
  ['projects'],
  ({ projects }) =>
    own(projects, NOT_RESERVED)
      ? [
          {
            path: ['projects', NOT_RESERVED],
            at: 'key',
            found: `a project named ${NOT_RESERVED}`,
            allowed: `any other name: the label of machines that are not reserved is ${NOT_RESERVED}`,
            fix: 'rename the project',
          },
        ]
      : [],
);

/** Service volumes with this class lie on the disks of the machines. */
const LOCAL = 'local-path';

/** GiB of the object store that lie on the storage machine's data volume: those of our own drivers on local disks. */
function objectsOnVolume({ storage }: Pick<Site, 'storage'>): number {
  const own = storage.objects === 'minio' || storage.objects === 'seaweedfs';
  return own && storage.class === LOCAL ? storage.capacity : 0;
}

const dataOf = (site: Pick<Site, 'nodes'>): number | undefined => groupsWith(site, 'storage')[0]?.node.data;

/** Quotas that the disk cannot honour fail at the worst moment. */
export const storageFits = rule(
  'projects/storage-fits',
  'Shared folders and object store fit on the data volume.',
  ['nodes', 'projects', 'storage'],
  (site) => {
    const data = dataOf(site);
    const entries = Object.entries(site.projects);
    const shared = entries.reduce((sum, [, { storage }]) => sum + storage, 0);
    const objects = objectsOnVolume(site);
    if (data === undefined || shared + objects <= data) return [];
    const [largest] = entries.sort(([, a], [, b]) => b.storage - a.storage);
    return [
      {
        path: shared > objects && largest ? ['projects', largest[0], 'storage'] : ['storage', 'capacity'],
        found: `${gi(shared)} for projects (${names(entries.map(([name]) => name))}) and ${gi(objects)} for objects`,
        allowed: `together at most the ${gi(data)} of the data volume`,
        fix: 'lower the quotas, or enlarge data of the storage machine',
      },
    ];
  },
);

/** The home quota of one person does not exceed the volume. */
export const homeFits = rule(
  'sessions/home-fits',
  'A home directory fits on the data volume.',
  ['nodes', 'sessions'],
  (site) => {
    const data = dataOf(site);
    if (data === undefined || site.sessions.home <= data) return [];
    return [
      {
        path: ['sessions', 'home'],
        found: gi(site.sessions.home),
        allowed: `at most the ${gi(data)} of the data volume`,
        fix: 'lower the quota, or enlarge data of the storage machine',
      },
    ];
  },
);
