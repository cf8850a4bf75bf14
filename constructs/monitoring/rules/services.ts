import type { Site } from '../../site';
import { NAMESPACES } from '../../network/namespaces';
import { alert, type RuleGroup } from './rule';

/** Recorded figures about sessions. */
export const SESSIONS = {
  /** Running sessions by kind of device. */
  running: 'ai_infn:sessions_running:count',
  /** Share of spawns that failed in the last half hour. */
  failures: 'ai_infn:spawn_failures:ratio',
  /** 95th percentile of the time from click to running server. */
  spawn: 'ai_infn:spawn_seconds:p95',
} as const;

const { hub, vkd, database, storage, homes } = NAMESPACES;
const SPAWN = 'jupyterhub_server_spawn_duration_seconds';

/** Figures about sessions. */
export function sessionRecords(): RuleGroup {
  const pods = `kube_pod_labels{namespace="${hub.name}",label_component="singleuser-server"}`;
  const running = 'on (namespace, pod) group_left () (kube_pod_status_phase{phase="Running"} == 1)';
  const spawns = (status: string): string => `sum(increase(${SPAWN}_count${status}[30m]))`;
  return {
    name: 'ai-infn-sessions',
    rules: [
      { record: SESSIONS.running, expr: `sum by (label_ai_infn_it_accelerator) (${pods} * ${running})` },
      { record: SESSIONS.failures, expr: `${spawns('{status!="success"}')} / ${spawns('')}` },
      {
        record: SESSIONS.spawn,
        expr: `histogram_quantile(0.95, sum by (le) (rate(${SPAWN}_bucket{status="success"}[30m])))`,
      },
    ],
  };
}

/** Alerts about what users see first. */
export function serviceAlerts(site: Site): RuleGroup {
  const down = (name: string, namespace: string, what: string, effect: string): ReturnType<typeof alert> =>
    alert(site, {
      name,
      expr: `absent(up{namespace="${namespace}",service="${what}"} == 1)`,
      after: '5m',
      severity: 'page',
      summary: `${what} does not answer`,
      description: effect,
    });
  return {
    name: 'ai-infn-services-alerts',
    rules: [
      down('HubDown', hub.name, 'hub', 'Nobody can log in or start a session; running sessions go on.'),
      down('VkdDown', vkd.name, 'vkd', 'No batch work can be submitted or watched; running jobs go on.'),
      alert(site, {
        name: 'SpawnsFail',
        expr: `sum(increase(${SPAWN}_count{status!="success"}[30m])) >= 2`,
        after: '1m',
        severity: 'ticket',
        summary: '{{ $value | humanize }} sessions failed to start in half an hour',
        description:
          "Look at the hub's log and at events of pods in its namespace: image, volume, quota or queue.",
      }),
      alert(site, {
        name: 'CertificateExpiresSoon',
        expr: 'certmanager_certificate_expiration_timestamp_seconds - time() < 14 * 86400',
        after: '1h',
        severity: 'ticket',
        summary:
          'Certificate {{ $labels.name }} of {{ $labels.exported_namespace }} ends in {{ $value | humanizeDuration }}',
        description:
          'cert-manager should have renewed it weeks ago: look at the CertificateRequest and the issuer.',
      }),
      alert(site, {
        name: 'MetricsMissing',
        expr: 'up == 0',
        after: '30m',
        severity: 'info',
        summary: 'Prometheus cannot scrape {{ $labels.job }} in {{ $labels.namespace }}',
        description: 'While figures are missing, alerts on them are silent.',
      }),
    ],
  };
}

/** Alerts about what holds data. */
export function dataAlerts(site: Site): RuleGroup {
  const stateful = [database, storage, homes].map(({ name }) => name).join('|');
  const of = `{namespace=~"${stateful}"}`;
  return {
    name: 'ai-infn-data-alerts',
    rules: [
      alert(site, {
        name: 'DataServiceDegraded',
        expr: `kube_statefulset_status_replicas_ready${of} < kube_statefulset_replicas${of}`,
        after: '10m',
        severity: 'page',
        summary: '{{ $labels.statefulset }} in {{ $labels.namespace }} lacks a replica',
        description:
          'The next failure may stop it. Look at the pod that is not ready, its volume and its node.',
      }),
      alert(site, {
        name: 'VolumeFillsUp',
        expr: 'kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1',
        after: '15m',
        severity: 'page',
        summary: 'Volume {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} is over 90 % full',
        description: 'A full volume stops its service. Enlarge it or free space.',
      }),
      alert(site, {
        name: 'PostgresDown',
        expr: 'absent(pg_up == 1)',
        after: '2m',
        severity: 'page',
        summary: 'PostgreSQL cannot be reached',
        description: 'Log-in, spawning and accounting wait for it; running sessions go on.',
      }),
      alert(site, {
        name: 'PostgresConnectionsFull',
        expr: 'sum(pg_stat_activity_count) / sum(pg_settings_max_connections) > 0.8',
        after: '10m',
        severity: 'ticket',
        summary: 'Over 80 % of the connections of PostgreSQL are in use',
        description: 'A client leaks connections, or the limit is too small for what the site runs.',
      }),
    ],
  };
}
