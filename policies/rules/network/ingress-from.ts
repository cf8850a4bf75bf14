import { NETWORK_POLICIES } from '../../kinds';
import type { Rule } from '../../rule';

/** Ingress rules name their peers. */
export const rule: Rule = {
  id: 'network/ingress-from',
  title: 'Ingress rules name their peers',
  why: 'A rule without `from` admits everybody, which is seldom meant.',
  sources: { kubescape: ['C-0030'] },
  match: NETWORK_POLICIES,
  expressions: ['object.spec.?ingress.orValue([]).all(r, size(r.?from.orValue([])) > 0)'],
  message: 'a `from` list in every ingress rule',
  fix: 'use connect() or allowFrom()',
  admission: 'deny',
};
