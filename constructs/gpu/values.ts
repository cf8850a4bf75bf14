import type { Lock } from '../core/lock';
import { groupsOf, type Site } from '../site';
import { RESERVED_KEY } from '../site/machines/labels';
import { acceleratorOf } from '../site/nodes';

/** ConfigMap of MIG layouts, key `config.yaml`. */
export const MIG_CONFIG = 'mig-layouts';

/** ConfigMap of the figures that the DCGM exporter reads, key `dcgm-metrics.csv`. */
export const DCGM_CONFIG = 'dcgm-metrics';

/** Has the site NVIDIA cards, so that the GPU Operator is wanted? */
export function hasNvidia(site: Site): boolean {
  return groupsOf(site).some(({ node }) => acceleratorOf(node)?.vendor === 'nvidia');
}

/**
 * Does NVIDIA publish a driver image for the machines' operating system? Ubuntu LTS and RHEL only (GPU Operator platform
 * support; NVIDIA/gpu-operator issue 2225 for Debian). Other machines bring the driver themselves, at the pinned version.
 */
export function hasDriverImage({ cloud }: Pick<Site, 'cloud'>): boolean {
  return /(^|[^a-z])(ubuntu|rhel|rocky)/i.test(cloud.image);
}

/** The daemons go to reserved machines and control planes too: a card that nobody watches is a card nobody can use. */
const TOLERATIONS = [
  { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  { key: RESERVED_KEY, operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
];

/**
 * RKE2 runs its own containerd, at another socket. The second setting denies cards to pods that name them in an
 * environment variable instead of requesting them. An existing cluster is taken to have the usual containerd.
 */
function toolkitEnvironment({ kubernetes }: Site): readonly object[] {
  const unprivileged = { name: 'ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED', value: 'false' };
  if (kubernetes.cluster) return [unprivileged];
  return [{ name: 'CONTAINERD_SOCKET', value: '/run/k3s/containerd/containerd.sock' }, unprivileged];
}

/** The parts that only configure cards. */
function cards(site: Site, lock: Lock): Readonly<Record<string, unknown>> {
  return {
    mig: { strategy: 'single' },
    driver: {
      enabled: hasDriverImage(site),
      version: lock.version('nvidia-driver'),
      // An upgrade deletes every pod on the card, sessions too: machines are drained first, one by one, by a person.
      upgradePolicy: { autoUpgrade: false },
    },
    migManager: {
      version: lock.version('nvidia-mig-manager'),
      // Switching MIG on or off needs a GPU reset on Ampere, which passthrough does not expose: reboot the machine.
      env: [{ name: 'WITH_REBOOT', value: 'true' }],
      config: { name: MIG_CONFIG, create: false, default: 'all-disabled' },
    },
  };
}

/**
 * Values of the GPU Operator's chart, for the Application that installs it. Strategy `single`: every device, whole or
 * slice, is `nvidia.com/gpu`, and the product label tells which; a rule of the site model keeps machines uniform.
 */
export function gpuOperatorValues(site: Site, lock: Lock): Readonly<Record<string, unknown>> {
  const plugin = lock.version('nvidia-device-plugin');
  return {
    ...cards(site, lock),
    daemonsets: { tolerations: TOLERATIONS },
    toolkit: { version: lock.version('nvidia-container-toolkit'), env: toolkitEnvironment(site) },
    devicePlugin: { version: plugin },
    gfd: { version: plugin },
    dcgmExporter: {
      version: lock.version('nvidia-dcgm-exporter'),
      config: { name: DCGM_CONFIG, create: false },
      serviceMonitor: { enabled: true, interval: '15s', scrapeTimeout: '10s' },
    },
    'node-feature-discovery': { worker: { tolerations: TOLERATIONS } },
  };
}
