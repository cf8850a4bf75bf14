import type { PlatformComponent } from '../core/component';

/** A Kubernetes PriorityClass. Kueue's own order is a matter of quotas; these are the kube-scheduler's second line. */
interface Priority {
  readonly name: string;
  readonly value: number;
  readonly preempts: boolean;
  readonly description: string;
}

/**
 * Priorities of pods: services before sessions, sessions before batch. `opportunistic` lies below 0, so that even a pod of
 * no class goes first, and preempts nothing: batch takes only what is idle.
 */
export const PRIORITIES = {
  service: {
    name: 'service',
    value: 2_000_000,
    preempts: true,
    description: 'Services that sessions and jobs stand on: hub, database, storage, vkd.',
  },
  interactive: {
    name: 'interactive',
    value: 1_000_000,
    preempts: true,
    description:
      'Sessions of scientists; may push batch off a node that quota says is free but space is not.',
  },
  opportunistic: {
    name: 'opportunistic',
    value: -100,
    preempts: false,
    description: 'Batch Jobs on idle accelerators; the first to go and never the cause of an eviction.',
  },
} as const satisfies Readonly<Record<string, Priority>>;

/** Renders the PriorityClasses. */
export function addPriorities(component: PlatformComponent): void {
  for (const { name, value, preempts, description } of Object.values(PRIORITIES)) {
    component.add({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
      globalDefault: false,
      preemptionPolicy: preempts ? 'PreemptLowerPriority' : 'Never',
      description,
    });
  }
}
