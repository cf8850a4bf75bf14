import type { Taint } from './labels';

/** Amounts by resource name: cores, GiB of memory, devices, pods. */
export type Amounts = Readonly<Record<string, number>>;

/** A class of nodes that quotas are counted on. */
export interface FlavorPlan {
  readonly name: string;
  /** Kind of the inventory, or the remote centre. */
  readonly kind: string;
  readonly origin: 'local' | 'remote';
  /** Node labels; the same keys in every flavor. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** What its nodes offer to pods; of a remote centre, what it accepts at once. */
  readonly allocatable: Amounts;
}

/** Quota of one resource on one flavor; without a limit, everything may be lent or borrowed. */
export interface Quota {
  readonly nominal: number;
  readonly lendingLimit?: number;
  readonly borrowingLimit?: number;
}

/** Quotas of a queue on one flavor. */
export interface FlavorQuota {
  readonly flavor: string;
  readonly resources: Readonly<Record<string, Quota>>;
}

/** A ClusterQueue. */
export interface ClusterQueuePlan {
  readonly name: string;
  /** `interactive` owns and reclaims; `opportunistic` borrows what idles. */
  readonly role: 'interactive' | 'opportunistic';
  /** Namespace whose LocalQueues may use it. */
  readonly namespace: string;
  /** Resources it counts; every flavor lists each of them. */
  readonly covered: readonly string[];
  /** In the order in which Kueue tries them. */
  readonly quotas: readonly FlavorQuota[];
  readonly reclaim: 'Never' | 'Any';
  readonly preemptWithin: 'Never';
  /** What to do when a flavor would do after preemption: wait for it, or look further. */
  readonly whenCanPreempt: 'MayStopSearch' | 'TryNextFlavor';
  /** Orders the LocalQueues by past use, weighted. */
  readonly fairSharing: boolean;
}

/** A LocalQueue: what pods and Jobs name. */
export interface LocalQueuePlan {
  readonly namespace: string;
  readonly name: string;
  readonly clusterQueue: string;
  /** Weight in fair sharing. */
  readonly weight?: number;
}

/** Everything Kueue has to know of a site. */
export interface QueuePlan {
  /** Cohort in which the queues lend and borrow. */
  readonly cohort: string;
  readonly flavors: readonly FlavorPlan[];
  readonly clusterQueues: readonly ClusterQueuePlan[];
  readonly localQueues: readonly LocalQueuePlan[];
}
