import type { PlatformComponent } from '../core/component';
import {
  addWorkload,
  configVolume,
  httpProbe,
  scratchVolume,
  secretEnv,
  secretVolume,
  type Workload,
} from '../core/workload';
import { PRIORITIES } from '../network/priorities';
import { HUB_PORT, HUB_URL, PROXY_API_PORT, TRUST_DIR, type HubConfig } from './config';
import { DATABASE_SECRET, HUB_SECRET, OAUTH_SECRET } from './secrets';

/** ConfigMap with config.json; images/hub holds the loader that reads it. */
export const CONFIG = 'hub';
/** Certificate of the proxy's control port. */
export const PROXY_TLS = 'proxy-tls';
/** Certificate of the hub, mounted for its `ca.crt`: what hub and sessions trust inside the platform. */
export const TRUST = 'hub-tls';

/** Users of images/hub and images/proxy. */
const HUB_USER = 1000;
const PROXY_USER = 65_534;

/** The hub. One, recreated: two hubs on one database would both own every session. */
export function addHub(component: PlatformComponent, config: HubConfig): Workload {
  const health = httpProbe('http', '/hub/health');
  return addWorkload(component, {
    name: 'hub',
    kind: 'Deployment',
    updateStrategy: 'Recreate',
    user: HUB_USER,
    priorityClass: PRIORITIES.service.name,
    apiAccess: true,
    restartOn: config,
    containers: [
      {
        name: 'hub',
        image: component.lock.image('hub'),
        ports: { http: HUB_PORT },
        env: environment(),
        // Measured at rest: 185 MB; room for hundreds of sessions.
        resources: { cpu: '200m', memory: '1Gi' },
        readiness: health,
        liveness: { ...health, periodSeconds: 30 },
        // Migrations and the first look at every running session happen before it answers.
        startup: { ...health, periodSeconds: 5, failureThreshold: 60 },
        mounts: [
          { name: 'config', mountPath: '/etc/hub', readOnly: true },
          { name: 'trust', mountPath: TRUST_DIR, readOnly: true },
          { name: 'work', mountPath: '/srv/jupyterhub' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      configVolume('config', CONFIG),
      { name: 'trust', secret: { secretName: TRUST, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      scratchVolume('work', '100Mi'),
      scratchVolume('tmp', '100Mi'),
    ],
  });
}

function environment(): ReturnType<typeof secretEnv>[] {
  return [
    secretEnv('CONFIGPROXY_AUTH_TOKEN', HUB_SECRET, 'proxyToken'),
    secretEnv('JPY_COOKIE_SECRET', HUB_SECRET, 'cookieSecret'),
    secretEnv('JUPYTERHUB_CRYPT_KEY', HUB_SECRET, 'cryptKey'),
    secretEnv('METRICS_TOKEN', HUB_SECRET, 'metricsToken'),
    secretEnv('VKD_TOKEN', HUB_SECRET, 'vkdToken'),
    secretEnv('OAUTH_CLIENT_ID', OAUTH_SECRET, 'clientId'),
    secretEnv('OAUTH_CLIENT_SECRET', OAUTH_SECRET, 'clientSecret'),
    secretEnv('PGPASSWORD', DATABASE_SECRET, 'password'),
    // OpenSSL reads this file beside Debian's directory of public authorities, so IAM stays trusted too.
    { name: 'SSL_CERT_FILE', value: `${TRUST_DIR}/ca.crt` },
  ];
}

/** configurable-http-proxy. One, recreated: routes live in its memory, and the hub sends them again when it returns. */
export function addProxy(component: PlatformComponent): Workload {
  const health = httpProbe('http', '/_chp_healthz');
  return addWorkload(component, {
    name: 'proxy',
    kind: 'Deployment',
    updateStrategy: 'Recreate',
    user: PROXY_USER,
    priorityClass: PRIORITIES.service.name,
    containers: [
      {
        name: 'proxy',
        image: component.lock.image('proxy'),
        args: proxyArguments(),
        ports: { http: 8000, api: PROXY_API_PORT },
        env: [secretEnv('CONFIGPROXY_AUTH_TOKEN', HUB_SECRET, 'proxyToken')],
        // Measured at rest: 68 MB.
        resources: { cpu: '100m', memory: '256Mi' },
        readiness: health,
        liveness: { ...health, periodSeconds: 30 },
        mounts: [
          { name: 'tls', mountPath: '/etc/proxy-tls', readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [secretVolume('tls', PROXY_TLS), scratchVolume('tmp', '50Mi')],
  });
}

function proxyArguments(): readonly string[] {
  return [
    '--ip=0.0.0.0',
    '--port=8000',
    '--api-ip=0.0.0.0',
    `--api-port=${PROXY_API_PORT}`,
    '--api-ssl-key=/etc/proxy-tls/tls.key',
    '--api-ssl-cert=/etc/proxy-tls/tls.crt',
    `--default-target=${HUB_URL}`,
    `--error-target=${HUB_URL}/hub/error`,
  ];
}
