import { repeated, rule, type RuleFinding } from './rule';

/** Top-level domains that no public name server answers (RFC 6761, RFC 7686, RFC 8375) but single machines do. */
const SPECIAL = ['local', 'test', 'invalid', 'onion', 'arpa', 'internal', 'example'];

const topOf = (domain: string): string => domain.split('.').at(-1) ?? '';

/** People must be able to resolve the hub; `localhost` is for sites on one machine. */
export const domainUsable = rule(
  'site/domain',
  'The domain can be resolved by its users.',
  ['domain'],
  ({ domain }) =>
    SPECIAL.includes(topOf(domain))
      ? [
          {
            path: ['domain'],
            found: `'${domain}', in the reserved domain .${topOf(domain)}`,
            allowed: 'a name in the public DNS, or one below .localhost for a site on one machine',
            fix: 'use a name of your institute',
          },
        ]
      : [],
);

/** No certificate authority certifies names below localhost. */
export const acmePublic = rule(
  'gateway/acme',
  'ACME is used with public names only.',
  ['domain', 'gateway'],
  ({ domain, gateway }) =>
    gateway.acme !== undefined && topOf(domain) === 'localhost'
      ? [
          {
            path: ['gateway', 'acme'],
            found: `ACME for ${domain}`,
            allowed: 'ACME with a domain of the public DNS',
            fix: 'remove acme; the site then signs its own certificate',
          },
        ]
      : [],
);

/** Tokens carry the issuer letter by letter: INDIGO IAM ends it with a slash. */
export const issuerForm = rule(
  'identity/issuer',
  'The issuer is written as INDIGO IAM writes it in its tokens.',
  ['identity'],
  ({ identity }) => {
    const url = new URL(identity.issuer);
    const bare = `${url.origin}${url.pathname.replace(/\.well-known.*$/, '').replace(/\/*$/, '/')}`;
    if (identity.issuer === bare) return [];
    return [
      {
        path: ['identity', 'issuer'],
        found: identity.issuer,
        allowed: 'scheme, host and path, ending with a slash; no query, fragment or .well-known',
        fix: `write ${bare}`,
      },
    ];
  },
);

/** A group listed twice hints at one that is missing. */
export const groupsDistinct = rule(
  'identity/groups',
  'No group is listed twice.',
  ['identity'],
  ({ identity }) =>
    (['users', 'admins'] as const).flatMap((list) =>
      repeated(
        identity[list].map((group, index) => ({ group, index })),
        ({ group }) => group,
      ).map(([{ group, index }]): RuleFinding => ({
        path: ['identity', list, index],
        found: `group '${group}' again`,
        allowed: 'each group once',
        fix: 'remove it, or write the group that was meant',
      })),
    ),
);
