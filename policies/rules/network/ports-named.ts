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
  exemptions: [
    {
      namespace: 'argocd',
      workload: 'within-in',
      reason:
        'pods of an upstream chart talk to each other on ports the chart chooses; nothing outside the namespace gains by it',
      expiry: '2027-11-01',
    },
    {
      namespace: 'argocd',
      workload: 'within-out',
      reason:
        'pods of an upstream chart talk to each other on ports the chart chooses; nothing outside the namespace gains by it',
      expiry: '2027-11-01',
    },
    {
      namespace: 'gpu-operator',
      workload: 'within-in',
      reason:
        'pods of an upstream chart talk to each other on ports the chart chooses; nothing outside the namespace gains by it',
      expiry: '2027-11-01',
    },
    {
      namespace: 'gpu-operator',
      workload: 'within-out',
      reason:
        'pods of an upstream chart talk to each other on ports the chart chooses; nothing outside the namespace gains by it',
      expiry: '2027-11-01',
    },
    {
      namespace: 'monitoring',
      workload: 'within-in',
      reason:
        'pods of an upstream chart talk to each other on ports the chart chooses; nothing outside the namespace gains by it',
      expiry: '2027-11-01',
    },
    {
      namespace: 'monitoring',
      workload: 'within-out',
      reason:
        'pods of an upstream chart talk to each other on ports the chart chooses; nothing outside the namespace gains by it',
      expiry: '2027-11-01',
    },
    {
      namespace: 'monitoring',
      workload: 'prometheus-to-targets',
      reason:
        'Prometheus scrapes targets on ports of their choice; each target still chooses who may come in',
      expiry: '2027-11-01',
    },
  ],
};
