import { NETWORK_POLICIES } from '../../kinds';
import type { Rule } from '../../rule';

/** Network policies open named ports only. */
export const rule: Rule = {
  id: 'network/ports-named',
  title: 'Network policies open named ports only',
  why: 'A rule without ports opens every port of the peer, debug ports included.',
  sources: { kubescape: ['C-0030'] },
  match: NETWORK_POLICIES,
  expressions: [
    'object.spec.?ingress.orValue([]).all(r, size(r.?ports.orValue([])) > 0)',
    'object.spec.?egress.orValue([]).all(r, size(r.?ports.orValue([])) > 0)',
  ],
  message: 'ports in every rule',
  fix: 'list the ports',
  admission: 'deny',
};
