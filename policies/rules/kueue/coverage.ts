import { CLUSTER_QUEUES } from '../../kinds';
import type { Rule } from '../../rule';

/** Flavors quote every covered resource. */
export const rule: Rule = {
  id: 'kueue/coverage',
  title: 'Flavors quote every covered resource',
  why: 'Kueue refuses a queue whose flavors do not quote what it covers, in that order.',
  sources: { platform: 'Kueue ClusterQueue validation' },
  match: CLUSTER_QUEUES,
  expressions: [
    'object.spec.resourceGroups.all(g, g.flavors.all(f, f.resources.map(r, r.name) == g.coveredResources))',
  ],
  message: 'each flavor lists exactly coveredResources, in order',
  fix: 'build both from one list',
  admission: 'deny',
};
