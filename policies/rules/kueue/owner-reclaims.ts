import { CLUSTER_QUEUES } from '../../kinds';
import type { Rule } from '../../rule';

/** Owners of devices take them back. */
export const rule: Rule = {
  id: 'kueue/owner-reclaims',
  title: 'Owners of devices take them back',
  why: 'A queue that owns devices but cannot reclaim them makes sessions wait for batch.',
  sources: { platform: 'design: interactive owns, batch borrows' },
  match: CLUSTER_QUEUES,
  expressions: [
    '!object.spec.resourceGroups.exists(g, g.flavors.exists(f, !f.name.startsWith("offload-") && f.resources.exists(r, (r.name.startsWith("nvidia.com/") || r.name.startsWith("amd.com/")) && string(r.nominalQuota) != "0"))) || object.spec.?preemption.?reclaimWithinCohort.orValue("Never") == "Any"',
  ],
  message: 'preemption.reclaimWithinCohort: Any where a device has nominal quota',
  fix: 'set reclaimWithinCohort',
  admission: 'deny',
};
