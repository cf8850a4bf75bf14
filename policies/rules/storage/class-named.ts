import { STATEFUL_SET } from '../../kinds';
import type { Rule } from '../../rule';

/** Claims name their storage class. */
export const rule: Rule = {
  id: 'storage/class-named',
  title: 'Claims name their storage class',
  why: 'The default class of a cluster is an accident of its installation; data must lie where the site file says.',
  sources: { platform: 'site file: storage.class' },
  match: [STATEFUL_SET],
  expressions: [
    'object.spec.?volumeClaimTemplates.orValue([]).all(c, c.spec.?storageClassName.orValue("") != "")',
  ],
  message: 'storageClassName stated',
  fix: 'pass site.storage.class',
  admission: 'deny',
};
