import type { CloudClient } from '../openstack/client';
import { awaitDeletion, clearUp, type Outcome } from '../openstack/recovery';
import type { Engine } from './engine';
import { engineLocks, staleLocks } from './engine-lock';
import { shortName } from './events';
import { killOrphans, pause } from './processes';
import {
  nameOf,
  pendingOf,
  resourcesOf,
  settled,
  type PendingOperation,
  type StackExport,
  type StateResource,
} from './state';

/** What recovery found and did. */
export interface Recovery {
  /** Locks of killed engines that were released. */
  readonly locks: number;
  /** Processes that killed engines had left running. */
  readonly orphans: number;
  /** Interrupted operations, each with what became of it. */
  readonly operations: readonly { readonly urn: string; readonly type: string; readonly outcome: string }[];
}

/** After the killing of processes that were talking to the cloud, their last requests are given this time to be carried out. */
const LAST_REQUESTS_MS = 2000;

/**
 * Makes a stack whole again after its engine was killed: without this, the next run would create again what was in
 * flight (see docs/explanation, "Killed engine"). Safe to be killed itself and run again.
 * @param login gives a client of the stack's cloud; called only when something was interrupted
 * @throws UserError when an engine is still at work on the stack
 */
export async function recover(
  engine: Engine,
  login: () => Promise<CloudClient>,
  report: (line: string) => void = () => undefined,
): Promise<Recovery> {
  const { backendDir, stack } = engine.options;
  const stale = staleLocks(engineLocks(backendDir, stack));
  const orphans = await stopOrphans(stale.map((lock) => lock.pid));
  if (stale.length > 0) {
    report(`an engine (pid ${stale.map((l) => l.pid).join(', ')}) was killed in mid-run; recovering`);
    await engine.succeed(['cancel', '--yes', stack]);
  }
  const state = await engine.exportState();
  const operations =
    pendingOf(state).length > 0 ? await settlePending(engine, state, await login(), report) : [];
  return { locks: stale.length, orphans, operations };
}

async function stopOrphans(engines: readonly number[]): Promise<number> {
  let killed = 0;
  for (const engine of engines) killed += await killOrphans(engine);
  if (killed > 0) await pause(LAST_REQUESTS_MS);
  return killed;
}

async function settlePending(
  engine: Engine,
  state: StackExport,
  cloud: CloudClient,
  report: (line: string) => void,
): Promise<Recovery['operations']> {
  const held = new Set(resourcesOf(state).map((r) => r.urn));
  const known = new Set(resourcesOf(state).flatMap((r) => (r.id === undefined ? [] : [r.id])));
  const adopted: StateResource[] = [];
  const operations: { urn: string; type: string; outcome: string }[] = [];
  for (const operation of dependentsFirst(pendingOf(state))) {
    const { resource, type } = operation;
    const outcome =
      type === 'creating'
        ? await clearUp(cloud, interrupted(resource), known, !held.has(resource.urn))
        : undefined;
    if (type === 'deleting' && resource.id !== undefined)
      await awaitDeletion(cloud, resource.type, resource.id);
    if (outcome?.kind === 'adopted')
      adopted.push({ ...resource, id: outcome.id, outputs: { ...resource.inputs } });
    const told = describe(type, outcome);
    report(`interrupted while ${type} ${shortName(resource.urn)}: ${told}`);
    operations.push({ urn: resource.urn, type, outcome: told });
  }
  await engine.importState(settled(state, adopted));
  return operations;
}

function interrupted(resource: StateResource): {
  urn: string;
  type: string;
  inputs: Readonly<Record<string, unknown>>;
} {
  return { urn: resource.urn, type: resource.type, inputs: resource.inputs ?? {} };
}

/** Later operations may hang on earlier ones (a member on its pool), so what began last is cleared up first. */
function dependentsFirst(operations: readonly PendingOperation[]): readonly PendingOperation[] {
  return [...operations].reverse();
}

function describe(type: string, outcome: Outcome | undefined): string {
  if (!outcome) return type === 'deleting' ? 'waited for it, the refresh will tell' : 'the refresh will tell';
  if (outcome.kind === 'nothing') return 'the cloud has nothing of it';
  if (outcome.kind === 'adopted') return `taken into the state (${outcome.id})`;
  return `deleted what there was of it (${outcome.ids.join(', ')})`;
}

/** Logical names of the protected data volumes in a state. */
export function protectedVolumes(state: StackExport): readonly StateResource[] {
  return resourcesOf(state).filter(
    (r) => r.protect === true && r.type === 'openstack:blockstorage/volume:Volume' && nameOf(r.urn) !== '',
  );
}
