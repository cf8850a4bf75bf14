import { createHmac } from 'node:crypto';

import { Document } from 'yaml';

import type { Site } from '../../constructs';
import type { BootMachine } from './boot';

/** Where RKE2 looks for what we give it (RKE2 documentation, "Configuration File" and "Packaged Components"). */
export const CONFIG = {
  file: '/etc/rancher/rke2/config.yaml',
  token: '/etc/rancher/rke2/join-token',
  agentToken: '/etc/rancher/rke2/agent-token',
  audit: '/etc/rancher/rke2/audit-policy.yaml',
  manifests: '/var/lib/rancher/rke2/server/manifests',
} as const;

/** Port on which RKE2 servers take joining machines. */
const SUPERVISOR_PORT = 9345;

/**
 * Both gates make Kueue's evictions two to four times slower: with them the API server refuses to restore the template of
 * a suspended Job while a pod of it still runs, and Kueue retries (measured on Kueue 0.19.2 and Kubernetes 1.36.2).
 */
const GATES_OFF = ['MutableSchedulingDirectivesForSuspendedJobs', 'MutablePodResourcesForSuspendedJobs'];

/** The two secrets that let a machine into the cluster. */
export interface JoinTokens {
  /** Joins servers and decrypts the cluster's bootstrap data: as good as the administrator's credentials. */
  readonly server: string;
  /** Joins agents only. */
  readonly agent: string;
}

/** Derives both tokens from one secret; the agent token tells nothing about the server token. */
export function joinTokens(secret: string): JoinTokens {
  const derive = (purpose: string): string =>
    createHmac('sha256', secret).update(`rke2/${purpose}`).digest('hex');
  return { server: derive('server'), agent: derive('agent') };
}

/** `config.yaml` of RKE2 for a machine, as data. @throws Error when the cluster has no control machine */
export function rke2Config(site: Site, machine: BootMachine, control: readonly BootMachine[]): object {
  const [first] = control;
  if (!first) throw new Error(`${site.name} has no control machine to join`);
  return {
    ...(machine.name === first.name ? {} : { server: `https://${first.address}:${SUPERVISOR_PORT}` }),
    'token-file': CONFIG.token,
    'node-name': machine.name,
    'node-ip': machine.address,
    ...optionalList(
      'node-label',
      Object.entries(machine.labels).map(([key, value]) => `${key}=${value}`),
    ),
    ...optionalList('node-taint', machine.taints),
    profile: 'cis',
    // The same figures that planning counts with; the scheduler then sees what the plan promised.
    'kubelet-arg': [`system-reserved=cpu=${machine.reserve.cpu},memory=${machine.reserve.memoryGiB}Gi`],
    ...(machine.role === 'control' ? serverConfig(site, control) : {}),
  };
}

const optionalList = (key: string, values: readonly string[]): object =>
  values.length ? { [key]: values } : {};

/** Settings that must be equal on all servers (RKE2 documentation, "Critical Configuration Values"). */
function serverConfig(site: Site, control: readonly BootMachine[]): object {
  return {
    'agent-token-file': CONFIG.agentToken,
    'tls-san': [`api.${site.domain}`, ...control.flatMap((m) => [m.name, m.address])],
    'cluster-cidr': site.kubernetes.podCidr,
    'service-cidr': site.kubernetes.serviceCidr,
    'cluster-dns': hostOf(site.kubernetes.serviceCidr, 10),
    cni: 'canal',
    'ingress-controller': 'traefik',
    'secrets-encryption': true,
    'write-kubeconfig-mode': '0600',
    'audit-policy-file': CONFIG.audit,
    'etcd-snapshot-schedule-cron': '0 */6 * * *',
    'etcd-snapshot-retention': 28,
    'kube-apiserver-arg': [`feature-gates=${GATES_OFF.map((gate) => `${gate}=false`).join(',')}`],
  };
}

/** The n-th address of an IPv4 range; RKE2 wants the DNS service inside a service range that is not its default. */
function hostOf(cidr: string, n: number): string {
  const octets = cidr.replace(/\/.*/, '').split('.').map(Number);
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0) + n;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/**
 * Switches Traefik, which RKE2 installs as its ingress controller, to the Gateway API. The Gateway itself is ours
 * (component `network`), so the chart's own example Gateway stays off.
 */
export const GATEWAY_CHART_CONFIG = {
  apiVersion: 'helm.cattle.io/v1',
  kind: 'HelmChartConfig',
  metadata: { name: 'rke2-traefik', namespace: 'kube-system' },
  spec: {
    valuesContent: new Document({
      providers: { kubernetesGateway: { enabled: true } },
      gateway: { enabled: false },
    }).toString(),
  },
} as const;
