import { NAMESPACES } from '../network/namespaces';
import { schedulable, type SchedulableKind, type Site } from '../site';
import { planFlavors } from './flavors';
import { interactiveQueue, OPPORTUNISTIC } from './labels';
import type {
  Amounts,
  ClusterQueuePlan,
  FlavorPlan,
  FlavorQuota,
  LocalQueuePlan,
  Quota,
  QueuePlan,
} from './plan';

/** All resources of some flavors: CPU and memory first, each once. */
function resourcesOf(flavors: readonly FlavorPlan[]): readonly string[] {
  return [...new Set(['cpu', 'memory', ...flavors.flatMap((f) => Object.keys(f.allocatable))])];
}

/** What a warm reserve of n devices takes with it: the CPU and memory of n of the largest sessions. */
function reserveOf(site: Site, resource: string | undefined, devices: number): Amounts {
  return {
    cpu: devices * site.sessions.cpu,
    memory: devices * site.sessions.memory,
    pods: devices,
    ...(resource === undefined ? {} : { [resource]: devices }),
  };
}

/** An interactive quota: owns all, borrows nothing, lends all but the reserve. */
function owned(nominal: number, reserve: number): Quota {
  return { nominal, lendingLimit: Math.max(0, nominal - reserve), borrowingLimit: 0 };
}

function ownedQuotas(
  site: Site,
  kind: SchedulableKind,
  flavors: readonly FlavorPlan[],
): readonly FlavorQuota[] {
  // The reserve is for everybody: it comes out of the shared flavor, which stands last, before any reserved one.
  let missing = kind.count - kind.shareable;
  const quotas = [...flavors].reverse().map(({ name, allocatable }) => {
    const devices = kind.resource === undefined ? 0 : Math.min(missing, allocatable[kind.resource] ?? 0);
    missing -= devices;
    const reserve = reserveOf(site, kind.resource, devices);
    const resources = Object.fromEntries(
      Object.entries(allocatable).map(([resource, nominal]) => [
        resource,
        owned(nominal, reserve[resource] ?? 0),
      ]),
    );
    return { flavor: name, resources };
  });
  return quotas.reverse();
}

/**
 * The queue of one kind's sessions. One for each kind, because Kueue serialises preemption inside a queue: sessions of
 * different kinds must not wait for each other. It waits for its own kind rather than sliding to another.
 */
function interactive(site: Site, kind: SchedulableKind, all: readonly FlavorPlan[]): ClusterQueuePlan {
  const flavors = all.filter((f) => f.origin === 'local' && f.kind === kind.key);
  return {
    name: interactiveQueue(kind.key),
    role: 'interactive',
    namespace: NAMESPACES.hub.name,
    covered: resourcesOf(flavors),
    quotas: ownedQuotas(site, kind, flavors),
    reclaim: 'Any',
    preemptWithin: 'Never',
    whenCanPreempt: 'MayStopSearch',
    fairSharing: false,
  };
}

/** The queue of all batch work: owns nothing here, so all it holds is borrowed; at remote centres it has the agreed slots. */
function opportunistic(flavors: readonly FlavorPlan[]): ClusterQueuePlan {
  const covered = resourcesOf(flavors);
  const quotaOf = ({ origin, allocatable }: FlavorPlan, resource: string): Quota => ({
    nominal: origin === 'remote' ? (allocatable[resource] ?? 0) : 0,
  });
  return {
    name: OPPORTUNISTIC,
    role: 'opportunistic',
    namespace: NAMESPACES.batch.name,
    covered,
    quotas: flavors.map((flavor) => ({
      flavor: flavor.name,
      resources: Object.fromEntries(covered.map((resource) => [resource, quotaOf(flavor, resource)])),
    })),
    reclaim: 'Never',
    preemptWithin: 'Never',
    whenCanPreempt: 'TryNextFlavor',
    fairSharing: true,
  };
}

function localQueues(site: Site, interactiveQueues: readonly ClusterQueuePlan[]): readonly LocalQueuePlan[] {
  const hub = interactiveQueues.map(({ name, namespace }) => ({ namespace, name, clusterQueue: name }));
  const batch = Object.entries(site.projects).map(([name, project]) => ({
    namespace: NAMESPACES.batch.name,
    name,
    clusterQueue: OPPORTUNISTIC,
    weight: project.batch.share,
  }));
  return [...hub, ...batch];
}

/** "Interactive owns, batch borrows" for one site: pure, the source of the objects, of the invariants and of models. */
export function planQueues(site: Site): QueuePlan {
  const flavors = planFlavors(site);
  const sessions = schedulable(site)
    .map((kind) => interactive(site, kind, flavors))
    .filter(({ quotas }) => quotas.length > 0);
  return {
    cohort: site.name,
    flavors,
    clusterQueues: [...sessions, opportunistic(flavors)],
    localQueues: localQueues(site, sessions),
  };
}
