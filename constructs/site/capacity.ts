import type { Site } from './schema';

/** CPU cores and memory of a machine, or of several together. */
export interface Capacity {
  /** Cores. */
  readonly cpu: number;
  readonly memoryGiB: number;
}

type Flavor = Site['flavors'][string];

/**
 * What a machine keeps for its operating system, kubelet, container runtime and the pods every node runs (network,
 * metrics, storage driver, device plugin): one core; 2 GiB and 5 % of memory. The kubelet is started with the same
 * figures, so that the scheduler agrees. Order of size: GKE and AKS keep 6 % of the first core and 255 MiB to 25 % of
 * small machines; machines here have at least 8 GiB, and the daemons of GPU Operator and JuiceFS come on top.
 */
export function systemReserve({ memory }: Pick<Flavor, 'memory'>): Capacity {
  return { cpu: 1, memoryGiB: 2 + Math.ceil(memory / 20) };
}

/** What is left for pods on one machine of a flavor. */
export function podCapacity(flavor: Flavor): Capacity {
  const reserve = systemReserve(flavor);
  return {
    cpu: Math.max(0, flavor.vcpus - reserve.cpu),
    memoryGiB: Math.max(0, flavor.memory - reserve.memoryGiB),
  };
}

/** Sum of capacities. */
export function total(list: readonly Capacity[]): Capacity {
  return list.reduce((sum, c) => ({ cpu: sum.cpu + c.cpu, memoryGiB: sum.memoryGiB + c.memoryGiB }), {
    cpu: 0,
    memoryGiB: 0,
  });
}

/** n times a capacity. */
export function times(n: number, { cpu, memoryGiB }: Capacity): Capacity {
  return { cpu: n * cpu, memoryGiB: n * memoryGiB };
}
