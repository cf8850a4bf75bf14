import { GATEWAYS } from '../../kinds';
import type { Rule } from '../../rule';

/** Gateways listen with TLS. */
export const rule: Rule = {
  id: 'gateway/listeners',
  title: 'Gateways listen with TLS',
  why: 'A login over plain HTTP gives the session away.',
  sources: { platform: 'design: TLS wherever a network is crossed' },
  match: GATEWAYS,
  expressions: [
    'object.spec.listeners.all(l, (l.protocol == "HTTP" && l.port in [80, 8000]) || (l.protocol in ["HTTPS", "TLS"] && size(l.?tls.?certificateRefs.orValue([])) > 0))',
  ],
  found: '"listener " + object.spec.listeners.map(l, l.name).join(", ")',
  message:
    'listeners of protocol HTTPS or TLS with certificateRefs; HTTP only on port 80 or 8000, for redirects',
  fix: 'add tls.certificateRefs',
  admission: 'deny',
};
