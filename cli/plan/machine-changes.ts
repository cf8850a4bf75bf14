import { gpuTotal, type MachinePlan, planMachines, schedulable, type Site } from '../../constructs';

/** What happens to one machine. */
export interface MachineChange {
  readonly machine: string;
  readonly change: 'created' | 'removed' | 'resized' | 'drained' | 'relabelled';
  /** What its users notice. */
  readonly effect: string;
}

/** A schedulable kind whose number of devices changes. */
export interface DeviceChange {
  readonly kind: string;
  readonly before: number;
  readonly after: number;
}

/** Machines and devices that a change of the site file touches. */
export interface InfrastructureChanges {
  readonly machines: readonly MachineChange[];
  readonly devices: readonly DeviceChange[];
  readonly gpus: { readonly before: number; readonly after: number };
}

const cardCount = (machine: MachinePlan): number =>
  Object.values(machine.cards).reduce((sum, n) => sum + n, 0);
const sessions = (machine: MachinePlan): string =>
  cardCount(machine) > 0 ? 'sessions and jobs on its accelerators end' : 'its pods move';

function changeOf(
  before: MachinePlan | undefined,
  after: MachinePlan | undefined,
): MachineChange | undefined {
  if (!before) return after && { machine: after.name, change: 'created', effect: 'more capacity' };
  if (!after) return { machine: before.name, change: 'removed', effect: sessions(before) };
  const machine = after.name;
  if (before.flavor !== after.flavor)
    return { machine, change: 'resized', effect: `restarts; ${sessions(before)}` };
  if (before.labels['nvidia.com/mig.config'] !== after.labels['nvidia.com/mig.config']) {
    return { machine, change: 'drained', effect: `MIG layout changes: ${sessions(before)}` };
  }
  const same =
    JSON.stringify([before.labels, before.taints]) === JSON.stringify([after.labels, after.taints]);
  return same ? undefined : { machine, change: 'relabelled', effect: 'scheduling changes; nothing ends' };
}

/** Compares what two versions of a site file ask of the cloud; `before` absent means a new site. */
export function infrastructureChanges(before: Site | undefined, after: Site): InfrastructureChanges {
  const old = new Map((before ? planMachines(before).machines : []).map((m) => [m.name, m]));
  const now = new Map(planMachines(after).machines.map((m) => [m.name, m]));
  const names = [...new Set([...old.keys(), ...now.keys()])];
  const machines = names.flatMap((name) => changeOf(old.get(name), now.get(name)) ?? []);
  return {
    machines,
    devices: deviceChanges(before, after),
    gpus: { before: before ? gpuTotal(before) : 0, after: gpuTotal(after) },
  };
}

function deviceChanges(before: Site | undefined, after: Site): readonly DeviceChange[] {
  const counts = (site: Site | undefined): ReadonlyMap<string, number> =>
    new Map(
      (site ? schedulable(site) : []).filter((k) => k.resource !== undefined).map((k) => [k.key, k.count]),
    );
  const [old, now] = [counts(before), counts(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((kind) => ({ kind, before: old.get(kind) ?? 0, after: now.get(kind) ?? 0 }))
    .filter((change) => change.before !== change.after);
}
