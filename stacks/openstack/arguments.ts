import type { FlavorPlan, MachinePlan, NetworkPlan, SecurityRule, VolumePlan } from '../../constructs/site';
import { TAG_KEY, tagOf } from './tags';

/** Arguments of the subnet. */
export function subnetArgs(network: NetworkPlan): {
  readonly cidr: string;
  readonly ipVersion: number;
  readonly gatewayIp: string;
  readonly dnsNameservers: string[];
  readonly allocationPools: { start: string; end: string }[];
} {
  const { cidr, gateway, dns, pool } = network;
  return { cidr, ipVersion: 4, gatewayIp: gateway, dnsNameservers: [...dns], allocationPools: [{ ...pool }] };
}

/** Arguments of a security-group rule, without the groups' ids. */
export function ruleArgs(rule: SecurityRule): {
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
  machine: MachinePlan,
): {
  readonly name: string;
  readonly flavorName: string;
  readonly configDrive: boolean;
  readonly metadata: Record<string, string>;
} {
  return {
    name: machine.name,
    flavorName: machine.flavor,
    // The metadata service needs the router; a drive of its own lets a machine boot its configuration without it.
    configDrive: true,
    metadata: { [TAG_KEY]: tagOf(stack, machine.id), group: machine.group, role: machine.role },
  };
}

/** Arguments of a data volume. */
export function volumeArgs(
  stack: string,
  machine: MachinePlan,
  volume: VolumePlan,
): {
  readonly name: string;
  readonly description: string;
  readonly size: number;
  readonly metadata: Record<string, string>;
  readonly enableOnlineResize: boolean;
  readonly volumeType?: string;
} {
  return {
    name: volume.name,
    description: `Data of ${machine.name}`,
    size: volume.gib,
    metadata: { [TAG_KEY]: tagOf(stack, volume.name) },
    enableOnlineResize: true,
    ...(volume.type === undefined ? {} : { volumeType: volume.type }),
  };
}

/** Arguments of a flavor that the stack makes itself. */
export function flavorArgs(
  stack: string,
  flavor: FlavorPlan,
): {
  readonly name: string;
  readonly description: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
  readonly isPublic: boolean;
  readonly extraSpecs: Record<string, string>;
} {
  return {
    name: flavor.name,
    description: tagOf(stack, `flavor-${flavor.name}`),
    vcpus: flavor.vcpus,
    ram: flavor.ramMiB,
    disk: flavor.diskGiB,
    // A private flavor is hidden even from the project that made it until access is granted in a second step.
    isPublic: true,
    extraSpecs: { ...flavor.extraSpecs },
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
export function keptProperties(machine: MachinePlan, replaceMachines: readonly string[]): string[] {
  return replaceMachines.includes(machine.name) || replaceMachines.includes(machine.id)
    ? []
    : [...KEPT_PROPERTIES];
}

/**
 * Roles of the credential that the cluster holds: what a volume and load-balancer driver need, never more than the
 * operator has, and no administration.
 */
export function clusterRoles(operatorRoles: readonly string[], balanced: boolean): string[] {
  const wanted = ['member', ...(balanced ? ['load-balancer_member'] : [])];
  return wanted.filter((role) => operatorRoles.includes(role));
}
