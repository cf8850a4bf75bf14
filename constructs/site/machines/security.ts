import { parseCidr } from '../cidr';
import { gatewayGroup, groupsWith, type Group } from '../nodes';
import { PORTS } from '../ports';
import type { Site } from '../schema';

/** Security groups of a site by purpose. */
export type SecurityGroupName = 'machines' | 'control' | 'storage' | 'gateway';

/** One permission; everything else is refused. */
export interface SecurityRule {
  /** Unique in its group and stable, so that a change of the list replaces only what changed. */
  readonly name: string;
  readonly direction: 'ingress' | 'egress';
  /** Absent means any. */
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
  /** Port range, both ends included; absent means any. */
  readonly from?: number;
  readonly to?: number;
  /** Where packets may come from: a range, or the machines of a group. */
  readonly cidr?: string;
  readonly group?: SecurityGroupName;
}

/** A security group with its rules. */
export interface SecurityGroupPlan {
  readonly name: SecurityGroupName;
  readonly description: string;
  readonly rules: readonly SecurityRule[];
}

type Networks = Pick<Site, 'cloud' | 'nodes' | 'offload'>;
type Ports = number | readonly [from: number, to: number];

const range = (ports: Ports): { readonly from: number; readonly to: number } =>
  typeof ports === 'number' ? { from: ports, to: ports } : { from: ports[0], to: ports[1] };

const within = (
  name: string,
  protocol: 'tcp' | 'udp',
  ports: Ports,
  group: SecurityGroupName,
): SecurityRule => ({
  name,
  direction: 'ingress',
  protocol,
  ...range(ports),
  group,
});

/** A rule per range, named after it: rules are not renumbered when a range is added. */
function fromRanges(name: string, port: number, ranges: readonly string[]): readonly SecurityRule[] {
  return [...new Set(ranges)].map((cidr) => ({
    name: `${name}-${cidr.replace(/[./]/g, '-')}`,
    direction: 'ingress',
    protocol: 'tcp',
    ...range(port),
    cidr,
  }));
}

/** What every machine needs: its admins, its peers' network and monitoring, and the way out for packages and images. */
function machinesGroup({ cloud }: Networks): SecurityGroupPlan {
  return {
    name: 'machines',
    description:
      'Every machine: pod network, kubelet and metrics among themselves, SSH for administrators, way out',
    rules: [
      { name: 'out', direction: 'egress' },
      { name: 'icmp', direction: 'ingress', protocol: 'icmp', group: 'machines' },
      within('vxlan', 'udp', PORTS.vxlan, 'machines'),
      within('kubelet', 'tcp', PORTS.kubelet, 'machines'),
      within('canal-health', 'tcp', PORTS.canalHealth, 'machines'),
      within('node-exporter', 'tcp', PORTS.nodeExporter, 'machines'),
      ...fromRanges('ssh', PORTS.ssh, cloud.adminFrom),
    ],
  };
}

function controlGroup({ cloud }: Networks): SecurityGroupPlan {
  return {
    name: 'control',
    description:
      'Control plane: API and joining for the machines, etcd among themselves, API for administrators',
    rules: [
      within('api', 'tcp', PORTS.api, 'machines'),
      within('join', 'tcp', PORTS.join, 'machines'),
      within('etcd', 'tcp', PORTS.etcd, 'control'),
      ...fromRanges('api', PORTS.api, cloud.adminFrom),
    ],
  };
}

function storageGroup({ offload }: Networks): SecurityGroupPlan {
  const remotes = Object.values(offload).flatMap(({ addresses }) => addresses);
  return {
    name: 'storage',
    description: 'Storage machine: NFS for the machines, Redis and objects for the jobs at remote centres',
    rules: [
      within('nfs', 'tcp', PORTS.nfs, 'machines'),
      ...fromRanges('redis', PORTS.redis, remotes),
      ...fromRanges('objects', PORTS.objects, remotes),
    ],
  };
}

function gateway(): SecurityGroupPlan {
  const web = (name: string, port: number): SecurityRule => ({
    name,
    direction: 'ingress',
    protocol: 'tcp',
    ...range(port),
    cidr: '0.0.0.0/0',
  });
  return {
    name: 'gateway',
    description: 'Gateway machines: the only ports that are open to the world',
    rules: [web('http', PORTS.http), web('https', PORTS.https)],
  };
}

/** The security groups of a site; only those that some machine is in. */
export function securityGroups(site: Networks): readonly SecurityGroupPlan[] {
  return [
    machinesGroup(site),
    ...(groupsWith(site, 'control').length > 0 ? [controlGroup(site)] : []),
    ...(groupsWith(site, 'storage').length > 0 ? [storageGroup(site)] : []),
    ...(gatewayGroup(site) ? [gateway()] : []),
  ].filter(() => Object.keys(site.nodes).length > 0);
}

/** Security groups of the machines of a group. */
export function securityGroupsOf(site: Pick<Site, 'nodes'>, group: Group): readonly SecurityGroupName[] {
  return [
    'machines',
    ...(group.role === 'control' || group.role === 'storage' ? [group.role] : []),
    ...(gatewayGroup(site)?.name === group.name ? ['gateway' as const] : []),
  ];
}

/** Whether a rule lets the whole world in. */
export function openToTheWorld({ direction, cidr, group }: SecurityRule): boolean {
  return direction === 'ingress' && (cidr === undefined ? group === undefined : parseCidr(cidr).prefix === 0);
}
