import { NAMESPACES } from '../../network/namespaces';
import { GPU, QUEUES, SESSIONS } from '../rules';
import type { DashboardSpec } from './dashboard';

const perProduct = (metric: string): string => `sum by (product) (${metric})`;
const total = (metric: string): string => `sum(${metric}) or vector(0)`;

const devices: DashboardSpec = {
  uid: 'devices',
  title: 'GPUs: installed, lent, used',
  description: 'What the site has, what sessions hold, what batch borrows, and what computes.',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'GPUs of the site',
          description: 'Whole cards and slices according to the site file.',
          kind: 'number',
          queries: [{ expr: GPU.total, legend: 'GPUs' }],
          width: 6,
        },
        {
          title: 'Installed',
          description: 'Devices that nodes offer at this moment.',
          kind: 'number',
          queries: [{ expr: total(GPU.installed), legend: 'installed' }],
          width: 6,
        },
        {
          title: 'Used by sessions',
          description: 'Devices that live sessions hold.',
          kind: 'number',
          queries: [{ expr: total(GPU.used), legend: 'sessions' }],
          width: 6,
        },
        {
          title: 'Lent to batch',
          description: 'Devices that batch borrows until a session wants them.',
          kind: 'number',
          queries: [{ expr: total(GPU.lent), legend: 'batch' }],
          width: 6,
        },
      ],
    },
    {
      title: 'By kind',
      panels: [
        {
          title: 'Expected and installed',
          description: 'A kind whose bars differ lacks devices; the alert DevicesMissing says so too.',
          kind: 'bars',
          queries: [
            { expr: perProduct(GPU.expected), legend: '{{product}} expected' },
            { expr: perProduct(GPU.installed), legend: '{{product}} installed' },
          ],
        },
        {
          title: 'Sessions and batch',
          description: 'Who holds the devices of each kind.',
          kind: 'bars',
          queries: [
            { expr: perProduct(GPU.used), legend: '{{product}} sessions' },
            { expr: perProduct(GPU.lent), legend: '{{product}} batch' },
          ],
        },
      ],
    },
    {
      title: 'Over time',
      panels: [
        {
          title: 'Held devices',
          description: 'Sessions and batch against all there are.',
          kind: 'lines',
          queries: [
            { expr: total(GPU.installed), legend: 'installed' },
            { expr: total(GPU.used), legend: 'sessions' },
            { expr: total(GPU.lent), legend: 'batch' },
          ],
        },
        {
          title: 'How busy held devices are',
          description: 'Mean share of time that held devices compute; the rest is held and idle.',
          kind: 'lines',
          unit: 'percentunit',
          queries: [{ expr: `avg by (namespace) (${GPU.active})`, legend: '{{namespace}}' }],
        },
      ],
    },
  ],
};

const queues: DashboardSpec = {
  uid: 'queues',
  title: 'Queues',
  description: 'Who waits for what, how long, and what evictions cost.',
  rows: [
    {
      title: 'Waiting',
      panels: [
        {
          title: 'Waiting work',
          description: 'Workloads that are not admitted yet, by queue.',
          kind: 'lines',
          queries: [{ expr: `sum by (cluster_queue) (${QUEUES.pending})`, legend: '{{cluster_queue}}' }],
        },
        {
          title: 'Wait until admission, 95 %',
          description: 'Interactive queues should stay within seconds.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: QUEUES.wait, legend: '{{cluster_queue}}' }],
        },
      ],
    },
    {
      title: 'Running and evicted',
      panels: [
        {
          title: 'Admitted work',
          description: 'Workloads that hold quota, by queue.',
          kind: 'lines',
          queries: [
            { expr: 'sum by (cluster_queue) (kueue_admitted_active_workloads)', legend: '{{cluster_queue}}' },
          ],
        },
        {
          title: 'Evictions',
          description: 'Workloads that gave their devices back, by reason. Batch runs again by itself.',
          kind: 'lines',
          queries: [
            {
              expr: 'sum by (cluster_queue, reason) (increase(kueue_evicted_workloads_total[15m]))',
              legend: '{{cluster_queue}} {{reason}}',
            },
          ],
        },
        {
          title: 'Time of an eviction, 95 %',
          description: 'From the decision until the devices are free.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: QUEUES.eviction, legend: 'eviction' }],
        },
      ],
    },
  ],
};

const sessions: DashboardSpec = {
  uid: 'sessions',
  title: 'Sessions',
  description: 'How many people work, on what, and how fast a session starts.',
  rows: [
    {
      title: 'People',
      panels: [
        {
          title: 'Active users',
          description: 'Users with activity in the last day.',
          kind: 'number',
          queries: [{ expr: 'jupyterhub_active_users{period="24h"}', legend: '24 h' }],
          width: 6,
        },
        {
          title: 'Running sessions',
          description: 'Servers the hub knows of.',
          kind: 'number',
          queries: [{ expr: 'sum(jupyterhub_running_servers)', legend: 'sessions' }],
          width: 6,
        },
        {
          title: 'By kind of device',
          description: 'Running sessions by the profile that was chosen.',
          kind: 'bars',
          queries: [{ expr: SESSIONS.running, legend: '{{label_ai_infn_it_accelerator}}' }],
        },
      ],
    },
    {
      title: 'Starting',
      panels: [
        {
          title: 'From click to server, 95 %',
          description: 'Includes evictions and image pulls.',
          kind: 'lines',
          unit: 's',
          queries: [{ expr: SESSIONS.spawn, legend: 'spawn' }],
        },
        {
          title: 'Failed starts',
          description: 'Share of the starts of half an hour.',
          kind: 'lines',
          unit: 'percentunit',
          queries: [{ expr: SESSIONS.failures, legend: 'failed' }],
        },
      ],
    },
  ],
};

const { storage: store, homes, database } = NAMESPACES;

const storage: DashboardSpec = {
  uid: 'storage',
  title: 'Storage',
  description: 'How full volumes are and how hard they work.',
  rows: [
    {
      title: 'Volumes',
      panels: [
        {
          title: 'Used share',
          description: 'Over 90 % raises the alert VolumeFillsUp.',
          kind: 'bars',
          unit: 'percentunit',
          queries: [
            {
              expr: '1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes',
              legend: '{{namespace}}/{{persistentvolumeclaim}}',
            },
          ],
        },
        {
          title: 'Free space',
          description: 'Of each volume, over time.',
          kind: 'lines',
          unit: 'bytes',
          queries: [
            {
              expr: `kubelet_volume_stats_available_bytes{namespace=~"${store.name}|${homes.name}|${database.name}"}`,
              legend: '{{namespace}}/{{persistentvolumeclaim}}',
            },
          ],
        },
        {
          title: 'Free inodes',
          description: 'Many small files end a volume before its space does.',
          kind: 'lines',
          queries: [
            { expr: 'kubelet_volume_stats_inodes_free', legend: '{{namespace}}/{{persistentvolumeclaim}}' },
          ],
        },
      ],
    },
    {
      title: 'Services',
      panels: [
        {
          title: 'Replicas ready',
          description: 'Of the services that hold data.',
          kind: 'lines',
          queries: [
            {
              expr: `kube_statefulset_status_replicas_ready{namespace=~"${store.name}|${homes.name}"}`,
              legend: '{{namespace}}/{{statefulset}}',
            },
          ],
        },
        {
          title: 'Network traffic',
          description: 'Bytes that storage services send.',
          kind: 'lines',
          unit: 'Bps',
          queries: [
            {
              expr: `sum by (namespace, pod) (rate(container_network_transmit_bytes_total{namespace=~"${store.name}|${homes.name}"}[5m]))`,
              legend: '{{namespace}}/{{pod}}',
            },
          ],
        },
      ],
    },
  ],
};

const postgresql: DashboardSpec = {
  uid: 'postgresql',
  title: 'PostgreSQL',
  description: 'The database of hub, Grafana and accounting.',
  rows: [
    {
      title: 'Nodes',
      panels: [
        {
          title: 'Reachable',
          description: '1 while the primary answers.',
          kind: 'number',
          queries: [{ expr: 'max(pg_up)', legend: 'primary' }],
          width: 6,
        },
        {
          title: 'Nodes ready',
          description: 'Pods of the database that are ready.',
          kind: 'lines',
          queries: [
            {
              expr: `kube_statefulset_status_replicas_ready{namespace="${database.name}"}`,
              legend: '{{statefulset}}',
            },
          ],
          width: 18,
        },
      ],
    },
    {
      title: 'Work',
      panels: [
        {
          title: 'Connections',
          description: 'Open connections by state, and the limit.',
          kind: 'lines',
          queries: [
            { expr: 'sum by (state) (pg_stat_activity_count)', legend: '{{state}}' },
            { expr: 'max(pg_settings_max_connections)', legend: 'limit' },
          ],
        },
        {
          title: 'Transactions',
          description: 'Committed and rolled back, by database.',
          kind: 'lines',
          unit: 'ops',
          queries: [
            { expr: 'rate(pg_stat_database_xact_commit[5m])', legend: '{{datname}} commit' },
            { expr: 'rate(pg_stat_database_xact_rollback[5m])', legend: '{{datname}} rollback' },
          ],
        },
        {
          title: 'Size',
          description: 'Of each database.',
          kind: 'lines',
          unit: 'bytes',
          queries: [{ expr: 'pg_database_size_bytes', legend: '{{datname}}' }],
        },
      ],
    },
  ],
};

/** Every dashboard of the platform. */
export const DASHBOARDS: readonly DashboardSpec[] = [devices, queues, sessions, storage, postgresql];
