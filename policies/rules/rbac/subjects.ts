import { BINDINGS } from '../../kinds';
import type { Rule } from '../../rule';

/** Rights go to named accounts. */
export const rule: Rule = {
  id: 'rbac/subjects',
  title: 'Rights go to named accounts',
  why: 'A binding to a default account or to everybody gives rights to pods that nobody thought of.',
  sources: { kubescape: ['C-0189'], ksv: ['KSV-0122', 'KSV-0123', 'KSV-01011'] },
  match: BINDINGS,
  expressions: [
    'object.?subjects.orValue([]).all(s, !(s.kind == "ServiceAccount" && s.name == "default") && !(s.name in ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters"]))',
  ],
  found: '"subjects " + object.subjects.map(s, s.name).join(", ")',
  message:
    'subjects other than default accounts, system:anonymous, system:unauthenticated and system:authenticated',
  fix: 'bind the ServiceAccount of the workload',
  admission: 'warn',
};
