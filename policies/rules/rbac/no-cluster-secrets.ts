import { CLUSTER_ROLES } from '../../kinds';
import type { Rule } from '../../rule';

/** No role reads the Secrets of all namespaces. */
export const rule: Rule = {
  id: 'rbac/no-cluster-secrets',
  title: 'No role reads the Secrets of all namespaces',
  why: 'One such account gives away every password of the platform.',
  sources: { kubescape: ['C-0015'], ksv: ['KSV-0041'] },
  match: CLUSTER_ROLES,
  expressions: ['object.?rules.orValue([]).all(r, !("secrets" in r.?resources.orValue([])))'],
  message: 'secrets only in a Role of one namespace',
  fix: 'write a Role in the namespace that needs it',
  admission: 'warn',
};
