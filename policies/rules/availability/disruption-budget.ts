import { SERVERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Replicated servers have a disruption budget. */
export const rule: Rule = {
  id: 'availability/disruption-budget',
  title: 'Replicated servers have a disruption budget',
  why: 'Draining a node for a driver update must not take all replicas at once.',
  sources: { kubeScore: ['deployment-has-poddisruptionbudget', 'statefulset-has-poddisruptionbudget'] },
  match: SERVERS,
  expressions: ['object.spec.?replicas.orValue(1) < 2 || self.selector in tree.budgets'],
  message: 'a PodDisruptionBudget with the same selector for two or more replicas',
  fix: 'let addWorkload render it',
  admission: 'none',
};
