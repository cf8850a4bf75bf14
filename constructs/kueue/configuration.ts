import { stringify } from 'yaml';

import type { Lock } from '../core/lock';
import { NAMESPACES } from '../network/namespaces';
import { schedulable, type Site } from '../site';
import { planFlavors } from './flavors';

const DAY_SECONDS = 86_400;

/** Go duration of a number of seconds, in the largest unit that divides it. */
function goDuration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/**
 * Weights in fair sharing: a device counts 1, a core so much that all cores of the site together count as much as all
 * devices. Everything else must be written as 0, for Kueue's default is 1 per unit, and the unit of memory is the byte.
 */
function resourceWeights(site: Site): Readonly<Record<string, number>> {
  const kinds = schedulable(site);
  const devices = kinds.reduce((sum, { count }) => sum + count, 0);
  const cores = kinds.reduce((sum, { nodes }) => sum + nodes.cpu, 0);
  const resources = new Set(planFlavors(site).flatMap(({ allocatable }) => Object.keys(allocatable)));
  const weights = Object.fromEntries([...resources].map((resource) => [resource, 1]));
  const cpu = devices > 0 && cores > 0 ? Number((devices / cores).toPrecision(2)) : 1;
  return { ...weights, cpu, memory: 0, pods: 0 };
}

/** Kueue's own configuration (config.kueue.x-k8s.io/v1beta2) for a site. */
export function kueueConfiguration(site: Site): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'config.kueue.x-k8s.io/v1beta2',
    kind: 'Configuration',
    health: { healthProbeBindAddress: ':8081' },
    metrics: { bindAddress: ':8443', enableClusterQueueResources: true, localQueueMetrics: { enable: true } },
    webhook: { port: 9443 },
    leaderElection: { leaderElect: true, resourceName: 'c1f6bfd2.kueue.x-k8s.io' },
    controller: {
      groupKindConcurrency: {
        'Job.batch': 5,
        Pod: 5,
        'Workload.kueue.x-k8s.io': 10,
        'LocalQueue.kueue.x-k8s.io': 5,
        'ClusterQueue.kueue.x-k8s.io': 5,
        'ResourceFlavor.kueue.x-k8s.io': 1,
      },
    },
    clientConnection: { qps: 300, burst: 500 },
    // Only labelled work, and only where it belongs: all webhooks fail closed, so elsewhere Kueue's absence disturbs
    // nobody. The chart gives its webhooks the same selector.
    manageJobsWithoutQueueName: false,
    managedJobsNamespaceSelector: {
      matchExpressions: [
        {
          key: 'kubernetes.io/metadata.name',
          operator: 'In',
          values: [NAMESPACES.hub.name, NAMESPACES.batch.name],
        },
      ],
    },
    // The compiled-in default is batch/job alone; without `pod` no session would be counted.
    integrations: { frameworks: ['batch/job', 'pod'] },
    // Work that waits in the batch queue of a remote centre is "not ready": 24 h must pass before it is requeued. And
    // a session that loses readiness would be deleted after recoveryTimeout: 0s switches that off (absent = timeout).
    waitForPodsReady: { timeout: goDuration(DAY_SECONDS), recoveryTimeout: '0s' },
    admissionFairSharing: {
      usageHalfLifeTime: goDuration(site.batch.halfLife),
      usageSamplingInterval: '5m',
      resourceWeights: resourceWeights(site),
    },
    // Asked for by policy, counted by the kubelet only; no queue declares it.
    resources: { excludeResourcePrefixes: ['ephemeral-storage'] },
    // Long enough for accounting to read what finished; unlimited by default.
    objectRetentionPolicies: { workloads: { afterFinished: goDuration(7 * DAY_SECONDS) } },
  };
}

/** Splits an image reference at its tag; a digest stays with the tag, as the chart joins the two with a colon. */
function imageValues(reference: string): Readonly<Record<string, string>> {
  const [, repository = reference, tag = 'latest'] = /^(.+?):([^/]+)$/.exec(reference) ?? [];
  return { repository, tag, pullPolicy: 'IfNotPresent' };
}

/**
 * Values of upstream's chart, for the Application that installs it. All of Kueue's webhooks fail closed, so sessions
 * cannot start while it is away: two replicas, a disruption budget and a system priority.
 */
export function kueueChartValues(site: Site, lock: Lock): Readonly<Record<string, unknown>> {
  return {
    // The chart's names begin with this whatever the release is called; policies and alerts rely on them.
    fullnameOverride: 'kueue',
    enablePrometheus: true,
    controllerManager: {
      replicas: 2,
      podDisruptionBudget: { enabled: true, minAvailable: 1 },
      manager: {
        priorityClassName: 'system-cluster-critical',
        image: imageValues(lock.image('kueue')),
        // 90 to 111 MiB were measured with the 42 devices of CNAF; the limit leaves room for thousands of workloads.
        resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '2', memory: '512Mi' } },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { 'control-plane': 'controller-manager' } },
        },
      ],
    },
    managerConfig: { controllerManagerConfigYaml: stringify(kueueConfiguration(site)) },
  };
}
