import type { MachineSpec, RuleSpec } from './model';
import { TAG_KEY, tagOf } from './tags';
import type { Site } from '../../constructs/site';

/** Addresses Neutron may hand out by itself: the upper half of the subnet, so that it never takes a machine's. */
export function allocationPool(cidr: string): { readonly start: string; readonly end: string } {
  const [base = '0.0.0.0', length = '24'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  const first = toNumber(base) - (toNumber(base) % size);
  return { start: toAddress(first + size / 2), end: toAddress(first + size - 2) };
}

/** Arguments of the subnet. */
export function subnetArgs(site: Site): {
  readonly cidr: string;
  readonly ipVersion: number;
  readonly dnsNameservers: string[];
  readonly allocationPools: { start: string; end: string }[];
} {
  const { subnet, dns } = site.cloud;
  return { cidr: subnet, ipVersion: 4, dnsNameservers: [...dns], allocationPools: [allocationPool(subnet)] };
}

/** Arguments of a security-group rule, without the groups' ids. */
export function ruleArgs(rule: RuleSpec): {
  readonly direction: string;
  readonly ethertype: string;
  readonly protocol?: string;
  readonly portRangeMin?: number;
  readonly portRangeMax?: number;
  readonly remoteIpPrefix?: string;
} {
  return {
    direction: rule.direction,
    ethertype: 'IPv4',
    ...(rule.protocol === undefined ? {} : { protocol: rule.protocol }),
    ...(rule.from === undefined ? {} : { portRangeMin: rule.from }),
    ...(rule.to === undefined ? {} : { portRangeMax: rule.to }),
    ...(rule.cidr === undefined ? {} : { remoteIpPrefix: rule.cidr }),
  };
}

/** Arguments of a machine's instance that need nothing from the cloud. */
export function instanceArgs(
  stack: string,
  machine: MachineSpec,
): {
  readonly name: string;
  readonly flavorName: string;
  readonly configDrive: boolean;
  readonly metadata: Record<string, string>;
} {
  return {
    name: `${stack}-${machine.name}`,
    flavorName: machine.flavor,
    // The metadata service needs the router; a drive of its own lets a machine boot its configuration without it.
    configDrive: true,
    metadata: { [TAG_KEY]: tagOf(stack, machine.name), group: machine.group },
  };
}

/** Properties of an existing machine that a changed program must not touch, because changing them replaces it. */
export const KEPT_PROPERTIES = [
  'imageId',
  'imageName',
  'userData',
  'keyPair',
  'configDrive',
  'schedulerHints',
  'availabilityZone',
];

/** What a machine keeps although the program changed, unless the operator named it for replacement. */
export function keptProperties(machine: string, replaceMachines: readonly string[]): string[] {
  return replaceMachines.includes(machine) ? [] : [...KEPT_PROPERTIES];
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
