import { SERVICES } from '../../kinds';
import type { Rule } from '../../rule';

/** Services take no port of the node. */
export const rule: Rule = {
  id: 'network/no-node-port',
  title: 'Services take no port of the node',
  why: 'A node port is open on every machine, beside the gateway and its certificates.',
  sources: { kubeScore: ['service-type'] },
  match: SERVICES,
  expressions: ['object.spec.?type.orValue("ClusterIP") != "NodePort"'],
  message: 'type ClusterIP or LoadBalancer',
  fix: 'publish through the gateway',
  admission: 'deny',
};
