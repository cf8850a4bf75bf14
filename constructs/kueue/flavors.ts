import {
  ACCELERATORS,
  groupCapacity,
  groupsOf,
  NVIDIA_GPU,
  PRODUCT_LABEL,
  schedulable,
  type Group,
  type SchedulableKind,
  type Site,
} from '../site';
import { total, type Capacity } from '../site/capacity';
import { NOT_RESERVED, RESERVED_KEY } from '../site/machines/labels';
import { offloadFlavor, OFFLOAD_TAINT, reservedTaint } from './labels';
import type { Amounts, FlavorPlan } from './plan';

/** Pods of one machine: the kubelet's default `maxPods`, which RKE2 leaves as it is. */
const PODS_PER_MACHINE = 110;

/** The part of a kind that everybody may use, or that one project has for itself. */
interface Pool {
  readonly kind: SchedulableKind;
  readonly project?: string;
  readonly devices: number;
  readonly capacity: Capacity;
  readonly machines: number;
}

function poolOf(site: Site, kind: SchedulableKind, groups: readonly Group[], project?: string): Pool {
  const own = groups.filter(({ node }) => node.reserved === project);
  const reserved = Object.values(kind.reserved).reduce((sum, n) => sum + n, 0);
  return {
    kind,
    ...(project === undefined ? {} : { project }),
    devices: project === undefined ? kind.count - reserved : (kind.reserved[project] ?? 0),
    capacity: total(own.map((group) => groupCapacity(site, group))),
    machines: own.reduce((sum, { node }) => sum + node.count, 0),
  };
}

/** Reserved pools first: who tolerates the reservation uses it before taking what everybody shares. */
function poolsOf(site: Site, kind: SchedulableKind): readonly Pool[] {
  const groups = groupsOf(site).filter(({ name }) => kind.nodeGroups.includes(name));
  const projects = new Set(groups.flatMap(({ node }) => node.reserved ?? []));
  return [...projects, undefined]
    .map((project) => poolOf(site, kind, groups, project))
    .filter(({ machines }) => machines > 0);
}

/** Does any machine of the site belong to one project for now? */
export function hasReservations(site: Site): boolean {
  return groupsOf(site).some(({ node }) => node.reserved !== undefined);
}

/** The labels of a flavor. A site without reservations does without the second key, and so do its virtual nodes. */
function labels(site: Site, product: string, project?: string): Readonly<Record<string, string>> {
  const reserved = hasReservations(site) ? { [RESERVED_KEY]: project ?? NOT_RESERVED } : {};
  return { [PRODUCT_LABEL]: product, ...reserved };
}

function amounts(site: Site, cpu: number, memory: number, pods: number, devices: Amounts): Amounts {
  // Pods are counted only where a remote centre limits them; the kubelet sees to it elsewhere.
  const counted = Object.keys(site.offload).length > 0 ? { pods } : {};
  return { cpu, memory, ...counted, ...devices };
}

function localFlavor(site: Site, pool: Pool): FlavorPlan {
  const { kind, project, capacity, machines, devices } = pool;
  const { resource } = kind;
  return {
    name: project === undefined ? kind.key : `${kind.key}-for-${project}`,
    kind: kind.key,
    origin: 'local',
    labels: labels(site, kind.productLabel, project),
    taints: project === undefined ? [] : [reservedTaint(project)],
    allocatable: amounts(
      site,
      capacity.cpu,
      capacity.memoryGiB,
      machines * PODS_PER_MACHINE,
      resource === undefined ? {} : { [resource]: devices },
    ),
  };
}

/** Devices that a remote centre accepts, by resource; a kind the catalogue does not know counts as a GPU. */
function remoteDevices(gpus: Amounts): Amounts {
  const devices: Record<string, number> = {};
  for (const [kind, count] of Object.entries(gpus)) {
    const resource = ACCELERATORS[kind]?.resource ?? NVIDIA_GPU;
    devices[resource] = (devices[resource] ?? 0) + count;
  }
  return devices;
}

function remoteFlavor(site: Site, name: string, remote: Site['offload'][string]): FlavorPlan {
  const flavor = offloadFlavor(name);
  return {
    name: flavor,
    kind: flavor,
    origin: 'remote',
    labels: labels(site, flavor),
    taints: [OFFLOAD_TAINT],
    allocatable: amounts(site, remote.cpu, remote.memory, remote.pods, remoteDevices(remote.gpus)),
  };
}

/** CPU only first, then small devices before large ones, so that batch fills the cheap places first. */
const bySize = (a: SchedulableKind, b: SchedulableKind): number =>
  a.memoryGiB - b.memoryGiB || (a.key < b.key ? -1 : 1);

/** All flavors of a site in the order in which batch tries them: local ones from small to large, remote ones last. */
export function planFlavors(site: Site): readonly FlavorPlan[] {
  const kinds = [...schedulable(site)].sort(bySize);
  return [
    ...kinds.flatMap((kind) => poolsOf(site, kind).map((pool) => localFlavor(site, pool))),
    ...Object.entries(site.offload).map(([name, remote]) => remoteFlavor(site, name, remote)),
  ];
}
