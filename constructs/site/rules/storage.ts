import { rule } from './rule';

/** Object stores that somebody else runs. */
const FOREIGN: readonly string[] = ['rgw', 's3'];

/** An object store elsewhere has an address; our own one finds it by itself. */
export const endpointMatches = rule(
  'storage/endpoint',
  'Drivers rgw and s3 have an endpoint, the others none.',
  ['storage'],
  ({ storage }) => {
    const foreign = FOREIGN.includes(storage.objects);
    if (foreign === (storage.endpoint !== undefined)) return [];
    return [
      foreign
        ? {
            path: ['storage', 'objects'],
            found: `driver ${storage.objects} without an endpoint`,
            allowed: 'endpoint: the https:// address of the object store',
            fix: 'add endpoint under storage',
          }
        : {
            path: ['storage', 'endpoint'],
            at: 'key',
            found: `an endpoint for driver ${storage.objects}`,
            allowed: `endpoint only with ${FOREIGN.join(', ')}`,
            fix: 'remove endpoint, or set objects: s3',
          },
    ];
  },
);
