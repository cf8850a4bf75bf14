import { ROLES } from '../../kinds';
import type { Rule } from '../../rule';

/** Roles do not enter other pods. */
export const rule: Rule = {
  id: 'rbac/no-exec',
  title: 'Roles do not enter other pods',
  why: 'exec and attach run commands with the rights and Secrets of another workload.',
  sources: { kubescape: ['C-0002'], ksv: ['KSV-0053', 'KSV-0054'] },
  match: ROLES,
  expressions: [
    'object.?rules.orValue([]).all(r, !r.?resources.orValue([]).exists(s, s in ["pods/exec", "pods/attach", "pods/ephemeralcontainers"]))',
  ],
  message: 'no pods/exec, pods/attach or pods/ephemeralcontainers',
  fix: 'remove the sub-resource, or list an exemption with its reason',
  admission: 'warn',
};
