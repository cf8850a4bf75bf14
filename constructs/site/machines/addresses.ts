import { addressAt, parseCidr, type Cidr } from '../cidr';

/**
 * How a subnet is shared out. It is cut into equal blocks, about as many as each has addresses (a /24: 16 blocks of 16).
 * Block 0 is the cloud's: gateway, DHCP, load balancer. Block i belongs to the i-th node group, and machine n of a group
 * has the n-th address of its block. So a group added at the end or a raised count moves no other machine.
 */
export interface Blocks {
  readonly subnet: Cidr;
  /** Addresses of one block. */
  readonly size: number;
  /** Blocks of the subnet, block 0 included. */
  readonly count: number;
}

/** Smallest subnet that is of use, as prefix length: block 0 then has eight addresses, what the cloud itself needs. */
export const LONGEST_PREFIX = 26;

/** Cuts a subnet into blocks. */
export function blocksOf(subnet: string): Blocks {
  const cidr = parseCidr(subnet);
  const size = 2 ** Math.ceil((32 - cidr.prefix) / 2);
  return { subnet: cidr, size, count: cidr.size / size };
}

/** Machines that fit into a block: the last one ends with the broadcast address. */
export function capacityOf(blocks: Blocks, block: number): number {
  return block === blocks.count - 1 ? blocks.size - 1 : blocks.size;
}

/** Address of machine n (from 1) of the group that has a block. */
export function machineAddress({ subnet, size }: Blocks, block: number, n: number): string {
  return addressAt(subnet, block * size + n - 1);
}

/** The private network of the machines. */
export interface NetworkPlan {
  readonly name: string;
  readonly cidr: string;
  readonly gateway: string;
  /** Range that Neutron may hand out by itself: DHCP agents and load balancer instances. */
  readonly pool: { readonly start: string; readonly end: string };
  /** Address of the load balancer, outside the pool. */
  readonly loadBalancer: string;
  readonly dns: readonly string[];
}

/** Block 0 of a subnet: gateway first, load balancer last, the pool in between. */
export function networkPlan(
  name: string,
  cloud: { readonly subnet: string; readonly dns: readonly string[] },
): NetworkPlan {
  const { subnet, size } = blocksOf(cloud.subnet);
  return {
    name,
    cidr: cloud.subnet,
    gateway: addressAt(subnet, 1),
    pool: { start: addressAt(subnet, 2), end: addressAt(subnet, size - 2) },
    loadBalancer: addressAt(subnet, size - 1),
    dns: cloud.dns,
  };
}
