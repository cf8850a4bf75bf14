import { STATEFUL_SET } from '../../kinds';
import type { Rule } from '../../rule';

/** Data outlives its StatefulSet. */
export const rule: Rule = {
  id: 'storage/keep-data',
  title: 'Data outlives its StatefulSet',
  why: 'Removing a set from git must not remove a database.',
  sources: { platform: 'design: destroying data needs an explicit key' },
  match: [STATEFUL_SET],
  expressions: [
    'size(object.spec.?volumeClaimTemplates.orValue([])) == 0 || (object.spec.?persistentVolumeClaimRetentionPolicy.?whenDeleted.orValue("Retain") == "Retain" && object.spec.?persistentVolumeClaimRetentionPolicy.?whenScaled.orValue("Retain") == "Retain")',
  ],
  message: 'persistentVolumeClaimRetentionPolicy Retain for whenDeleted and whenScaled',
  fix: 'let addWorkload render the StatefulSet',
  admission: 'deny',
};
