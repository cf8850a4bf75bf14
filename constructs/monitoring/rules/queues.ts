import type { Site } from '../../site';
import { NAMESPACES } from '../../network/namespaces';
import { alert, type RuleGroup } from './rule';

/** Recorded figures about queues. */
export const QUEUES = {
  /** 95th percentile of the time from creation to admission, by queue. */
  wait: 'ai_infn:queue_wait_seconds:p95',
  /** 95th percentile of the time an eviction takes. */
  eviction: 'ai_infn:eviction_seconds:p95',
  /** Waiting work by queue. */
  pending: 'ai_infn:queue_pending:count',
} as const;

/** Longest a session should wait for its device in seconds: a few evictions one after the other, each within the grace. */
const SESSION_WAIT = 60;

/** A quantile of a Kueue histogram over half an hour. */
function p95(histogram: string, by: string): string {
  const labels = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(0.95, sum by (${labels}) (rate(${histogram}_bucket[30m])))`;
}

/** Figures about queues. */
export function queueRecords(): RuleGroup {
  return {
    name: 'ai-infn-queues',
    rules: [
      { record: QUEUES.wait, expr: p95('kueue_admission_wait_time_seconds', 'cluster_queue') },
      { record: QUEUES.eviction, expr: p95('kueue_workload_eviction_latency_seconds', '') },
      { record: QUEUES.pending, expr: 'sum by (cluster_queue, status) (kueue_pending_workloads)' },
    ],
  };
}

/** Alerts about queues. */
export function queueAlerts(site: Site): RuleGroup {
  const slow = site.batch.grace + 30;
  return {
    name: 'ai-infn-queues-alerts',
    rules: [
      alert(site, {
        name: 'KueueDown',
        expr: `absent(up{namespace="${NAMESPACES.kueue.name}"} == 1)`,
        after: '5m',
        severity: 'page',
        summary: 'No Kueue controller answers',
        description: 'Kueue answers for every session and job that starts: while it is away, none can.',
      }),
      alert(site, {
        name: 'SessionsWait',
        expr: `${QUEUES.wait}{cluster_queue=~"interactive-.*"} > ${SESSION_WAIT}`,
        after: '10m',
        severity: 'ticket',
        summary: 'Sessions wait {{ $value | humanizeDuration }} in {{ $labels.cluster_queue }}',
        description: 'All devices of the kind are in use by sessions, or evictions of batch are slow.',
      }),
      alert(site, {
        name: 'EvictionsSlow',
        expr: `${QUEUES.eviction} > ${slow}`,
        after: '10m',
        severity: 'ticket',
        summary: 'Evictions of batch take {{ $value | humanizeDuration }}',
        description: `An eviction should end within the grace of ${site.batch.grace} s and a little. A job that ignores its signal, or a node that does not answer, holds devices that sessions own.`,
      }),
      alert(site, {
        name: 'PodsStuckTerminating',
        expr: `count by (namespace) (kube_pod_deletion_timestamp{namespace=~"${NAMESPACES.hub.name}|${NAMESPACES.batch.name}"} < time() - ${site.batch.grace + 120}) > 0`,
        after: '10m',
        severity: 'ticket',
        summary: '{{ $value }} pods of {{ $labels.namespace }} do not end',
        description:
          'A pod that cannot end keeps its device and blocks its user from starting a new session: look at its finalizers and node.',
      }),
    ],
  };
}
