import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Volumes keep the owner they have. */
export const rule: Rule = {
  id: 'storage/owner-once',
  title: 'Volumes keep the owner they have',
  why: 'Changing owners of every file at each mount takes minutes on a large volume and reopens modes that PostgreSQL refuses.',
  sources: { platform: 'PostgreSQL refuses a group-writable data directory' },
  match: POD_CARRIERS,
  expressions: [
    '!has(variables.pod.securityContext) || !has(variables.pod.securityContext.fsGroup) || variables.pod.securityContext.?fsGroupChangePolicy.orValue("") == "OnRootMismatch"',
  ],
  message: 'fsGroupChangePolicy OnRootMismatch wherever fsGroup is set',
  fix: 'keep the pod security context of addWorkload',
  admission: 'warn',
};
