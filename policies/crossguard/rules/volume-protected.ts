import type { StackRule } from '../rule';

/** Data volumes are protected. */
export const rule: StackRule = {
  name: 'volume-protected',
  description: 'A changed program must not delete data; giving a volume up needs its name.',
  type: 'openstack:blockstorage/volume:Volume',
  judge({ name, protect }, { destroyable = [] }) {
    if (protect || destroyable.includes(name)) return [];
    return [`volume ${name} is not protected; set protect, or give it up with --destroy-data ${name}`];
  },
};
