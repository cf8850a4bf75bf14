import { ROLES } from '../../kinds';
import type { Rule } from '../../rule';

/** Roles name what they allow. */
export const rule: Rule = {
  id: 'rbac/no-wildcards',
  title: 'Roles name what they allow',
  why: 'A wildcard grows with every resource installed later.',
  sources: { kubescape: ['C-0187'], ksv: ['KSV-0044', 'KSV-0045', 'KSV-0046'] },
  match: ROLES,
  expressions: [
    'object.?rules.orValue([]).all(r, !("*" in r.?apiGroups.orValue([])) && !("*" in r.?resources.orValue([])) && !("*" in r.verbs))',
  ],
  message: 'no * in apiGroups, resources or verbs',
  fix: 'list resources and verbs',
  admission: 'warn',
};
