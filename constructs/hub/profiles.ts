import { interactiveQueue, QUEUE_LABEL } from '../kueue/labels';
import { CPU_ONLY, type SchedulableKind } from '../site/inventory';
import { PRODUCT_LABEL } from '../site/accelerators';
import type { Site } from '../site';

/** Pod label with the key of the schedulable kind; accounting and dashboards group by it. */
export const KIND_LABEL = 'ai-infn.it/accelerator';

/** One entry of the session menu, in KubeSpawner's own words. */
export interface Profile {
  readonly slug: string;
  readonly display_name: string;
  readonly description: string;
  readonly default?: true;
  readonly kubespawner_override: Readonly<Record<string, unknown>>;
}

/** CPU and memory a session is sure of. */
export interface Share {
  /** Cores. */
  readonly cpu: number;
  readonly memoryGiB: number;
}

/** What JupyterLab with one small kernel needs; a machine too small for this many sessions simply holds fewer. */
const LEAST: Share = { cpu: 0.5, memoryGiB: 1 };

/**
 * What a session of a kind is guaranteed: an equal share of its machines, so that every device can be in use at once and none
 * is stranded by a neighbour's CPU. CPU-only sessions get the least and may burst to the site's limit.
 */
export function guarantee(kind: SchedulableKind, limit: Site['sessions']): Share {
  if (kind.count === 0) return LEAST;
  const share = (whole: number, step: number): number => Math.floor(whole / kind.count / step) * step;
  return {
    cpu: within(LEAST.cpu, share(kind.nodes.cpu, 0.5), limit.cpu),
    memoryGiB: within(LEAST.memoryGiB, share(kind.nodes.memoryGiB, 1), limit.memory),
  };
}

function within(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/** The session menu: one profile per schedulable kind, each bound to exactly one kind of device and its queue. */
export function profiles(site: Site, kinds: readonly SchedulableKind[]): readonly Profile[] {
  return kinds.map((kind) => profile(site, kind));
}

function profile(site: Site, kind: SchedulableKind): Profile {
  const { cpu, memoryGiB } = guarantee(kind, site.sessions);
  const idle = kind.key === CPU_ONLY ? site.sessions.idleCpu : site.sessions.idle;
  return {
    slug: kind.key,
    display_name: kind.title,
    description: describe(kind, site.sessions, idle),
    // Whoever does not choose gets the cheapest.
    ...(kind.key === CPU_ONLY ? { default: true } : {}),
    kubespawner_override: {
      cpu_guarantee: cpu,
      mem_guarantee: `${memoryGiB}G`,
      node_selector: { [PRODUCT_LABEL]: kind.productLabel },
      extra_labels: { [QUEUE_LABEL]: interactiveQueue(kind.key), [KIND_LABEL]: kind.key },
      ...devices(kind.resource),
      args: idleArguments(idle),
    },
  };
}

function describe(kind: SchedulableKind, limit: Site['sessions'], idle: number): string {
  const device =
    kind.count === 0 ? '' : `${kind.memoryGiB} GB of device memory, ${kind.count} of them here. `;
  return `${device}Up to ${limit.cpu} cores and ${limit.memory} GiB. Stops after ${hours(idle)} of idling.`;
}

function hours(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`;
}

/** Both dictionaries, because KubeSpawner fills limits and requests apart and Kubernetes wants them equal. */
function devices(resource: string | undefined): Readonly<Record<string, unknown>> {
  if (resource === undefined) return {};
  return {
    extra_resource_limits: { [resource]: '1' },
    extra_resource_guarantees: { [resource]: '1' },
    tolerations: [{ key: resource, operator: 'Exists' }],
  };
}

/**
 * The server ends itself when idle: kernels and terminals first, the server five minutes after the last of them. Kernels that
 * compute are never idle. Arguments outrank files in a home directory.
 */
function idleArguments(seconds: number): readonly string[] {
  return [
    `--MappingKernelManager.cull_idle_timeout=${seconds}`,
    '--MappingKernelManager.cull_interval=60',
    '--MappingKernelManager.cull_connected=True',
    `--TerminalManager.cull_inactive_timeout=${seconds}`,
    '--ServerApp.shutdown_no_activity_timeout=300',
  ];
}
