import type { Construct } from 'constructs';

import type { DatabaseAccess, MetricsEndpoint } from '../core/access';
import { addCertificate, serviceNames } from '../core/certificates';
import { PlatformComponent } from '../core/component';
import { allowKubernetesApi, allowOutside, connect, type Peer, type ServiceRef } from '../core/network';
import { WAVES } from '../delivery/waves';
import type { Gateway } from '../network/gateway';
import { NAMESPACES } from '../network/namespaces';
import { hubConfig, type HubConfig } from './config';
import { addHub, addProxy, CONFIG, PROXY_TLS, TRUST } from './pods';
import { addSpawnerRights } from './rights';
import { declareHubSecrets, type HubTokens } from './secrets';
import { SESSION_LABELS, SESSION_PORT, type SessionVolume } from './session';

/** What the hub stands on. */
export interface HubProps {
  readonly database: DatabaseAccess;
  readonly gateway: Gateway;
  /** Homes and shared folders of sessions. */
  readonly volumes: readonly SessionVolume[];
  /** Addresses that sessions should know, for example of vkd. Default none. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Not the internet: private, shared, link-local (cloud metadata) and loopback ranges, RFC 6890. */
const NOT_PUBLIC = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];

/** git and SSH, HTTP, HTTPS, and XRootD, by which experiments' data are read. */
const SESSION_PORTS = [22, 80, 443, 1094];

/**
 * JupyterHub: the hub (one, recreated), its proxy, the sessions it makes and their network. The database is elsewhere; the hub
 * is not highly available by its own design, but sessions and proxy live on while it restarts.
 *
 * Inside: hub and proxy's control port speak TLS of the platform's authority, the database too. User traffic from proxy to hub
 * and sessions is plain HTTP: JupyterHub's `internal_ssl` makes certificates per user and hands them to a proxy that it starts
 * itself, which a proxy that outlives the hub cannot take.
 */
export class Hub extends PlatformComponent {
  /** The hub's API. */
  readonly service: ServiceRef;
  /** What users' browsers reach through the gateway (`http`), and the hub's control port (`api`). */
  readonly proxy: ServiceRef;
  /** The pods of scientists. */
  readonly sessions: Peer;
  readonly metrics: MetricsEndpoint;
  /** Token by which vkd asks the hub who a session belongs to. */
  readonly tokens: HubTokens;

  constructor(scope: Construct, id: string, props: HubProps) {
    super(scope, id, { namespace: NAMESPACES.hub.name, wave: WAVES.hub });
    this.tokens = declareHubSecrets(this, props.database);
    this.sessions = { component: this, name: 'session', namespace: this.home, labels: SESSION_LABELS };
    const hub = addHub(this, this.addConfig(props));
    const proxy = addProxy(this);
    this.service = hub.service;
    this.proxy = proxy.service;
    this.metrics = { service: hub.service, port: 'http', path: '/hub/metrics', token: this.tokens.metrics };
    addSpawnerRights(this, hub.serviceAccount);
    this.addCertificates();
    this.connectInside(props.database);
    this.connectOutside();
    props.gateway.expose({ service: this.proxy, port: 'http', why: 'users open the hub and their sessions' });
  }

  private addConfig(props: HubProps): HubConfig {
    const config = hubConfig(this.site, props.database, {
      image: this.lock.image('lab'),
      volumes: props.volumes,
      environment: props.environment ?? {},
      trust: TRUST,
    });
    this.add({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIG, namespace: this.home },
      data: { 'config.json': `${JSON.stringify(config, null, 2)}\n` },
    });
    return config;
  }

  private addCertificates(): void {
    const { name, namespace } = this.proxy;
    addCertificate(this, {
      name: PROXY_TLS,
      namespace,
      commonName: `${name}.${namespace}.svc`,
      dnsNames: serviceNames(this.proxy),
      usages: ['server auth'],
      // configurable-http-proxy reads its certificate once, at start, and nothing restarts it every 60 days.
      days: 365,
    });
    addCertificate(this, {
      name: TRUST,
      namespace,
      commonName: `hub.${namespace}.svc`,
      dnsNames: serviceNames(this.service),
      usages: ['client auth'],
    });
  }

  private connectInside(database: DatabaseAccess): void {
    const notebook: ServiceRef = {
      peer: this.sessions,
      name: this.sessions.name,
      namespace: this.home,
      ports: { http: SESSION_PORT },
      // Sessions have no Service: hub and proxy go to the pods' own addresses.
      host: '',
    };
    connect(this.service.peer, this.proxy, ['api'], 'the hub sets routes');
    connect(this.service.peer, notebook, ['http'], 'the hub asks whether a new session answers');
    connect(this.service.peer, database.service, [database.port], 'users, sessions and tokens of the hub');
    connect(this.proxy.peer, this.service, ['http'], 'log-in, menu and pages of the hub');
    connect(this.proxy.peer, notebook, ['http'], 'users work in their sessions');
    connect(this.sessions, this.service, ['http'], 'sessions check their users and report activity');
  }

  private connectOutside(): void {
    const { issuer } = this.site.identity;
    const port = Number(new URL(issuer).port || 443);
    allowKubernetesApi(this.service.peer, 'the spawner makes pods');
    allowOutside(this.service.peer, 'iam', ['0.0.0.0/0'], [port], `log-in with ${issuer}`);
    const why = 'scientists fetch packages, code and data';
    allowOutside(this.sessions, 'internet', ['0.0.0.0/0'], SESSION_PORTS, why, NOT_PUBLIC);
  }
}
