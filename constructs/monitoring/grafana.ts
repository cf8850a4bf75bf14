import type { DatabaseAccess } from '../core/access';
import type { PlatformComponent } from '../core/component';
import { portOf } from '../core/network';
import { toYaml } from '../core/render';
import {
  addWorkload,
  configVolume,
  httpProbe,
  scratchVolume,
  secretEnv,
  type ContainerProps,
  type Workload,
} from '../core/workload';
import { PRIORITIES } from '../network/priorities';
import type { Site } from '../site';
import { buildDashboard, DASHBOARDS, PROMETHEUS } from './dashboards';
import { PROMETHEUS_HOST, PROMETHEUS_PORT, PROMETHEUS_TLS } from './stack';

const NAME = 'grafana';
/** User of Grafana's image. */
const USER = 472;
const TRUST_DIR = '/etc/platform-trust';
const BOARDS_DIR = '/etc/grafana-dashboards';
/** Secrets of Grafana. */
export const GRAFANA_SECRETS = {
  own: 'grafana',
  oauth: 'grafana-oauth',
  database: 'grafana-database',
} as const;

/** Host name of Grafana at a site. */
export function grafanaHost(site: Site): string {
  return `grafana.${site.domain}`;
}

/** Dashboards as Grafana reads them, by file name. */
function boards(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    DASHBOARDS.map((spec) => [`${spec.uid}.json`, `${JSON.stringify(buildDashboard(spec), null, 2)}\n`]),
  );
}

/** Data source and dashboard provider; nothing is clicked together, and nothing clicked is kept. */
function provisioning(): Readonly<Record<string, string>> {
  return {
    'datasources.yaml': toYaml({
      apiVersion: 1,
      prune: true,
      datasources: [
        {
          name: 'Prometheus',
          uid: PROMETHEUS,
          type: 'prometheus',
          access: 'proxy',
          url: `https://${PROMETHEUS_HOST}:${PROMETHEUS_PORT}`,
          isDefault: true,
          editable: false,
          jsonData: { tlsAuthWithCACert: true, timeInterval: '30s' },
          secureJsonData: { tlsCACert: `$__file{${TRUST_DIR}/ca.crt}` },
        },
      ],
    }),
    'dashboards.yaml': toYaml({
      apiVersion: 1,
      providers: [
        {
          name: 'platform',
          folder: 'AI_INFN',
          type: 'file',
          disableDeletion: true,
          allowUiUpdates: false,
          options: { path: BOARDS_DIR },
        },
      ],
    }),
  };
}

/** Settings without secrets, as Grafana's environment variables. */
export function grafanaSettings(site: Site, database: DatabaseAccess): Readonly<Record<string, string>> {
  return {
    GF_SERVER_ROOT_URL: `https://${grafanaHost(site)}/`,
    GF_PATHS_PROVISIONING: '/etc/grafana/provisioning',
    GF_LOG_MODE: 'console',
    ...databaseSettings(database),
    ...loginSettings(site),
    // Alerting is Prometheus' and Alertmanager's: one place, and rules are in git.
    GF_UNIFIED_ALERTING_ENABLED: 'false',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
    GF_SECURITY_COOKIE_SECURE: 'true',
    GF_SECURITY_STRICT_TRANSPORT_SECURITY: 'true',
    GF_SECURITY_DISABLE_GRAVATAR: 'true',
  };
}

function databaseSettings({
  service,
  port,
  database,
  user,
}: DatabaseAccess): Readonly<Record<string, string>> {
  return {
    GF_DATABASE_TYPE: 'postgres',
    GF_DATABASE_HOST: `${service.host}:${portOf(service, port)}`,
    GF_DATABASE_NAME: database,
    GF_DATABASE_USER: user,
    GF_DATABASE_SSL_MODE: 'verify-full',
    GF_DATABASE_CA_CERT_PATH: `${TRUST_DIR}/ca.crt`,
  };
}

/** Log-in through IAM only; its groups decide who sees and who administers. */
function loginSettings({ identity }: Site): Readonly<Record<string, string>> {
  const issuer = identity.issuer.replace(/\/$/, '');
  const admin = identity.admins.map((group) => `contains(groups[*], '${group}')`).join(' || ');
  return {
    GF_AUTH_DISABLE_LOGIN_FORM: 'true',
    GF_AUTH_BASIC_ENABLED: 'false',
    GF_AUTH_ANONYMOUS_ENABLED: 'false',
    GF_AUTH_GENERIC_OAUTH_ENABLED: 'true',
    GF_AUTH_GENERIC_OAUTH_NAME: 'INDIGO IAM',
    GF_AUTH_GENERIC_OAUTH_AUTO_LOGIN: 'true',
    GF_AUTH_GENERIC_OAUTH_SCOPES: 'openid profile email offline_access',
    GF_AUTH_GENERIC_OAUTH_AUTH_URL: `${issuer}/authorize`,
    GF_AUTH_GENERIC_OAUTH_TOKEN_URL: `${issuer}/token`,
    GF_AUTH_GENERIC_OAUTH_API_URL: `${issuer}/userinfo`,
    GF_AUTH_GENERIC_OAUTH_USE_PKCE: 'true',
    GF_AUTH_GENERIC_OAUTH_USE_REFRESH_TOKEN: 'true',
    GF_AUTH_GENERIC_OAUTH_LOGIN_ATTRIBUTE_PATH: 'preferred_username',
    GF_AUTH_GENERIC_OAUTH_GROUPS_ATTRIBUTE_PATH: 'groups',
    GF_AUTH_GENERIC_OAUTH_ALLOWED_GROUPS: [...identity.users, ...identity.admins].join(','),
    GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_PATH: `(${admin}) && 'GrafanaAdmin' || 'Viewer'`,
    GF_AUTH_GENERIC_OAUTH_ALLOW_ASSIGN_GRAFANA_ADMIN: 'true',
  };
}

/** Renders Grafana: one pod without a volume, since all it keeps is in PostgreSQL and all it shows is in git. */
export function addGrafana(component: PlatformComponent, database: DatabaseAccess): Workload {
  const config = { boards: boards(), provisioning: provisioning() };
  declareSecrets(component, database);
  addConfigMap(component, 'grafana-dashboards', config.boards);
  addConfigMap(component, 'grafana-provisioning', config.provisioning);
  return addWorkload(component, {
    name: NAME,
    kind: 'Deployment',
    user: USER,
    priorityClass: PRIORITIES.service.name,
    restartOn: config,
    containers: [container(component, database)],
    volumes: [
      configVolume('dashboards', 'grafana-dashboards'),
      {
        name: 'provisioning',
        configMap: {
          name: 'grafana-provisioning',
          items: [
            { key: 'datasources.yaml', path: 'datasources/platform.yaml' },
            { key: 'dashboards.yaml', path: 'dashboards/platform.yaml' },
          ],
        },
      },
      { name: 'trust', secret: { secretName: PROMETHEUS_TLS, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      scratchVolume('data', '1Gi'),
      scratchVolume('tmp', '100Mi'),
    ],
  });
}

function container(component: PlatformComponent, database: DatabaseAccess): ContainerProps {
  const { own, oauth, database: access } = GRAFANA_SECRETS;
  const settings = Object.entries(grafanaSettings(component.site, database));
  const health = httpProbe('http', '/api/health');
  return {
    name: NAME,
    image: component.lock.image(NAME),
    ports: { http: 3000 },
    env: [
      ...settings.map(([name, value]) => ({ name, value })),
      secretEnv('GF_SECURITY_SECRET_KEY', own, 'secretKey'),
      secretEnv('GF_SECURITY_ADMIN_PASSWORD', own, 'adminPassword'),
      secretEnv('GF_AUTH_GENERIC_OAUTH_CLIENT_ID', oauth, 'clientId'),
      secretEnv('GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET', oauth, 'clientSecret'),
      secretEnv('GF_DATABASE_PASSWORD', access, 'password'),
    ],
    resources: { cpu: '100m', memory: '512Mi' },
    readiness: health,
    liveness: { ...health, periodSeconds: 30 },
    startup: { ...health, periodSeconds: 5, failureThreshold: 60 },
    mounts: [
      { name: 'dashboards', mountPath: BOARDS_DIR, readOnly: true },
      { name: 'provisioning', mountPath: '/etc/grafana/provisioning', readOnly: true },
      { name: 'trust', mountPath: TRUST_DIR, readOnly: true },
      { name: 'data', mountPath: '/var/lib/grafana' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function addConfigMap(
  component: PlatformComponent,
  name: string,
  data: Readonly<Record<string, string>>,
): void {
  component.add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: component.home }, data });
}

function declareSecrets(component: PlatformComponent, database: DatabaseAccess): void {
  const { own, oauth, database: access } = GRAFANA_SECRETS;
  const common = { namespace: component.home, consumers: [`${component.home}/${NAME}`] };
  component.declareSecret({
    ...common,
    name: own,
    purpose: "key of Grafana's encrypted settings, and the password of an admin whom nobody can log in as",
    keys: {
      secretKey: { kind: 'random', bytes: 32, encoding: 'hex' },
      adminPassword: { kind: 'random', bytes: 32, encoding: 'base64url' },
    },
    rotation: { days: 365, how: 'renew the values and restart Grafana; everybody logs in again' },
  });
  component.declareSecret({
    ...common,
    name: oauth,
    purpose: `IAM client of Grafana, redirect URI https://${grafanaHost(component.site)}/login/generic_oauth`,
    keys: {
      clientId: { kind: 'static', setting: 'grafanaClientId' },
      clientSecret: { kind: 'static', setting: 'grafanaClientSecret' },
    },
    rotation: { days: 365, how: 'make a new client secret in IAM, set grafanaClientSecret, run `pulumi up`' },
  });
  component.declareSecret({
    ...common,
    name: access,
    purpose: "password of Grafana's database user",
    keys: { password: { kind: 'copy', of: database.password } },
    rotation: { days: 365, how: 'renew it in the database component; Grafana restarts' },
  });
}
