import { ACCELERATORS, type Accelerator } from './accelerators';
import { devicesOf, parseLayout, WHOLE_CARD, type CardDevice, type Layout } from './mig';
import { own } from './own';
import type { NodeGroup, Site } from './schema';

/** What a machine is for: it decides labels, taints, open ports and placement. */
export type Role = 'control' | 'storage' | 'service' | 'accelerator';

/** A node group with what follows from its place in the file. */
export interface Group {
  readonly name: string;
  readonly role: Role;
  readonly node: NodeGroup;
  /** Block of the subnet that its fixed addresses come from: its own `block`, else its position in the file, from 1. */
  readonly block: number;
}

/** Role of a group: as written, else by name (`control`, `storage`), else `accelerator` with cards, else `service`. */
export function roleOf(name: string, node: NodeGroup): Role {
  if (node.role) return node.role;
  if (name === 'control' || name === 'storage') return name;
  return Object.keys(node.cards).length > 0 ? 'accelerator' : 'service';
}

/** The node groups in file order. */
export function groupsOf(site: Pick<Site, 'nodes'>): readonly Group[] {
  return Object.entries(site.nodes).map(([name, node], index) => ({
    name,
    role: roleOf(name, node),
    node,
    block: node.block ?? index + 1,
  }));
}

/** The groups of one role, in file order. */
export function groupsWith(site: Pick<Site, 'nodes'>, role: Role): readonly Group[] {
  return groupsOf(site).filter((group) => group.role === role);
}

/** Groups whose machines carry the gateway: the first with role `service`, else the control plane. */
export function gatewayGroup(site: Pick<Site, 'nodes'>): Group | undefined {
  return groupsWith(site, 'service')[0] ?? groupsWith(site, 'control')[0];
}

/** The kind of card on the machines of a group; a rule sees to it that there is one kind at most. */
export function acceleratorOf(node: NodeGroup): Accelerator | undefined {
  const [kind] = Object.keys(node.cards);
  return kind === undefined ? undefined : own(ACCELERATORS, kind);
}

/** Layout of each card of a group; undefined when it has no cards or its `mig` is at fault. */
export function layoutOfGroup(node: NodeGroup): Layout | undefined {
  const accelerator = acceleratorOf(node);
  if (!accelerator) return undefined;
  if (node.mig === undefined) return WHOLE_CARD;
  const parsed = parseLayout(accelerator, node.mig);
  return parsed.ok ? parsed.layout : undefined;
}

/** The device class that the machines of a group offer. One, because the device plugin runs MIG strategy `single`. */
export function deviceOfGroup(node: NodeGroup): CardDevice | undefined {
  const accelerator = acceleratorOf(node);
  const layout = layoutOfGroup(node);
  return accelerator && layout ? devicesOf(accelerator, layout)[0] : undefined;
}

/** Cards of one machine, all kinds together. */
export function cardCount(node: NodeGroup): number {
  return Object.values(node.cards).reduce((sum, n) => sum + n, 0);
}
