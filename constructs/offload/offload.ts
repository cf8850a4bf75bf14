import type { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

import { addCertificate } from '../core/certificates';
import { PlatformComponent } from '../core/component';
import { allowFrom, allowKubernetesApi, allowOutside } from '../core/network';
import { toYaml } from '../core/render';
import {
  addWorkload,
  configVolume,
  type ContainerProps,
  secretVolume,
  tcpProbe,
  type Workload,
} from '../core/workload';
import { offloadFlavor } from '../kueue/labels';
import { NAMESPACES } from '../network/namespaces';
import { PORTS, type Remote } from '../site';
import { clusterRanges } from '../storage/object-store';
import { endpointOf, VK_PATHS, virtualKubeletConfig } from './config';
import { addRights } from './rights';

const USER = 1000;
const ANYWHERE = '0.0.0.0/0';

/** Props of the offload component. */
export interface OffloadProps {
  /** Argo CD sync wave; after the queues, whose last flavors select the virtual nodes. */
  readonly wave: number;
}

/**
 * One virtual node per remote centre: interLink's virtual kubelet here, its API and plugin there ("edge node" pattern). The node
 * shows in the cluster as `offload-<remote>`, with the capacity that the site file grants and a taint that only Jobs which opt in
 * tolerate. Towards the remote both sides prove themselves by certificate; the kubelet reads its own once, at start, so a renewed
 * client certificate needs a restart. A restart is harmless: jobs run on at the remote and are found again by their pods.
 */
export class Offload extends PlatformComponent {
  /** Names of the virtual nodes, by remote. */
  readonly nodes: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: OffloadProps) {
    super(scope, id, { namespace: NAMESPACES.offload.name, wave: props.wave });
    const remotes = Object.entries(this.site.offload);
    this.nodes = Object.fromEntries(remotes.map(([name]) => [name, offloadFlavor(name)]));
    for (const [name, remote] of remotes) this.addVirtualNode(name, remote);
  }

  private addVirtualNode(name: string, remote: Remote): void {
    const node = offloadFlavor(name);
    const text = toYaml(virtualKubeletConfig(name, remote, this.home));
    this.add({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${node}-virtual-kubelet-config`, namespace: this.home },
      data: { 'InterLinkConfig.yaml': text },
    });
    this.declareClientCertificate(name);
    const workload = this.addKubelet(node, text);
    addCertificate(this, {
      name: servingSecret(node),
      namespace: this.home,
      commonName: `system:node:${node}`,
      dnsNames: [node, workload.service.host],
      usages: ['server auth'],
    });
    addRights(this, node);
    this.connectNode(workload, node, remote);
  }

  private addKubelet(node: string, restartOn: string): Workload {
    return addWorkload(this, {
      name: node,
      kind: 'Deployment',
      // Two kubelets of one node would both report its pods.
      updateStrategy: 'Recreate',
      user: USER,
      apiAccess: true,
      restartOn,
      containers: [kubelet(node, this.lock.image('interlink-virtual-kubelet'))],
      volumes: [
        configVolume('config', `${node}-virtual-kubelet-config`),
        secretVolume('client-tls', clientSecret(node)),
        secretVolume('serving-tls', servingSecret(node)),
      ],
    });
  }

  /** The remote centre's authority issues it, so its three files come from the operator. */
  private declareClientCertificate(name: string): void {
    const node = offloadFlavor(name);
    const setting = (file: string) => ({ kind: 'static', setting: `offload.${name}.${file}` }) as const;
    this.declareSecret({
      namespace: this.home,
      name: clientSecret(node),
      purpose: `client certificate for the interLink API of ${name}, and the authority of its server`,
      keys: { 'tls.crt': setting('tls.crt'), 'tls.key': setting('tls.key'), 'ca.crt': setting('ca.crt') },
      consumers: [`${this.home}/${node}`],
      rotation: { days: 365, how: `new files from ${name}, set them, then restart Deployment ${node}` },
      type: 'kubernetes.io/tls',
    });
  }

  private connectNode({ peer, service }: Workload, node: string, remote: Remote): void {
    allowKubernetesApi(peer, 'the virtual kubelet watches its pods');
    const { port } = endpointOf(remote.api);
    const ranges = apiRanges(remote);
    // An exception must lie inside its range, so it goes with the open one only.
    const except = ranges.includes(ANYWHERE) ? clusterRanges(this) : [];
    allowOutside(peer, 'interlink-api', ranges, [port], `interLink API of ${node}`, except);
    allowFrom(
      service,
      'kubernetes-api',
      { cidrs: [this.site.cloud.subnet] },
      ['kubelet'],
      'logs of offloaded pods',
    );
  }
}

/** Secret with the client certificate, under the name interLink's own chart gives it. */
function clientSecret(node: string): string {
  return `${node}-tls-certs`;
}

/** Secret with the certificate the API server sees when it asks for logs. */
function servingSecret(node: string): string {
  return `${node}-serving`;
}

/**
 * Where the API is: its address if the URL has one, else the ranges the remote is known by. Only when neither is known must the
 * rule be by port alone; ranges of the cluster stay closed even then.
 */
function apiRanges(remote: Remote): readonly string[] {
  const { host } = endpointOf(remote.api);
  if (/^\d+(\.\d+){3}$/.test(host)) return [`${host}/32`];
  return remote.addresses.length > 0 ? remote.addresses : [ANYWHERE];
}

function kubelet(node: string, image: string): ContainerProps {
  const fieldEnv = (name: string, fieldPath: string): k8s.EnvVar => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    name: 'virtual-kubelet',
    image,
    env: [
      { name: 'NODENAME', value: node },
      { name: 'CONFIGPATH', value: VK_PATHS.config },
      { name: 'KUBELET_URL', value: '0.0.0.0' },
      { name: 'KUBELET_PORT', value: String(PORTS.kubelet) },
      fieldEnv('POD_IP', 'status.podIP'),
    ],
    ports: { kubelet: PORTS.kubelet },
    resources: { cpu: '100m', memory: '256Mi' },
    readiness: tcpProbe('kubelet'),
    liveness: { ...tcpProbe('kubelet'), failureThreshold: 6 },
    mounts: [
      { name: 'config', mountPath: '/etc/interlink', readOnly: true },
      { name: 'client-tls', mountPath: VK_PATHS.clientTls, readOnly: true },
      { name: 'serving-tls', mountPath: VK_PATHS.servingTls, readOnly: true },
    ],
  };
}
