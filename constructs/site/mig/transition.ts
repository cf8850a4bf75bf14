import type { Accelerator } from '../accelerators';
import type { Layout } from './layout';
import { sizeOf } from './packing';

/** What one node has: its cards, all of one kind, all with the same layout. */
export interface NodeCards {
  readonly accelerator: Accelerator;
  readonly cards: number;
  readonly layout: Layout;
}

/** Every accelerator node of a site, by node name. */
export type SiteLayout = Readonly<Record<string, NodeCards>>;

/** What happens to one node on the way from one site layout to another. */
export interface TransitionStep {
  readonly node: string;
  /** `replace`: the machine gets other cards, so it is made anew. */
  readonly action: 'add' | 'relayout' | 'replace' | 'remove';
  /**
   * Sessions and jobs on the node must be gone first (cordon, drain, or hold the queue): the MIG manager fails with
   * "in use by another client" otherwise.
   */
  readonly drain: boolean;
  /**
   * The MIG mode changes on a card whose mode needs a reset. Inside a machine with passthrough the reset is often not
   * exposed; the MIG manager then reboots the node (WITH_REBOOT=true).
   */
  readonly reboot: boolean;
  /** Devices that go, and devices that come. */
  readonly lost: number;
  readonly gained: number;
  /** Layouts before and after, in canonical text; absent when the node is new or goes. */
  readonly from?: string;
  readonly to?: string;
  /** Value to give the node label nvidia.com/mig.config once the node is empty; absent for a node that goes. */
  readonly config?: string;
}

const hasMig = (node: NodeCards): boolean => sizeOf(node.layout.mix) > 0;

/** Devices a node offers: whole cards, or all instances of its cards. */
export function devicesOn(node: NodeCards): number {
  return node.cards * (hasMig(node) ? sizeOf(node.layout.mix) : 1);
}

const needsReset = (node: NodeCards): boolean => node.accelerator.mig?.modeNeedsReset ?? false;

function added(node: string, after: NodeCards): TransitionStep {
  const { text, config } = after.layout;
  // A fresh machine begins with the mode the card was left in; switching MIG on may reboot it before anyone uses it.
  const reboot = hasMig(after) && needsReset(after);
  return { node, action: 'add', drain: false, reboot, lost: 0, gained: devicesOn(after), to: text, config };
}

function removed(node: string, before: NodeCards): TransitionStep {
  const from = before.layout.text;
  return { node, action: 'remove', drain: true, reboot: false, lost: devicesOn(before), gained: 0, from };
}

function changed(node: string, before: NodeCards, after: NodeCards): TransitionStep | undefined {
  const sameCards = before.accelerator.kind === after.accelerator.kind && before.cards === after.cards;
  if (sameCards && before.layout.text === after.layout.text) return undefined;
  const modeChanges = !sameCards || hasMig(before) !== hasMig(after);
  return {
    node,
    action: sameCards ? 'relayout' : 'replace',
    drain: true,
    reboot: modeChanges && needsReset(after) && (sameCards || hasMig(after)),
    lost: devicesOn(before),
    gained: devicesOn(after),
    from: before.layout.text,
    to: after.layout.text,
    config: after.layout.config,
  };
}

function stepOf(node: string, before?: NodeCards, after?: NodeCards): TransitionStep | undefined {
  if (before && after) return changed(node, before, after);
  if (after) return added(node, after);
  return before && removed(node, before);
}

/**
 * One node at a time, in the order that keeps the most devices in service throughout: first the nodes that end with
 * no fewer devices, those that take least out of service first; then the others, those that bring most back first.
 * (The classical order for a shared stock; a test compares it with every permutation.) Names settle ties.
 */
function order(a: TransitionStep, b: TransitionStep): number {
  const grows = (s: TransitionStep): boolean => s.gained >= s.lost;
  if (grows(a) !== grows(b)) return grows(a) ? -1 : 1;
  const byDevices = grows(a) ? a.lost - b.lost : b.gained - a.gained;
  return byDevices || (a.node < b.node ? -1 : 1);
}

/**
 * The steps from one site layout to another: which nodes are drained, in which order, which reboot. Nodes that keep
 * their layout do not appear. Lower the quota of a kind before its first step and raise it after the node reports
 * `nvidia.com/mig.config.state=success`, so that no queue promises devices that are away.
 */
export function transition(from: SiteLayout, to: SiteLayout): readonly TransitionStep[] {
  const nodes = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return nodes
    .map((node) => stepOf(node, from[node], to[node]))
    .filter((step) => step !== undefined)
    .sort(order);
}
