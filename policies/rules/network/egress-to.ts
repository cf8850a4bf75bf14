import { NETWORK_POLICIES } from '../../kinds';
import type { Rule } from '../../rule';

/** Egress rules name their peers. */
export const rule: Rule = {
  id: 'network/egress-to',
  title: 'Egress rules name their peers',
  why: 'A rule without `to` lets a stolen pod send data anywhere.',
  sources: { kubescape: ['C-0030'] },
  match: NETWORK_POLICIES,
  expressions: ['object.spec.?egress.orValue([]).all(r, size(r.?to.orValue([])) > 0)'],
  message: 'a `to` list in every egress rule',
  fix: 'use connect() or allowOutside()',
  admission: 'deny',
};
