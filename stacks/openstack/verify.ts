import type { Finding } from '../../constructs/core/errors';
import { UserError } from '../../constructs/core/errors';
import { planMachines, type MachinePlan, type Site, type SitePlan } from '../../constructs/site';
import type { CloudClient, Json } from './client';
import { child, objects, text } from './client';
import { TAG_KEY, tagOf } from './tags';

/** What the cloud says of a stack's objects. */
export interface Observed {
  readonly servers: readonly Json[];
  readonly ports: readonly Json[];
  readonly volumes: readonly Json[];
  readonly floatingIps: readonly Json[];
  readonly loadBalancers: readonly Json[];
}

/** A thing that is not as the site file says; `passing` when it may yet become right by itself. */
export interface Deviation {
  readonly finding: Finding;
  readonly passing: boolean;
}

/** Clouds bind a port, attach a volume and start a balancer within seconds; after this time they will not. */
const PATIENCE_MS = 120_000;
const POLL_MS = 3000;
const PASSING =
  /^(BUILD|DOWN|CREATING|ATTACHING|DETACHING|AVAILABLE|PENDING_\w+|RESIZE|VERIFY_RESIZE|HARD_REBOOT|REBOOT)$/i;

/**
 * Asks the cloud itself whether all that a site wants is there and works. The engine's word is not enough: a server
 * that Nova puts into ERROR fails one run and is called unchanged by the next.
 * @throws UserError with every deviation; for a server in ERROR with Nova's own reason
 */
export async function verifyProvisioned(site: Site, cloud: CloudClient): Promise<void> {
  const plan = planMachines(site);
  const end = Date.now() + PATIENCE_MS;
  let found = deviations(plan, await observe(cloud, site));
  while (found.length > 0 && found.every((d) => d.passing) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    found = deviations(plan, await observe(cloud, site));
  }
  if (found.length > 0)
    throw new UserError(
      `${site.name} is not fully provisioned.`,
      found.map((d) => d.finding),
    );
}

/** Reads what the cloud has of a stack. */
export async function observe(cloud: CloudClient, site: Site): Promise<Observed> {
  const project = `project_id=${cloud.session.projectId}`;
  const octavia = site.cloud.entry === 'octavia';
  const [servers, ports, volumes, floatingIps, loadBalancers] = await Promise.all([
    cloud.list('compute', '/servers/detail', 'servers'),
    cloud.list('network', `/ports?${project}`, 'ports'),
    cloud.has('volume') ? cloud.list('volume', '/volumes/detail', 'volumes') : [],
    cloud.list('network', `/floatingips?${project}`, 'floatingips'),
    octavia ? cloud.list('load-balancer', `/lbaas/loadbalancers?${project}`, 'loadbalancers') : [],
  ]);
  const faulty = await withFaults(cloud, servers, tagOf(site.name, ''));
  return { servers: faulty, ports, volumes, floatingIps, loadBalancers };
}

/** All that is not as the site file says. Pure. */
export function deviations(plan: SitePlan, seen: Observed): readonly Deviation[] {
  return [
    ...plan.machines.flatMap((m) => machineDeviations(plan.site, m, seen)),
    ...addressDeviations(plan, seen),
  ];
}

/** A server of a stack that Nova has put into ERROR. */
export interface FailedServer {
  /** Logical name: the machine's id in the plan. */
  readonly machine: string;
  /** Name in OpenStack. */
  readonly name: string;
  readonly id: string;
  /** Nova's reason in its own words. */
  readonly fault: string;
  /** It ran once, so its root disk may hold work. */
  readonly launched: boolean;
}

/** The servers of a stack that Nova has put into ERROR. */
export async function failedServers(cloud: CloudClient, stack: string): Promise<readonly FailedServer[]> {
  const prefix = tagOf(stack, '');
  const ours = withFaults(cloud, await cloud.list('compute', '/servers/detail', 'servers'), prefix);
  return (await ours)
    .filter((s) => text(child(s, 'metadata'), TAG_KEY).startsWith(prefix) && text(s, 'status') === 'ERROR')
    .map((s) => ({
      machine: text(child(s, 'metadata'), TAG_KEY).slice(prefix.length),
      name: text(s, 'name'),
      id: text(s, 'id'),
      fault: text(child(s, 'fault'), 'message') || 'Nova gives no reason',
      launched: text(s, 'OS-SRV-USG:launched_at') !== '',
    }));
}

/** Nova's list leaves out the faults of servers that no host took (they live in its cell 0); asking for each shows them. */
async function withFaults(
  cloud: CloudClient,
  servers: readonly Json[],
  prefix: string,
): Promise<readonly Json[]> {
  const failed = (s: Json): boolean =>
    text(s, 'status') === 'ERROR' &&
    s['fault'] === undefined &&
    text(child(s, 'metadata'), TAG_KEY).startsWith(prefix);
  const shown = async (s: Json): Promise<Json> =>
    child(await cloud.find('compute', `/servers/${text(s, 'id')}`), 'server');
  return Promise.all(servers.map(async (s) => (failed(s) ? { ...s, ...(await shown(s)) } : s)));
}

function machineDeviations(stack: string, machine: MachinePlan, seen: Observed): readonly Deviation[] {
  const servers = seen.servers.filter(
    (s) => text(child(s, 'metadata'), TAG_KEY) === tagOf(stack, machine.id),
  );
  const ports = seen.ports.filter((p) => p['description'] === tagOf(stack, `${machine.id}-port`));
  const found = [
    ...status(`server ${machine.name}`, servers, 'ACTIVE', (s) => text(child(s, 'fault'), 'message')),
    ...status(`port of ${machine.name}`, ports, 'ACTIVE'),
  ];
  const volume = machine.volume;
  if (!volume) return found;
  const volumes = seen.volumes.filter(
    (v) => text(child(v, 'metadata'), TAG_KEY) === tagOf(stack, volume.name),
  );
  const attached = objects(volumes[0]?.['attachments']).map((a) => text(a, 'server_id'));
  const elsewhere = volumes.length === 1 && attached.length > 0 && !attached.includes(text(servers[0], 'id'));
  return [
    ...found,
    ...status(`volume ${volume.name}`, volumes, 'in-use'),
    ...(elsewhere
      ? [
          deviation(
            `volume ${volume.name}`,
            `attached to ${attached.join(', ')}`,
            `attached to ${machine.name}`,
            false,
          ),
        ]
      : []),
  ];
}

function addressDeviations(plan: SitePlan, seen: Observed): readonly Deviation[] {
  const floating = plan.floatingAddresses.flatMap(({ name }) => {
    const found = seen.floatingIps.filter((f) => f['description'] === tagOf(plan.site, `address-${name}`));
    const loose = found.length === 1 && text(found[0], 'port_id') === '';
    return status(`floating address ${name}`, found, loose ? 'associated' : 'ACTIVE');
  });
  if (!plan.loadBalancer) return floating;
  const balancers = seen.loadBalancers
    .filter((b) => b['description'] === tagOf(plan.site, 'balancer'))
    .map((b) => ({ ...b, status: b['provisioning_status'] }));
  return [...floating, ...status('load balancer', balancers, 'ACTIVE')];
}

/** Exactly one object, in the wanted status. */
function status(
  what: string,
  objects: readonly Json[],
  wanted: string,
  fault?: (o: Json) => string,
): readonly Deviation[] {
  const [first, ...others] = objects;
  if (!first) return [deviation(what, 'nothing', wanted, false)];
  if (others.length > 0)
    return [
      deviation(
        what,
        `${objects.length} of them (${objects.map((o) => text(o, 'id')).join(', ')})`,
        'one',
        false,
      ),
    ];
  const is = text(first, 'status');
  if (is.toLowerCase() === wanted.toLowerCase()) return [];
  const reason = fault?.(first) ?? '';
  return [deviation(what, reason === '' ? is : `${is}: ${reason}`, wanted, PASSING.test(is))];
}

function deviation(path: string, found: string, allowed: string, passing: boolean): Deviation {
  const fix = 'mend the cause, then run the same command again: it makes good what is missing';
  return { finding: { rule: 'cloud/provisioned', path, found, allowed, fix }, passing };
}
