import type { Site } from '../../site';
import { ACCELERATORS, PRODUCT_LABEL } from '../../site/accelerators';
import { gpuTotal, schedulable } from '../../site/inventory';
import { NAMESPACES } from '../../network/namespaces';
import { alert, type RecordingRule, type RuleGroup } from './rule';

/** Names of recorded figures about devices; dashboards use nothing else. */
export const GPU = {
  /** Devices by kind according to the site file. */
  expected: 'ai_infn:devices_expected:count',
  /** All GPUs according to the site file. */
  total: 'ai_infn:gpus_expected:total',
  /** Devices by kind that nodes offer. */
  installed: 'ai_infn:devices_installed:count',
  /** Devices by kind that sessions hold. */
  used: 'ai_infn:devices_used:count',
  /** Devices by kind that are lent to batch. */
  lent: 'ai_infn:devices_lent:count',
  /** Share of time a pod's device computes. */
  active: 'ai_infn:device_active:ratio',
} as const;

/** Idle for this long while held: long enough for a meal and a meeting. */
const IDLE = '2h';
/** Below this share of time a device counts as idle; a running display of a notebook stays under it. */
const IDLE_RATIO = 0.02;

/**
 * Xid codes that mean a broken card, bus or driver and not a user's program: double-bit memory errors (48), row remapping (63,
 * 64), NVLink (74), fallen off the bus (79), contained and uncontained memory errors (94, 95). Check against NVIDIA's list.
 */
const FATAL_XIDS = [48, 63, 64, 74, 79, 94, 95];

/** kube-state-metrics writes resource and label names with underscores. */
const underscored = (name: string): string => name.replace(/[^a-zA-Z0-9]/g, '_');
const LABEL = `label_${underscored(PRODUCT_LABEL)}`;
const PRODUCT_OF_NODE = `on (node) group_left (${LABEL}) kube_node_labels`;

/** `expr` by product: joins the node's label and gives it the short name `product`. */
function byProduct(expr: string): string {
  return `label_replace(sum by (${LABEL}) (${expr} * ${PRODUCT_OF_NODE}), "product", "$1", "${LABEL}", "(.*)")`;
}

function resources(site: Site): string {
  const names = schedulable(site).flatMap(({ resource }) =>
    resource === undefined ? [] : [underscored(resource)],
  );
  return [...new Set(names)].sort().join('|');
}

/** Devices that live pods of a namespace have asked for. */
function held(site: Site, namespace: string): string {
  const requests = `kube_pod_container_resource_requests{resource=~"${resources(site)}",namespace="${namespace}"}`;
  const alive = 'max by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"} == 1)';
  return byProduct(`${requests} * on (namespace, pod) group_left () ${alive}`);
}

function expected(site: Site): readonly RecordingRule[] {
  return schedulable(site)
    .filter(({ count }) => count > 0)
    .map(({ key, productLabel, count, accelerator = '' }) => ({
      record: GPU.expected,
      expr: `vector(${count})`,
      labels: { kind: key, product: productLabel, vendor: ACCELERATORS[accelerator]?.vendor ?? 'unknown' },
    }));
}

/** Figures about devices; a site without any records only that there is none. */
export function gpuRecords(site: Site): RuleGroup {
  const total: RecordingRule = { record: GPU.total, expr: `vector(${gpuTotal(site)})` };
  if (expected(site).length === 0) return { name: 'ai-infn-devices', rules: [total] };
  const allocatable = `kube_node_status_allocatable{resource=~"${resources(site)}"}`;
  return {
    name: 'ai-infn-devices',
    rules: [
      total,
      ...expected(site),
      { record: GPU.installed, expr: byProduct(allocatable) },
      { record: GPU.used, expr: held(site, NAMESPACES.hub.name) },
      { record: GPU.lent, expr: held(site, NAMESPACES.batch.name) },
      {
        record: GPU.active,
        // Turing cards may lack profiling figures; on slices only those exist.
        expr: 'avg by (namespace, pod) (DCGM_FI_PROF_GR_ENGINE_ACTIVE{pod!=""} or DCGM_FI_DEV_GPU_UTIL{pod!=""} / 100)',
      },
    ],
  };
}

/** Alerts about devices. */
export function gpuAlerts(site: Site): RuleGroup {
  const none = `${GPU.expected} unless on (product) ${GPU.installed}`;
  // group_left keeps the labels of the left side; without it the alert could not name the kind.
  const fewer = `${GPU.expected} > on (product) group_left () ${GPU.installed}`;
  return {
    name: 'ai-infn-devices-alerts',
    rules: [
      alert(site, {
        name: 'DevicesMissing',
        expr: `(${none}) or (${fewer})`,
        after: '15m',
        severity: 'page',
        summary: 'Fewer {{ $labels.kind }} devices than the site file says',
        description:
          'Nodes offer fewer devices than the site has: a machine is away, a driver failed, or a MIG layout was not applied. Sessions of this kind wait.',
      }),
      alert(site, {
        name: 'DeviceFault',
        expr: FATAL_XIDS.map((code) => `(DCGM_FI_DEV_XID_ERRORS == ${code})`).join(' or '),
        after: '1m',
        severity: 'page',
        summary: 'GPU fault Xid {{ $value }} on {{ $labels.Hostname }}',
        description:
          'The driver reports a fault of card, bus or memory. Work on this card may fail or be wrong.',
      }),
      alert(site, {
        name: 'DeviceHot',
        expr: 'DCGM_FI_DEV_GPU_TEMP > 88',
        after: '10m',
        severity: 'ticket',
        summary: 'GPU {{ $labels.gpu }} on {{ $labels.Hostname }} at {{ $value }} °C',
        description: 'The card slows itself down at this temperature. Look at the fans and the room.',
      }),
      alert(site, {
        name: 'SessionDeviceIdle',
        expr: `avg_over_time(${GPU.active}{namespace="${NAMESPACES.hub.name}"}[${IDLE}]) < ${IDLE_RATIO}`,
        after: '10m',
        severity: 'info',
        summary: 'A session holds a device and does not use it',
        description: `The device of {{ $labels.pod }} computed less than ${IDLE_RATIO * 100} % of the last ${IDLE}. The culler stops idle sessions; one that is kept busy otherwise needs a word with its user.`,
      }),
    ],
  };
}
