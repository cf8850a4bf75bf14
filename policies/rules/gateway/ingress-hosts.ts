import { INGRESSES } from '../../kinds';
import type { Rule } from '../../rule';

/** Ingresses stay below the site's domain. */
export const rule: Rule = {
  id: 'gateway/ingress-hosts',
  title: "Ingresses stay below the site's domain",
  why: 'As for routes; and an Ingress without TLS would publish passwords.',
  sources: { platform: 'site file: domain', kubeScore: ['ingress-targets-service'] },
  match: INGRESSES,
  expressions: [
    'object.spec.?rules.orValue([]).all(r, r.?host.orValue("") == variables.domain || r.?host.orValue("").endsWith("." + variables.domain))',
    'object.spec.?rules.orValue([]).all(r, object.spec.?tls.orValue([]).exists(t, r.?host.orValue("") in t.?hosts.orValue([])))',
  ],
  message: "hosts below the site's domain, each under tls",
  fix: 'derive host names from site.domain',
  admission: 'deny',
};
