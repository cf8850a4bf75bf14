import type { Manifest } from '../core/component';
import { gi } from '../site';
import { PRIORITIES } from '../network/priorities';
import type { ClusterQueuePlan, FlavorPlan, LocalQueuePlan, Quota, QueuePlan } from './plan';

const API = 'kueue.x-k8s.io/v1beta2';

/** Quantity in canonical form, so that what Kueue writes back equals what git holds. */
function quantity(resource: string, amount: number): string {
  if (resource === 'memory' && amount > 0) return gi(amount);
  return String(amount);
}

/** Weight in canonical form: thousandths unless whole. */
function weightQuantity(weight: number): string {
  return Number.isInteger(weight) ? String(weight) : `${Math.max(1, Math.round(weight * 1000))}m`;
}

function resourceFlavor({ name, labels, taints }: FlavorPlan): Manifest {
  return {
    apiVersion: API,
    kind: 'ResourceFlavor',
    metadata: { name },
    spec: { nodeLabels: labels, ...(taints.length > 0 ? { nodeTaints: taints } : {}) },
  };
}

function quotaObject(name: string, { nominal, lendingLimit, borrowingLimit }: Quota): object {
  return {
    name,
    nominalQuota: quantity(name, nominal),
    ...(borrowingLimit === undefined ? {} : { borrowingLimit: quantity(name, borrowingLimit) }),
    ...(lendingLimit === undefined ? {} : { lendingLimit: quantity(name, lendingLimit) }),
  };
}

function resourceGroup({ covered, quotas }: ClusterQueuePlan): object {
  return {
    coveredResources: covered,
    flavors: quotas.map(({ flavor, resources }) => ({
      name: flavor,
      // In the order of coveredResources: the webhook refuses any other.
      resources: covered.flatMap((r) => (resources[r] ? [quotaObject(r, resources[r])] : [])),
    })),
  };
}

/** Defaults of the API are written out, so that what the cluster holds equals what git holds. */
function clusterQueue(cohort: string, queue: ClusterQueuePlan): Manifest {
  return {
    apiVersion: API,
    kind: 'ClusterQueue',
    metadata: { name: queue.name },
    spec: {
      cohortName: cohort,
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': queue.namespace } },
      queueingStrategy: 'BestEffortFIFO',
      resourceGroups: [resourceGroup(queue)],
      preemption: {
        reclaimWithinCohort: queue.reclaim,
        withinClusterQueue: queue.preemptWithin,
        borrowWithinCohort: { policy: 'Never' },
      },
      flavorFungibility: { whenCanBorrow: 'MayStopSearch', whenCanPreempt: queue.whenCanPreempt },
      ...(queue.fairSharing ? { admissionScope: { admissionMode: 'UsageBasedAdmissionFairSharing' } } : {}),
      stopPolicy: 'None',
    },
  };
}

function localQueue({ namespace, name, clusterQueue: to, weight }: LocalQueuePlan): Manifest {
  return {
    apiVersion: API,
    kind: 'LocalQueue',
    metadata: { namespace, name },
    spec: {
      clusterQueue: to,
      ...(weight === undefined ? {} : { fairSharing: { weight: weightQuantity(weight) } }),
      stopPolicy: 'None',
    },
  };
}

/** The queues of a site as objects of Kueue, flavors first. */
export function queueObjects(plan: QueuePlan): readonly Manifest[] {
  return [
    { apiVersion: API, kind: 'Cohort', metadata: { name: plan.cohort }, spec: {} },
    ...plan.flavors.map(resourceFlavor),
    ...plan.clusterQueues.map((queue) => clusterQueue(plan.cohort, queue)),
    ...plan.localQueues.map(localQueue),
  ];
}

/**
 * Order in which waiting work of one project is admitted. Only the order: nobody is evicted by priority. Values leave
 * room in between; `batch-normal` is what vkd gives unless told otherwise.
 */
const WORKLOAD_PRIORITIES: readonly (readonly [name: string, value: number, description: string])[] = [
  [PRIORITIES.interactive.name, 1000, 'Sessions.'],
  ['batch-high', 300, 'Batch work that goes before the other work of its project.'],
  ['batch-normal', 200, 'Batch work.'],
  ['batch-low', 100, 'Batch work that can wait.'],
];

/** Priorities of workloads. Those of pods, the scheduler's second line, belong to the network component. */
export function priorityObjects(): readonly Manifest[] {
  return WORKLOAD_PRIORITIES.map(([name, value, description]) => ({
    apiVersion: API,
    kind: 'WorkloadPriorityClass',
    metadata: { name },
    value,
    description,
  }));
}
