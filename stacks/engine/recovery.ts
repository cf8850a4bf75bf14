import { join } from 'node:path';

import type { CloudClient } from '../openstack/client';
import { awaitDeletion, clearUp, type Interrupted, type Outcome } from '../openstack/recovery';
import type { Engine } from './engine';
import { engineLocks, staleLocks } from './engine-lock';
import { shortName } from './events';
import { InterruptedCreations } from './interrupted';
import { killOrphans, pause } from './processes';
import { nameOf, pendingOf, resourcesOf, settled, type StackExport, type StateResource } from './state';

/** What recovery found and did. */
export interface Recovery {
  /** Locks of killed engines that were released. */
  readonly locks: number;
  /** Processes that killed engines had left running. */
  readonly orphans: number;
  /** Interrupted operations, each with what became of it. */
  readonly operations: readonly { readonly urn: string; readonly type: string; readonly outcome: string }[];
}

/** Least time that a cloud is given to carry out the last requests of processes that were killed. */
const LAST_REQUESTS_MS = 3000;
/** The cloud's own slowness counts: this many times as long as it took to look after one creation. */
const PATIENCE = 3;

/**
 * Makes a stack whole again after its engine was killed: without this, the next run would create a second time what
 * was in flight. Safe to be killed itself and run again.
 */
export class Recoverer {
  private readonly creations: InterruptedCreations;

  /** @param login gives a client of the stack's cloud; called only when something was interrupted */
  constructor(
    private readonly engine: Engine,
    private readonly login: () => Promise<CloudClient>,
    private readonly report: (line: string) => void = () => undefined,
  ) {
    const { backendDir, stack } = engine.options;
    this.creations = new InterruptedCreations(join(backendDir, 'runs', `${stack}.interrupted.json`));
  }

  /**
   * Stops what a killed engine left running, releases its lock and clears up after its interrupted operations.
   * @throws UserError when an engine is still at work on the stack
   */
  async recover(): Promise<Recovery> {
    const { backendDir, stack } = this.engine.options;
    const stale = staleLocks(engineLocks(backendDir, stack));
    let orphans = 0;
    for (const lock of stale) orphans += await killOrphans(lock.pid);
    if (stale.length > 0) {
      this.report(`an engine (pid ${stale.map((l) => l.pid).join(', ')}) was killed in mid-run; recovering`);
      await this.engine.succeed(['cancel', '--yes', stack]);
    }
    const state = await this.engine.exportState();
    const pending = pendingOf(state);
    this.creations.remember(pending.filter((p) => p.type === 'creating').map((p) => interrupted(p.resource)));
    const operations = await this.others(state);
    return {
      locks: stale.length,
      orphans,
      operations: [...operations, ...(await this.clear(state, pending.length > 0))],
    };
  }

  /** Looks once more, after a run that went well, for what a slow cloud made late; then forgets. */
  async finish(): Promise<void> {
    if (this.creations.read().length > 0) await this.clear(await this.engine.exportState(), false);
    this.creations.forget();
  }

  /** Interrupted updates and deletions leave nothing behind: the refresh finds out how far they came. */
  private async others(state: StackExport): Promise<Recovery['operations']> {
    const operations: { urn: string; type: string; outcome: string }[] = [];
    for (const { resource, type } of pendingOf(state).filter((p) => p.type !== 'creating')) {
      if (type === 'deleting' && resource.id !== undefined)
        await awaitDeletion(await this.login(), resource.type, resource.id);
      operations.push(this.told(resource.urn, type, 'the refresh will tell'));
    }
    return operations;
  }

  /** Clears up after every remembered creation; `fresh` ones may still be on their way into the cloud. */
  private async clear(state: StackExport, fresh: boolean): Promise<Recovery['operations']> {
    const creations = this.creations.read();
    if (creations.length === 0 && !fresh) return [];
    const cloud = await this.login();
    this.report(`looking for what ${creations.length} interrupted creations left in the cloud`);
    const begun = Date.now();
    const outcomes = await lookAll(cloud, creations, state);
    if (fresh) {
      const each = (Date.now() - begun) / Math.max(1, creations.length);
      await pause(Math.max(LAST_REQUESTS_MS, PATIENCE * each));
      const again = creations.filter((c) => outcomes.get(c)?.kind !== 'adopted');
      for (const [creation, outcome] of await lookAll(cloud, again, state))
        if (outcome.kind !== 'nothing') outcomes.set(creation, outcome);
    }
    const adopted = creations.flatMap((c) => adoptedResource(state, c, outcomes.get(c)));
    if (fresh || adopted.length > 0) await this.engine.importState(settled(state, adopted));
    const pending = new Set(pendingOf(state).map((p) => p.resource.urn));
    const news = [...outcomes].filter(([{ urn }, outcome]) => pending.has(urn) || outcome.kind !== 'nothing');
    return news.map(([{ urn }, outcome]) => this.told(urn, 'creating', describe(outcome)));
  }

  private told(urn: string, type: string, outcome: string): Recovery['operations'][number] {
    this.report(`interrupted while ${type} ${shortName(urn)}: ${outcome}`);
    return { urn, type, outcome };
  }
}

/** One after the other, last begun first: a member hangs on its pool, an attachment on its server. */
async function lookAll(
  cloud: CloudClient,
  creations: readonly Interrupted[],
  state: StackExport,
): Promise<Map<Interrupted, Outcome>> {
  const held = new Set(resourcesOf(state).map((r) => r.urn));
  const begun = new Set(pendingOf(state).map((p) => p.resource.urn));
  const known = new Set(resourcesOf(state).flatMap((r) => (r.id === undefined ? [] : [r.id])));
  const outcomes = new Map<Interrupted, Outcome>();
  for (const creation of [...creations].reverse())
    outcomes.set(
      creation,
      await clearUp(cloud, creation, known, begun.has(creation.urn) && !held.has(creation.urn)),
    );
  return outcomes;
}

/** An adopted object as the state holds it: its interrupted creation with the id; the refresh fills in the rest. */
function adoptedResource(
  state: StackExport,
  creation: Interrupted,
  outcome: Outcome | undefined,
): StateResource[] {
  const begun = pendingOf(state).find(({ resource }) => resource.urn === creation.urn);
  if (outcome?.kind !== 'adopted' || !begun) return [];
  return [{ ...begun.resource, id: outcome.id, outputs: { ...begun.resource.inputs } }];
}

function interrupted(resource: StateResource): Interrupted {
  return { urn: resource.urn, type: resource.type, inputs: resource.inputs ?? {} };
}

function describe(outcome: Outcome): string {
  if (outcome.kind === 'nothing') return 'the cloud has nothing of it';
  if (outcome.kind === 'adopted') return `taken into the state (${outcome.id})`;
  return `deleted what there was of it (${outcome.ids.join(', ')})`;
}

/** The protected data volumes in a state. */
export function protectedVolumes(state: StackExport): readonly StateResource[] {
  return resourcesOf(state).filter(
    (r) => r.protect === true && r.type === 'openstack:blockstorage/volume:Volume' && nameOf(r.urn) !== '',
  );
}
