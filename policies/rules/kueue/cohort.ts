import { CLUSTER_QUEUES } from '../../kinds';
import type { Rule } from '../../rule';

/** Queues belong to a cohort. */
export const rule: Rule = {
  id: 'kueue/cohort',
  title: 'Queues belong to a cohort',
  why: 'Outside a cohort nothing is lent, and idle devices stay idle.',
  sources: { platform: 'design: interactive owns, batch borrows' },
  match: CLUSTER_QUEUES,
  expressions: ['object.spec.?cohortName.orValue(object.spec.?cohort.orValue("")) != ""'],
  message: 'cohortName',
  fix: "put the queue into the site's cohort",
  admission: 'deny',
};
