import { ACCELERATORS, type Accelerator } from './accelerators';
import { podCapacity, times, total, type Capacity } from './capacity';
import type { CardDevice } from './mig';
import { acceleratorOf, cardCount, deviceOfGroup, groupsOf, groupsWith, type Group } from './nodes';
import { own } from './own';
import type { Site } from './schema';

/** One kind of device, or plain CPU, that sessions and jobs can be scheduled on. */
export interface SchedulableKind {
  /** Name for queues, flavors and menus: `t4`, `a100-40gb`, `a100-40gb-1g-5gb`, `cpu`. A valid DNS label. */
  readonly key: string;
  readonly title: string;
  /** Kind of card in the catalogue; absent for CPU only. */
  readonly accelerator?: string;
  /** MIG profile of a slice. */
  readonly profile?: string;
  /** Extended resource a pod requests; absent for CPU only. */
  readonly resource?: string;
  /** Value of the node label nvidia.com/gpu.product; machines without cards carry `none`. */
  readonly productLabel: string;
  /** Devices; 0 for CPU only. */
  readonly count: number;
  /** Nominal memory of one device. */
  readonly memoryGiB: number;
  /** CPU and memory of the nodes that is left for pods. */
  readonly nodes: Capacity;
  /** Names of the node groups that hold the devices. */
  readonly nodeGroups: readonly string[];
  /** Devices that idle ones are lent to batch from: all but those of `batch.reserve`. */
  readonly shareable: number;
  /** Devices on machines reserved for a project, by project; they are part of `count`. */
  readonly reserved: Readonly<Record<string, number>>;
}

/** Product label of machines without cards, so that every flavor of a queue selects by the same label key. */
export const NO_PRODUCT = 'none';

/** Key of the CPU-only kind. */
export const CPU_ONLY = 'cpu';

type Inventory = Pick<Site, 'nodes' | 'flavors' | 'batch'>;

/** Key of a device class: the card's kind, and the profile in letters a Kubernetes name may have. */
export function kindKey(accelerator: Pick<Accelerator, 'kind'>, profile?: string): string {
  return profile === undefined ? accelerator.kind : `${accelerator.kind}-${profile.replace(/[.+]/g, '-')}`;
}

/** What is left for pods on all machines of a group; nothing while its flavor is not declared. */
export function groupCapacity({ flavors }: Pick<Site, 'flavors'>, { node }: Group): Capacity {
  const flavor = own(flavors, node.flavor);
  return flavor ? times(node.count, podCapacity(flavor)) : { cpu: 0, memoryGiB: 0 };
}

interface Member {
  readonly key: string;
  readonly accelerator: Accelerator;
  readonly device: CardDevice;
  readonly group: Group;
  readonly count: number;
}

function memberOf(group: Group): readonly Member[] {
  const accelerator = acceleratorOf(group.node);
  const device = deviceOfGroup(group.node);
  if (!accelerator || !device) return [];
  const key = kindKey(accelerator, device.profile);
  return [
    { key, accelerator, device, group, count: group.node.count * cardCount(group.node) * device.count },
  ];
}

function reservedOf(members: readonly Member[]): Readonly<Record<string, number>> {
  const reserved: Record<string, number> = {};
  for (const { group, count } of members)
    if (group.node.reserved !== undefined)
      reserved[group.node.reserved] = (reserved[group.node.reserved] ?? 0) + count;
  return reserved;
}

function deviceKind(site: Inventory, members: readonly [Member, ...Member[]]): SchedulableKind {
  const [{ key, accelerator, device }] = members;
  const count = members.reduce((sum, m) => sum + m.count, 0);
  const { profile } = device;
  return {
    key,
    title: profile === undefined ? accelerator.title : `${accelerator.title}, slice ${profile}`,
    accelerator: accelerator.kind,
    ...(profile === undefined ? {} : { profile }),
    resource: device.resource,
    productLabel: device.product,
    count,
    memoryGiB: device.memoryGiB,
    nodes: total(members.map(({ group }) => groupCapacity(site, group))),
    nodeGroups: members.map(({ group }) => group.name),
    shareable: Math.max(0, count - (own(site.batch.reserve, key) ?? 0)),
    reserved: reservedOf(members),
  };
}

/** Machines for sessions without a card: the service machines, or the control plane of a site that has none. */
function cpuKind(site: Inventory): SchedulableKind {
  const service = groupsWith(site, 'service');
  const groups = service.length > 0 ? service : groupsWith(site, 'control');
  return {
    key: CPU_ONLY,
    title: 'CPU only',
    productLabel: NO_PRODUCT,
    count: 0,
    memoryGiB: 0,
    nodes: total(groups.map((group) => groupCapacity(site, group))),
    nodeGroups: groups.map(({ name }) => name),
    shareable: 0,
    reserved: {},
  };
}

/**
 * What can be scheduled at a site: one entry per kind of card and MIG profile in the order of first appearance, then
 * CPU only. Queues, session menus, accounting kinds, alert rules and dashboards are projections of this list.
 */
export function schedulable(site: Inventory): readonly SchedulableKind[] {
  const byKey = new Map<string, [Member, ...Member[]]>();
  for (const member of groupsOf(site).flatMap(memberOf)) {
    const members = byKey.get(member.key);
    if (members) members.push(member);
    else byKey.set(member.key, [member]);
  }
  return [...[...byKey.values()].map((members) => deviceKind(site, members)), cpuKind(site)];
}

/** GPUs that pods can request: whole cards and MIG slices. FPGAs are not GPUs and do not count. */
export function gpuTotal(site: Inventory): number {
  return schedulable(site)
    .filter(({ accelerator }) => accelerator !== undefined && ACCELERATORS[accelerator]?.vendor === 'nvidia')
    .reduce((sum, { count }) => sum + count, 0);
}
