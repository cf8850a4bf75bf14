import type { Construct } from 'constructs';

import type { MetricsEndpoint } from '../core/access';
import { addCertificate, serviceNames } from '../core/certificates';
import { PlatformComponent } from '../core/component';
import { allowKubernetesApi, connect, portOf, type Peer, type ServiceRef } from '../core/network';
import type { SecretKeyRef } from '../core/secrets';
import {
  addWorkload,
  configVolume,
  httpProbe,
  scratchVolume,
  secretVolume,
  type ContainerProps,
  type Workload,
} from '../core/workload';
import { WAVES } from '../delivery/waves';
import { NAMESPACES } from '../network/namespaces';
import { PRIORITIES } from '../network/priorities';
import { vkdConfig, type VkdConfig } from './config';

/** What vkd stands on. */
export interface VkdProps {
  /** The hub's API: vkd asks it who a caller is. */
  readonly hub: ServiceRef;
  /** Name of the hub's port. */
  readonly hubPort: string;
  /** vkd's token for the hub's API, in the hub's Secret. */
  readonly hubToken: SecretKeyRef;
  /** Pods that may call vkd. */
  readonly sessions: Peer;
}

const NAME = 'vkd';
/** Port of the API; what vkd's clients have always used. */
const PORT = 8000;
/** Health and figures, plain HTTP and without data of users, so that kubelet and Prometheus need no certificate. */
const STATUS_PORT = 8080;
/** User of images/vkd. */
const USER = 65_534;
const TLS = 'vkd-tls';
const HUB_TOKEN = 'vkd-hub';

/**
 * vk-dispatcher: turns what a scientist's session asks for into suspended Jobs in the batch namespace, where Kueue starts them
 * on idle devices. Sessions call it with their own hub token and hold no rights in the cluster: vkd asks the hub who they are
 * and acts for them, in one namespace only.
 */
export class Vkd extends PlatformComponent {
  /** The API, port `https`. */
  readonly service: ServiceRef;
  /** Base address for clients, to be handed to sessions as `VKD_URL`. */
  static readonly url = `https://${NAME}.${NAMESPACES.vkd.name}.svc:${PORT}/api/v1`;
  readonly metrics: MetricsEndpoint;

  constructor(scope: Construct, id: string, props: VkdProps) {
    super(scope, id, { namespace: NAMESPACES.vkd.name, wave: WAVES.vkd });
    const hubApi = `http://${props.hub.host}:${portOf(props.hub, props.hubPort)}/hub/api`;
    const config = vkdConfig(this.site, hubApi);
    this.addConfig(config);
    const workload = this.addDispatcher(config);
    this.service = workload.service;
    this.metrics = { service: this.service, port: 'status' };
    this.declareToken(props.hubToken);
    addDispatcherRights(this, workload.serviceAccount);
    addCertificate(this, {
      name: TLS,
      namespace: this.home,
      commonName: this.service.host,
      dnsNames: serviceNames(this.service),
      usages: ['server auth'],
    });
    connect(props.sessions, this.service, ['https'], 'scientists submit and watch jobs');
    connect(this.service.peer, props.hub, [props.hubPort], 'vkd asks who a caller is');
    allowKubernetesApi(this.service.peer, 'vkd makes Jobs');
  }

  private addConfig(config: VkdConfig): void {
    this.add({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: NAME, namespace: this.home },
      data: { 'config.json': `${JSON.stringify(config, null, 2)}\n` },
    });
  }

  /** Two: it keeps nothing in memory, and a drained node must not stop workflows that poll it. */
  private addDispatcher(config: VkdConfig): Workload {
    return addWorkload(this, {
      name: NAME,
      kind: 'Deployment',
      replicas: 2,
      user: USER,
      priorityClass: PRIORITIES.service.name,
      apiAccess: true,
      restartOn: config,
      containers: [dispatcher(this.lock.image('vkd'))],
      volumes: [
        configVolume('config', NAME),
        secretVolume('tls', TLS),
        secretVolume('hub', HUB_TOKEN),
        scratchVolume('tmp', '50Mi'),
      ],
    });
  }

  private declareToken(of: SecretKeyRef): void {
    this.declareSecret({
      namespace: this.home,
      name: HUB_TOKEN,
      purpose: "vkd's token for the hub's API, which tells it who a session belongs to",
      keys: { token: { kind: 'copy', of } },
      consumers: [`${this.home}/${NAME}`],
      rotation: { days: 365, how: 'renew it in the hub component, then restart hub and vkd' },
    });
  }
}

function dispatcher(image: string): ContainerProps {
  const health = httpProbe('status', '/healthz');
  return {
    name: NAME,
    image,
    args: ['--config=/etc/vkd/config.json', '--tls=/etc/vkd-tls', '--hub-token=/etc/vkd-hub/token'],
    ports: { https: PORT, status: STATUS_PORT },
    // Not measured yet: an HTTP server in Node that holds no data.
    resources: { cpu: '100m', memory: '256Mi' },
    readiness: httpProbe('status', '/readyz'),
    liveness: { ...health, periodSeconds: 30 },
    startup: { ...health, periodSeconds: 2, failureThreshold: 30 },
    mounts: [
      { name: 'config', mountPath: '/etc/vkd', readOnly: true },
      { name: 'tls', mountPath: '/etc/vkd-tls', readOnly: true },
      { name: 'hub', mountPath: '/etc/vkd-hub', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** Jobs and what a user wants to see of them, in the batch namespace; queues may be read, never changed. */
function addDispatcherRights(component: PlatformComponent, account: string): void {
  const namespace = NAMESPACES.batch.name;
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: NAME };
  component.add({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: NAME, namespace },
    rules: [
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      // Scripts and small files of a job, owned by it and removed with it.
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete'] },
      { apiGroups: [''], resources: ['events'], verbs: ['get', 'list', 'watch'] },
      {
        apiGroups: ['kueue.x-k8s.io'],
        resources: ['localqueues', 'workloads'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  });
  component.add({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: NAME, namespace },
    roleRef: role,
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: component.home }],
  });
}
