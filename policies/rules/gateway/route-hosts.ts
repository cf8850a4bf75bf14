import { HTTP_ROUTES } from '../../kinds';
import type { Rule } from '../../rule';

/** Routes stay below the site's domain. */
export const rule: Rule = {
  id: 'gateway/route-hosts',
  title: "Routes stay below the site's domain",
  why: 'A route for a foreign host would answer for somebody else, without a certificate.',
  sources: { platform: 'site file: domain' },
  match: HTTP_ROUTES,
  expressions: [
    'size(object.spec.?hostnames.orValue([])) > 0 || object.spec.?rules.orValue([]).all(r, r.?filters.orValue([]).exists(f, f.type == "RequestRedirect"))',
    'object.spec.?hostnames.orValue([]).all(h, h == variables.domain || h.endsWith("." + variables.domain))',
  ],
  found: '"host names " + object.spec.?hostnames.orValue(["(none)"]).join(", ")',
  message: "host names equal to the site's domain or below it; none only for a redirect",
  fix: 'derive host names from site.domain',
  admission: 'deny',
};
