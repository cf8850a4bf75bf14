import { JOB } from '../../kinds';
import type { Rule } from '../../rule';

/** Jobs go through a queue. */
export const rule: Rule = {
  id: 'batch/queue',
  title: 'Jobs go through a queue',
  why: 'A Job without queue would start beside Kueue and take a device from a session without ever giving it back.',
  sources: { platform: 'Kueue: manageJobsWithoutQueueName is off' },
  match: [JOB],
  expressions: [
    'object.metadata.?namespace.orValue("") != "batch" || object.metadata.?labels[?"kueue.x-k8s.io/queue-name"].orValue("") != ""',
  ],
  message: 'label kueue.x-k8s.io/queue-name',
  fix: 'submit through vkd',
  admission: 'deny',
};
