import { RESERVED_KEY } from '../site/machines/labels';

/** Labels, taints and names by which pods, nodes and namespaces meet the queues; other rooms import them from here. */

/** A pod or Job with this label is a workload of Kueue; its value names a LocalQueue of the same namespace. */
export const QUEUE_LABEL = 'kueue.x-k8s.io/queue-name';

/** WorkloadPriorityClass of a workload. */
export const PRIORITY_LABEL = 'kueue.x-k8s.io/priority-class';

/** A node taint that a flavor stands for; a workload must tolerate it to be admitted there. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule';
}

/** Taint of machines reserved for a project; members' sessions and jobs tolerate it. */
export function reservedTaint(project: string): Taint {
  return { key: RESERVED_KEY, value: project, effect: 'NoSchedule' };
}

/** Taint that interLink puts on every virtual node: only work that opts in leaves the site. */
export const OFFLOAD_TAINT: Taint = {
  key: 'virtual-node.interlink/no-schedule',
  value: 'true',
  effect: 'NoSchedule',
};

/** Name of a remote centre's flavor, and the value of nvidia.com/gpu.product that its virtual node must carry. */
export function offloadFlavor(remote: string): string {
  return `offload-${remote}`;
}

/** ClusterQueue, and LocalQueue in the hub's namespace, of the sessions of one kind (`cpu` for those without a card). */
export function interactiveQueue(kind: string): string {
  return `interactive-${kind}`;
}

/** ClusterQueue of all batch work. Its LocalQueues stand in the batch namespace and bear the names of projects. */
export const OPPORTUNISTIC = 'opportunistic';
