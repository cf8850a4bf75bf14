import { systemReserve, type Capacity } from '../capacity';
import { gatewayGroup, groupsOf, groupsWith, type Group, type Role } from '../nodes';
import { own } from '../own';
import type { Site } from '../schema';
import { blocksOf, machineAddress, networkPlan, type NetworkPlan } from './addresses';
import { labelsOf, taintsOf } from './labels';
import { securityGroups, securityGroupsOf, type SecurityGroupName, type SecurityGroupPlan } from './security';

/** Data volume of a machine; outlives it. */
export interface VolumePlan {
  readonly name: string;
  readonly gib: number;
  readonly encrypted: boolean;
  /** Cinder volume type; absent means the cloud's default. */
  readonly type?: string;
}

/** One virtual machine. */
export interface MachinePlan {
  /** `<group>-<n>`: unique in the site. */
  readonly id: string;
  /** `<site>-<group>-<n>`: host name, node name and name in OpenStack. */
  readonly name: string;
  readonly group: string;
  /** From 1. */
  readonly index: number;
  readonly role: Role;
  readonly flavor: string;
  /** Cards by kind. */
  readonly cards: Readonly<Record<string, number>>;
  /** Fixed address of its port. */
  readonly address: string;
  readonly securityGroups: readonly SecurityGroupName[];
  readonly serverGroup?: ServerGroupName;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect`. */
  readonly taints: readonly string[];
  readonly volume?: VolumePlan;
  /** Size of the data volume, as first boot waits for it. */
  readonly dataGiB?: number;
  /** What the kubelet keeps from pods. */
  readonly reserve: Capacity;
}

/** Groups of machines whose placement is related. */
export type ServerGroupName = 'control' | 'service' | 'accelerator';

/** A server group. */
export interface ServerGroupPlan {
  readonly name: ServerGroupName;
  readonly policy: 'anti-affinity' | 'soft-anti-affinity';
}

/** A flavor in use; made by the stack where the site says so, looked up elsewhere. */
export interface FlavorPlan {
  readonly name: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  /** `pci_passthrough:alias` for flavors with cards; the alias of a kind is its name. */
  readonly extraSpecs: Readonly<Record<string, string>>;
}

/** A public address. */
export interface FloatingAddress {
  /** `entry`: where users come in. `api`: the Kubernetes API for administrators. */
  readonly name: 'entry' | 'api';
  /** Id of the machine that bears it; absent means the load balancer. */
  readonly machine?: string;
}

/** A load balancer in front of the gateway. */
export interface LoadBalancerPlan {
  readonly address: string;
  /** Ids of the gateway machines. */
  readonly members: readonly string[];
}

/** Everything a site asks of OpenStack, before it is added up. */
export interface SiteParts {
  readonly site: string;
  readonly network: NetworkPlan;
  readonly machines: readonly MachinePlan[];
  readonly serverGroups: readonly ServerGroupPlan[];
  readonly securityGroups: readonly SecurityGroupPlan[];
  readonly flavors: readonly FlavorPlan[];
  readonly floatingAddresses: readonly FloatingAddress[];
  readonly loadBalancer?: LoadBalancerPlan;
}

/**
 * Strict only for the control plane: with hard anti-affinity a fourth GPU machine would find no place among three GPU
 * servers. The storage machine is alone and needs no group.
 */
const POLICIES: Readonly<Record<ServerGroupName, ServerGroupPlan['policy']>> = {
  control: 'anti-affinity',
  service: 'soft-anti-affinity',
  accelerator: 'soft-anti-affinity',
};

function volumeOf(
  { cloud }: Pick<Site, 'cloud'>,
  machine: string,
  { node }: Group,
): Pick<MachinePlan, 'volume' | 'dataGiB'> {
  const { data, encrypted } = node;
  if (data === undefined) return {};
  const type = encrypted ? cloud.encryptedVolumeType : cloud.volumeType;
  return {
    dataGiB: data,
    volume: { name: `${machine}-data`, gib: data, encrypted, ...(type === undefined ? {} : { type }) },
  };
}

function machineOf(site: Site, group: Group, index: number): MachinePlan {
  const id = `${group.name}-${index}`;
  const name = `${site.name}-${id}`;
  const { role, node, block } = group;
  return {
    id,
    name,
    group: group.name,
    index,
    role,
    flavor: node.flavor,
    cards: node.cards,
    address: machineAddress(blocksOf(site.cloud.subnet), block, index),
    securityGroups: securityGroupsOf(site, group),
    ...(role === 'storage' ? {} : { serverGroup: role }),
    labels: labelsOf(group),
    taints: taintsOf(group, groupsWith(site, 'service').length > 0),
    ...volumeOf(site, name, group),
    reserve: systemReserve(own(site.flavors, node.flavor) ?? { memory: 0 }),
  };
}

function flavorsOf(site: Site): readonly FlavorPlan[] {
  return Object.entries(site.flavors).flatMap(([name, { vcpus, memory, disk }]): readonly FlavorPlan[] => {
    const user = groupsOf(site).find(({ node }) => node.flavor === name);
    if (!user) return [];
    const alias = Object.entries(user.node.cards).map(([kind, n]) => `${kind}:${n}`);
    return [
      {
        name,
        vcpus,
        ramMiB: memory * 1024,
        diskGiB: disk,
        extraSpecs: alias.length > 0 ? { 'pci_passthrough:alias': alias.join(',') } : {},
      },
    ];
  });
}

const firstOf = (group: Group | undefined): { readonly machine?: string } =>
  group ? { machine: `${group.name}-1` } : {};

/** An address for users, and one for administrators if any may come: machines have private addresses only. */
function floatingAddresses(site: Site): readonly FloatingAddress[] {
  const gateway = gatewayGroup(site);
  const [control] = groupsWith(site, 'control');
  const balanced = site.cloud.entry === 'octavia';
  return [
    ...(gateway ? [{ name: 'entry' as const, ...(balanced ? {} : firstOf(gateway)) }] : []),
    // One floating address per port: where the gateway is on the same machine, its address serves both.
    ...(control && site.cloud.adminFrom.length > 0 && (balanced || control.name !== gateway?.name)
      ? [{ name: 'api' as const, ...firstOf(control) }]
      : []),
  ];
}

/** The machines of a site and what they need. */
export function planParts(site: Site): SiteParts {
  const groups = groupsOf(site);
  const machines = groups.flatMap((group) =>
    Array.from({ length: group.node.count }, (_, i) => machineOf(site, group, i + 1)),
  );
  const network = networkPlan(site.name, site.cloud);
  const gateway = gatewayGroup(site)?.name;
  const used = (name: ServerGroupName): boolean => machines.some(({ serverGroup }) => serverGroup === name);
  const balancer =
    site.cloud.entry === 'octavia' && gateway !== undefined
      ? {
          loadBalancer: {
            address: network.loadBalancer,
            members: machines.filter((m) => m.group === gateway).map(({ id }) => id),
          },
        }
      : {};
  return {
    site: site.name,
    network,
    machines,
    serverGroups: (['control', 'service', 'accelerator'] as const)
      .filter(used)
      .map((name) => ({ name, policy: POLICIES[name] })),
    securityGroups: securityGroups(site),
    flavors: flavorsOf(site),
    floatingAddresses: floatingAddresses(site),
    ...balancer,
  };
}
