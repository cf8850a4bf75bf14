import { CRON_JOB } from '../../kinds';
import type { Rule } from '../../rule';

/** Scheduled jobs have a deadline and do not overlap. */
export const rule: Rule = {
  id: 'batch/cron-deadline',
  title: 'Scheduled jobs have a deadline and do not overlap',
  why: 'After an outage a CronJob without deadline starts late runs or gives up for good after 100 misses.',
  sources: { kubeScore: ['cronjob-has-deadline', 'cronjob-restartpolicy'] },
  match: [CRON_JOB],
  expressions: [
    'has(object.spec.startingDeadlineSeconds)',
    'object.spec.?concurrencyPolicy.orValue("Allow") in ["Forbid", "Replace"]',
  ],
  message: 'startingDeadlineSeconds, and concurrencyPolicy Forbid or Replace',
  fix: 'set both',
  admission: 'deny',
};
