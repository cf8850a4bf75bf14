import { JOB } from '../../kinds';
import type { Rule } from '../../rule';

/** Opportunistic jobs stop quickly. */
export const rule: Rule = {
  id: 'batch/grace',
  title: 'Opportunistic jobs stop quickly',
  why: "A session waits until the evicted job has stopped; its grace is the user's waiting time.",
  sources: { platform: 'site file: batch.grace' },
  match: [JOB],
  expressions: [
    'object.metadata.?namespace.orValue("") != "batch" || object.spec.template.spec.?terminationGracePeriodSeconds.orValue(30) <= variables.grace',
  ],
  message: 'terminationGracePeriodSeconds at most batch.grace of the site',
  fix: 'set the grace period; checkpoint on SIGTERM',
  admission: 'deny',
};
