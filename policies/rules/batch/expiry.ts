import { JOB } from '../../kinds';
import type { Rule } from '../../rule';

/** Finished jobs go away. */
export const rule: Rule = {
  id: 'batch/expiry',
  title: 'Finished jobs go away',
  why: 'Thousands of finished Jobs slow the API server and every list.',
  sources: { platform: 'Kubernetes: TTL after finished' },
  match: [JOB],
  expressions: [
    'object.metadata.?namespace.orValue("") != "batch" || has(object.spec.ttlSecondsAfterFinished)',
  ],
  message: 'ttlSecondsAfterFinished',
  fix: 'set it in the Job',
  admission: 'deny',
};
