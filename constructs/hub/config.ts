import type { DatabaseAccess } from '../core/access';
import { portOf } from '../core/network';
import type { Site } from '../site';
import { schedulable } from '../site/inventory';
import { RESERVED_KEY } from '../site/machines/labels';
import { NAMESPACES } from '../network/namespaces';
import { profiles } from './profiles';
import { sessionTraits, type SessionProps } from './session';

/** Directory with the platform authority's `ca.crt` in the hub's pod. */
export const TRUST_DIR = '/etc/platform-trust';

/** Port of the hub's API and pages. */
export const HUB_PORT = 8081;
/** Port of the proxy's control API. */
export const PROXY_API_PORT = 8001;
/** Address of the hub inside the cluster. */
export const HUB_URL = `http://hub.${NAMESPACES.hub.name}.svc:${HUB_PORT}`;

/** A service that calls the hub's API with a token of its own. */
interface HubService {
  readonly name: string;
  /** Environment variable of the hub that holds the token; absent for services the hub starts itself. */
  readonly tokenEnv?: string;
  readonly command?: readonly string[];
  readonly scopes: readonly string[];
}

/** Seconds between two looks of the culler: short against every timeout, long against the hub's own work. */
const CULL_EVERY = 300;

/** The hub's configuration file: traits by class, and what the loader in images/hub builds from data. */
export interface HubConfig {
  readonly traits: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly services: readonly HubService[];
  /** Claims that may hold a user's groups; INDIGO IAM uses the first, its WLCG profile the second. */
  readonly groupClaims: readonly string[];
  /** IAM group of each project. */
  readonly projectGroups: Readonly<Record<string, string>>;
  /** Taint key of machines reserved for a project; members tolerate it. */
  readonly reservedTaint: string;
}

/** Projects the site file onto the hub. Holds no secret: those come as environment variables from Secrets. */
export function hubConfig(site: Site, database: DatabaseAccess, session: SessionProps): HubConfig {
  return {
    traits: {
      JupyterHub: hubTraits(site, database),
      ConfigurableHTTPProxy: {
        should_start: false,
        api_url: `https://proxy.${NAMESPACES.hub.name}.svc:${PROXY_API_PORT}`,
      },
      Authenticator: { refresh_pre_spawn: true, auth_refresh_age: 300 },
      GenericOAuthenticator: authenticatorTraits(site),
      KubeSpawner: { ...sessionTraits(site, session), profile_list: profiles(site, schedulable(site)) },
    },
    services: services(site),
    groupClaims: ['groups', 'wlcg.groups'],
    projectGroups: Object.fromEntries(
      Object.entries(site.projects).map(([name, { group }]) => [name, group]),
    ),
    reservedTaint: RESERVED_KEY,
  };
}

function hubTraits(site: Site, database: DatabaseAccess): Readonly<Record<string, unknown>> {
  return {
    authenticator_class: 'generic-oauth',
    spawner_class: 'kubespawner.KubeSpawner',
    hub_bind_url: `http://0.0.0.0:${HUB_PORT}`,
    hub_connect_url: HUB_URL,
    public_url: `https://${site.domain}/`,
    db_url: databaseUrl(database),
    // Sessions and proxy outlive the hub: an upgrade pauses log-in and spawning, nothing else.
    cleanup_servers: false,
    cleanup_proxy: false,
    authenticate_prometheus: true,
    concurrent_spawn_limit: 64,
    active_server_limit: 0,
  };
}

/** Without password (PGPASSWORD has it); TLS checks the server's name against the platform's own authority. */
function databaseUrl({ service, port, database, user }: DatabaseAccess): string {
  const options = new URLSearchParams({
    sslmode: 'verify-full',
    sslrootcert: `${TRUST_DIR}/ca.crt`,
    // During a fail-over the old primary may still answer: never write to a standby.
    target_session_attrs: 'read-write',
    connect_timeout: '5',
    tcp_user_timeout: '15000',
  });
  return `postgresql+psycopg2://${user}@${service.host}:${portOf(service, port)}/${database}?${options.toString()}`;
}

function authenticatorTraits({ identity, domain }: Site): Readonly<Record<string, unknown>> {
  const issuer = identity.issuer.replace(/\/$/, '');
  return {
    login_service: 'INDIGO IAM',
    authorize_url: `${issuer}/authorize`,
    token_url: `${issuer}/token`,
    userdata_url: `${issuer}/userinfo`,
    oauth_callback_url: `https://${domain}/hub/oauth_callback`,
    // offline_access: the hub alone keeps a refresh token, encrypted in its database.
    scope: ['openid', 'profile', 'email', 'offline_access'],
    username_claim: 'preferred_username',
    enable_auth_state: true,
    manage_groups: true,
    allowed_groups: identity.users,
    admin_groups: identity.admins,
  };
}

/** Each service may do what it needs and nothing else. */
function services(site: Site): readonly HubService[] {
  return [
    {
      name: 'idle-culler',
      // Second line behind each server's own timeout, which is shorter for sessions with a device.
      command: [
        'python3',
        '-m',
        'jupyterhub_idle_culler',
        `--timeout=${Math.max(site.sessions.idle, site.sessions.idleCpu)}`,
        `--cull-every=${CULL_EVERY}`,
      ],
      scopes: ['list:users', 'read:users:activity', 'read:servers', 'delete:servers'],
    },
    { name: 'prometheus', tokenEnv: 'METRICS_TOKEN', scopes: ['read:metrics'] },
    {
      name: NAMESPACES.vkd.name,
      tokenEnv: 'VKD_TOKEN',
      scopes: ['read:users:name', 'read:users:groups', 'read:servers'],
    },
  ];
}
