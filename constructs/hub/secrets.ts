import type { DatabaseAccess } from '../core/access';
import type { PlatformComponent } from '../core/component';
import type { SecretKeyRef, SecretSource } from '../core/secrets';

/** Secret with everything the hub generates for itself. */
export const HUB_SECRET = 'hub';
/** Secret with the IAM client of the hub. */
export const OAUTH_SECRET = 'hub-oauth';
/** Secret with the password of the hub's database user. */
export const DATABASE_SECRET = 'hub-database';

/** Tokens of the hub's API that other components copy into their own namespace. */
export interface HubTokens {
  /** Reads figures. */
  readonly metrics: SecretKeyRef;
  /** Reads users' groups. */
  readonly vkd: SecretKeyRef;
}

/** 256 bits, as JupyterHub's cookie and encryption keys want them. */
const KEY: SecretSource = { kind: 'random', bytes: 32, encoding: 'hex' };

/** Declares the hub's Secrets; the catalogue says how each value comes to be. */
export function declareHubSecrets(component: PlatformComponent, database: DatabaseAccess): HubTokens {
  const namespace = component.home;
  component.declareSecret({
    namespace,
    name: HUB_SECRET,
    purpose: 'keys and API tokens of JupyterHub',
    keys: { proxyToken: KEY, cookieSecret: KEY, cryptKey: KEY, metricsToken: KEY, vkdToken: KEY },
    consumers: [`${namespace}/hub`, `${namespace}/proxy`],
    rotation: {
      days: 365,
      how: 'renew the generated values and restart hub and proxy; everybody logs in again, sessions live on',
    },
  });
  declareGiven(component);
  component.declareSecret({
    namespace,
    name: DATABASE_SECRET,
    purpose: "password of the hub's database user",
    keys: { password: { kind: 'copy', of: database.password } },
    consumers: [`${namespace}/hub`],
    rotation: { days: 365, how: 'renew it in the database component; the hub restarts' },
  });
  const key = (name: string): SecretKeyRef => ({ namespace, name: HUB_SECRET, key: name });
  return { metrics: key('metricsToken'), vkd: key('vkdToken') };
}

/** The IAM client is registered by hand, so both values are the operator's. */
function declareGiven(component: PlatformComponent): void {
  component.declareSecret({
    namespace: component.home,
    name: OAUTH_SECRET,
    purpose: `IAM client of the hub, redirect URI https://${component.site.domain}/hub/oauth_callback`,
    keys: {
      clientId: { kind: 'static', setting: 'hubClientId' },
      clientSecret: { kind: 'static', setting: 'hubClientSecret' },
    },
    consumers: [`${component.home}/hub`],
    rotation: { days: 365, how: 'make a new client secret in IAM, set hubClientSecret, run `pulumi up`' },
  });
}
