import { NETWORK_POLICIES } from '../../kinds';
import type { Rule } from '../../rule';

/** Only the web ports admit the whole Internet. */
export const rule: Rule = {
  id: 'network/world-ingress',
  title: 'Only the web ports admit the whole Internet',
  why: 'Redis, PostgreSQL and object stores filtered by nothing but a password have been lost that way.',
  sources: { platform: 'Redis of the platform is filtered by address ranges' },
  match: NETWORK_POLICIES,
  expressions: [
    'object.spec.?ingress.orValue([]).all(r, !r.?from.orValue([]).exists(f, f.?ipBlock.?cidr.orValue("") in ["0.0.0.0/0", "::/0"]) || r.?ports.orValue([]).all(p, p.port in [80, 443, 8000, 8080, 8443]))',
  ],
  message: 'ingress from 0.0.0.0/0 only to ports 80, 443, 8000, 8080 and 8443',
  fix: 'name the ranges of the remotes (offload.<name>.addresses)',
  admission: 'deny',
  exemptions: [
    {
      namespace: 'cert-manager',
      workload: 'webhook-from-kubernetes-api',
      reason:
        "API servers call webhooks from their hosts' addresses, which no label selects; the webhook's own TLS decides",
      expiry: '2027-11-01',
    },
    {
      namespace: 'kueue-system',
      workload: 'webhook-from-kubernetes-api',
      reason:
        "API servers call webhooks from their hosts' addresses, which no label selects; the webhook's own TLS decides",
      expiry: '2027-11-01',
    },
    {
      namespace: 'monitoring',
      workload: 'webhook-from-kubernetes-api',
      reason:
        "API servers call webhooks from their hosts' addresses, which no label selects; the webhook's own TLS decides",
      expiry: '2027-11-01',
    },
  ],
};
