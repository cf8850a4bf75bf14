import { isDeepStrictEqual } from 'node:util';

import {
  gpuTotal,
  type MachinePlan,
  MIG_LABEL,
  planMachines,
  schedulable,
  type Site,
} from '../../constructs';

/** What happens to one machine. */
export interface MachineChange {
  readonly machine: string;
  /** `kept`: the machine goes on as it was made, until it is named for replacement. */
  readonly change: 'created' | 'removed' | 'replaced' | 'resized' | 'drained' | 'kept' | 'opened';
  /** What its users notice. */
  readonly effect: string;
}

/** What happens to one data volume. */
export interface VolumeChange {
  readonly volume: string;
  /** `refused`: the run stops before anything is changed. */
  readonly change: 'created' | 'grown' | 'refused';
  readonly effect: string;
}

/** A schedulable kind whose number of devices changes. */
export interface DeviceChange {
  readonly kind: string;
  readonly before: number;
  readonly after: number;
}

/** Machines, volumes and devices that a change of the site file touches. */
export interface InfrastructureChanges {
  readonly machines: readonly MachineChange[];
  readonly volumes: readonly VolumeChange[];
  readonly devices: readonly DeviceChange[];
  readonly gpus: { readonly before: number; readonly after: number };
}

/** A machine with what its first boot depends on besides. */
interface Machine extends MachinePlan {
  readonly image: string;
}

const hasCards = (machine: MachinePlan): boolean => Object.keys(machine.cards).length > 0;
const sessions = (machine: MachinePlan): string =>
  hasCards(machine) ? 'sessions and jobs on its accelerators end' : 'its pods move';
const onRequest = (machine: MachinePlan): string => `takes effect with --replace-machine ${machine.id}`;

/** What two plans say differently about a machine, in the order of weight; the first that applies is told. */
const RULES: readonly {
  readonly differs: readonly ((machine: Machine) => unknown)[];
  readonly tell: (before: Machine, after: Machine) => Omit<MachineChange, 'machine'>;
}[] = [
  {
    differs: [(m) => m.address],
    tell: (before, { address }) => ({
      change: 'replaced',
      effect: `moves to ${address}; ${sessions(before)}`,
    }),
  },
  {
    differs: [(m) => m.flavor],
    tell: (before) => ({ change: 'resized', effect: `restarts; ${sessions(before)}` }),
  },
  {
    differs: [(m) => m.labels[MIG_LABEL]],
    tell: (before, { labels }) => ({
      change: 'drained',
      effect: `MIG layout ${before.labels[MIG_LABEL] ?? 'none'} -> ${labels[MIG_LABEL] ?? 'none'}: ${sessions(before)}`,
    }),
  },
  {
    differs: [(m) => m.cards],
    tell: (_, after) => ({ change: 'kept', effect: `other cards: ${onRequest(after)}` }),
  },
  {
    differs: [(m) => m.image],
    tell: (_, after) => ({ change: 'kept', effect: `other image: ${onRequest(after)}` }),
  },
  {
    differs: [(m) => m.labels, (m) => m.taints, (m) => m.reserve, (m) => m.dataGiB, (m) => m.serverGroup],
    tell: (_, after) => ({ change: 'kept', effect: `other first boot: ${onRequest(after)}` }),
  },
  {
    differs: [(m) => m.securityGroups],
    tell: () => ({ change: 'opened', effect: 'other security groups; nothing ends' }),
  },
];

function machineChange(before: Machine | undefined, after: Machine | undefined): MachineChange | undefined {
  if (!before) return after && { machine: after.name, change: 'created', effect: 'more capacity' };
  if (!after) return { machine: before.name, change: 'removed', effect: sessions(before) };
  const rule = RULES.find(({ differs }) =>
    differs.some((part) => !isDeepStrictEqual(part(before), part(after))),
  );
  return rule && { machine: after.name, ...rule.tell(before, after) };
}

type Volume = NonNullable<MachinePlan['volume']>;

function volumeChange(before: Volume | undefined, after: Volume | undefined): VolumeChange | undefined {
  if (!before) return after && { volume: after.name, change: 'created', effect: `${after.gib} GiB` };
  const volume = before.name;
  if (!after) {
    const effect = `holds data of a machine that goes: up stops unless --destroy-data ${volume}`;
    return { volume, change: 'refused', effect };
  }
  if (before.type !== after.type || before.encrypted !== after.encrypted)
    return { volume, change: 'refused', effect: 'another volume type would replace a protected volume' };
  if (after.gib < before.gib) return { volume, change: 'refused', effect: 'a volume cannot shrink' };
  if (after.gib === before.gib) return undefined;
  return { volume, change: 'grown', effect: `${before.gib} -> ${after.gib} GiB, in place` };
}

/** Pairs two lists by name, in order of first appearance, and tells what changed for each name. */
function compare<T extends { readonly name: string }, C>(
  before: readonly T[],
  after: readonly T[],
  tell: (before: T | undefined, after: T | undefined) => C | undefined,
): readonly C[] {
  const [old, now] = [before, after].map((items) => new Map(items.map((item) => [item.name, item])));
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].flatMap((name) => tell(old?.get(name), now?.get(name)) ?? []);
}

function machinesOf(site: Site | undefined): readonly Machine[] {
  if (!site) return [];
  return planMachines(site).machines.map((machine) => ({ ...machine, image: site.cloud.image }));
}

const volumesOf = (machines: readonly Machine[]): readonly Volume[] =>
  machines.flatMap(({ volume }) => (volume ? [volume] : []));

/** Compares what two versions of a site file ask of the cloud; `before` absent means a new site. */
export function infrastructureChanges(before: Site | undefined, after: Site): InfrastructureChanges {
  const [old, now] = [machinesOf(before), machinesOf(after)];
  return {
    machines: compare(old, now, machineChange),
    volumes: compare(volumesOf(old), volumesOf(now), volumeChange),
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
