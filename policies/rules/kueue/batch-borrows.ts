import { CLUSTER_QUEUES } from '../../kinds';
import type { Rule } from '../../rule';

/** Opportunistic queues own no device. */
export const rule: Rule = {
  id: 'kueue/batch-borrows',
  title: 'Opportunistic queues own no device',
  why: 'Nominal quota is never reclaimed: a device that batch owns is lost for sessions.',
  sources: { platform: 'design: interactive owns, batch borrows' },
  match: CLUSTER_QUEUES,
  expressions: [
    '!object.metadata.name.startsWith("opportunistic") || object.spec.resourceGroups.all(g, g.flavors.all(f, f.resources.all(r, !(r.name.startsWith("nvidia.com/") || r.name.startsWith("amd.com/")) || string(r.nominalQuota) == "0" || f.name.startsWith("offload-"))))',
  ],
  message: 'nominalQuota 0 of every device in queues named opportunistic',
  fix: 'set nominalQuota to 0',
  admission: 'deny',
};
