import { SERVICES } from '../../kinds';
import type { Rule } from '../../rule';

/** Load balancers filter by source. */
export const rule: Rule = {
  id: 'network/load-balancer-ranges',
  title: 'Load balancers filter by source',
  why: 'Without ranges a load balancer admits the Internet to a service that is meant for a few centres.',
  sources: { platform: 'site file: addresses of remotes' },
  match: SERVICES,
  expressions: [
    'object.spec.?type.orValue("ClusterIP") != "LoadBalancer" || size(object.spec.?loadBalancerSourceRanges.orValue([])) > 0',
    'object.spec.?type.orValue("ClusterIP") != "LoadBalancer" || !("0.0.0.0/0" in object.spec.?loadBalancerSourceRanges.orValue([])) || object.spec.ports.all(p, p.port in [80, 443])',
  ],
  message: 'loadBalancerSourceRanges, without 0.0.0.0/0 except for ports 80 and 443',
  fix: 'name the ranges',
  admission: 'deny',
};
