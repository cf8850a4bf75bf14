import { ROLES } from '../../kinds';
import type { Rule } from '../../rule';

/** Roles cannot give more than they have. */
export const rule: Rule = {
  id: 'rbac/no-escalation',
  title: 'Roles cannot give more than they have',
  why: 'escalate, bind and impersonate turn any role into all roles.',
  sources: { ksv: ['KSV-0043', 'KSV-0050'] },
  match: ROLES,
  expressions: [
    'object.?rules.orValue([]).all(r, !r.verbs.exists(v, v in ["escalate", "bind", "impersonate"]))',
  ],
  message: 'no verbs escalate, bind or impersonate',
  fix: 'remove the verb',
  admission: 'warn',
};
