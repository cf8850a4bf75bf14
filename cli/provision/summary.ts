import { type MachinePlan, MIG_LABEL, planMachines, schedulable, type Site } from '../../constructs';
import { loadCloud } from '../../stacks/openstack/clouds';
import { CloudClient, type Json, objects, text } from '../../stacks/openstack/client';
import { table } from '../io';
import type { TargetCloud } from './cloud';

/** One machine as the cloud reports it, beside what the site file planned. */
export interface MachineRow {
  readonly name: string;
  readonly role: string;
  readonly flavor: string;
  readonly address: string;
  readonly cards: string;
  readonly state: string;
}

function rowOf(machine: MachinePlan, servers: ReadonlyMap<string, Json>): MachineRow {
  const cards = Object.entries(machine.cards)
    .map(([kind, n]) => `${n} x ${kind}`)
    .join(', ');
  return {
    name: machine.name,
    role: machine.role,
    flavor: machine.flavor,
    address: machine.address,
    cards: [cards, machine.labels[MIG_LABEL]].filter(Boolean).join(', '),
    state: text(servers.get(machine.name), 'status') || 'missing',
  };
}

/** Asks the cloud for the machines of a site. */
export async function machineRows(site: Site, cloud: TargetCloud): Promise<readonly MachineRow[]> {
  const client = await CloudClient.login(
    loadCloud(cloud.name, { ...process.env, ...cloud.env }),
    site.cloud.region,
  );
  const servers = new Map(
    objects(await client.list('compute', '/servers/detail', 'servers')).map((s) => [text(s, 'name'), s]),
  );
  return planMachines(site).machines.map((machine) => rowOf(machine, servers));
}

/** What exists now, as tables: machines with state and cards, GPUs by kind, manifests by component. */
export function summaryLines(
  site: Site,
  machines: readonly MachineRow[],
  manifests: Readonly<Record<string, number>>,
): string[] {
  const gpus = schedulable(site).filter((kind) => kind.resource !== undefined);
  return [
    '',
    ...table(
      ['machine', 'role', 'flavor', 'address', 'cards', 'state'],
      machines.map((m) => [m.name, m.role, m.flavor, m.address, m.cards, m.state]),
    ),
    '',
    ...table(
      ['schedulable', 'device', 'count'],
      gpus.map((k) => [k.key, k.title, k.count]),
    ),
    '',
    ...table(['component', 'manifests'], Object.entries(manifests)),
  ];
}
