import { everyContainer, type Rule } from '../../rule';

/** Containers take no port of the node. */
export const rule: Rule = {
  id: 'pod/no-host-ports',
  title: 'Containers take no port of the node',
  why: 'A host port binds the pod to a node and opens it beside the gateway.',
  sources: { pss: ['Host Ports'], kubescape: ['C-0044'], ksv: ['KSV-0024'] },
  ...everyContainer('c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)'),
  message: 'no hostPort',
  fix: 'publish through a Service and the gateway',
  admission: 'deny',
};
