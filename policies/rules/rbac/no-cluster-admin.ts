import { BINDINGS } from '../../kinds';
import type { Rule } from '../../rule';

/** Nobody is bound to cluster-admin. */
export const rule: Rule = {
  id: 'rbac/no-cluster-admin',
  title: 'Nobody is bound to cluster-admin',
  why: 'A stolen token of such an account is the cluster.',
  sources: { kubescape: ['C-0185'], ksv: ['KSV-0111'] },
  match: BINDINGS,
  expressions: ['!(object.roleRef.name in ["cluster-admin", "admin", "edit"])'],
  found: '"role " + object.roleRef.name',
  message: 'a role that names what is needed',
  fix: 'write a Role',
  admission: 'warn',
};
