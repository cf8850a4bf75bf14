/** Pod Security level a namespace enforces; anything but `restricted` needs its reason written down. */
export type PodSecurity = 'restricted' | 'baseline' | 'privileged';

/** A namespace of the platform. */
export interface NamespaceSpec {
  readonly name: string;
  readonly enforce: PodSecurity;
  /** What lives there. */
  readonly purpose: string;
  /** Why the level is not `restricted`. */
  readonly reason?: string;
}

/** Every namespace of the platform, by the name code uses. */
export const NAMESPACES = {
  argocd: { name: 'argocd', enforce: 'restricted', purpose: 'Argo CD, which applies charts-out' },
  certManager: { name: 'cert-manager', enforce: 'restricted', purpose: 'certificates' },
  hub: {
    name: 'hub',
    enforce: 'restricted',
    purpose: 'JupyterHub, its proxy and the sessions of scientists',
  },
  batch: { name: 'batch', enforce: 'restricted', purpose: 'opportunistic Jobs made by vkd' },
  vkd: { name: 'vkd', enforce: 'restricted', purpose: 'vk-dispatcher, which turns sessions into Jobs' },
  database: { name: 'database', enforce: 'restricted', purpose: 'PostgreSQL with repmgr' },
  storage: {
    name: 'storage',
    enforce: 'restricted',
    purpose: 'Redis for JuiceFS metadata and the object store',
  },
  localPath: {
    name: 'local-path',
    enforce: 'privileged',
    purpose: 'provisioner of volumes on the disks of machines',
    reason: 'its helper pods make folders on the host as root',
  },
  homes: {
    name: 'homes',
    enforce: 'privileged',
    purpose: 'NFS server of homes and shared folders',
    reason: 'the server owns files of every user id and exports a host volume',
  },
  juicefs: {
    name: 'juicefs',
    enforce: 'privileged',
    purpose: 'JuiceFS CSI driver and its mount pods',
    reason: 'mount pods need /dev/fuse and bidirectional mount propagation',
  },
  kueue: { name: 'kueue-system', enforce: 'restricted', purpose: 'Kueue' },
  gpu: {
    name: 'gpu-operator',
    enforce: 'privileged',
    purpose: 'NVIDIA GPU Operator: driver, device plugin, MIG manager, DCGM exporter',
    reason: 'drivers and the MIG manager need the host (NVIDIA security page)',
  },
  monitoring: {
    name: 'monitoring',
    enforce: 'privileged',
    purpose: 'Prometheus, Alertmanager, Grafana and exporters',
    reason: 'node-exporter needs host network and host process ids',
  },
  offload: { name: 'offload', enforce: 'restricted', purpose: 'interLink virtual nodes' },
  gateway: { name: 'gateway', enforce: 'restricted', purpose: 'Gateway objects and their certificates' },
} as const satisfies Readonly<Record<string, NamespaceSpec>>;
