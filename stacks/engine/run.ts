import { join } from 'node:path';

import type { Finding } from '../../constructs/core/errors';
import { UserError } from '../../constructs/core/errors';
import { planMachines, type Site } from '../../constructs/site';
import { asUserError, CloudError, type CloudClient } from '../openstack/client';
import type { ProvisionOptions } from '../openstack/options';
import { loginFor, preflight } from '../openstack/preflight';
import { failedServers, verifyProvisioned } from '../openstack/verify';
import { Engine, type EngineOptions, type Operation } from './engine';
import { shortName, type Summary } from './events';
import { takeRunLock } from './lock';
import { protectedVolumes, Recoverer, type Recovery } from './recovery';
import { nameOf, resourcesOf } from './state';

/** One site on one cloud, and where its engine finds its things. */
export interface SiteRun {
  readonly site: Site;
  /** File the site was loaded from; the program in the engine reads it again. */
  readonly siteFile: string;
  readonly engine: Omit<EngineOptions, 'stack' | 'settings'>;
  readonly provision?: ProvisionOptions;
}

/** What a run came to. */
export interface RunResult extends Summary {
  readonly recovery: Recovery;
}

/** What a destruction came to. */
export interface DestroyResult extends RunResult {
  /** Data volumes that were left, because no key named them. */
  readonly kept: readonly string[];
}

/** What would change; nothing is changed, but the remains of a killed run are cleared up. */
export function preview(run: SiteRun): Promise<RunResult> {
  return locked(run, 'preview', async (session) => {
    await preflight(run.site, await session.login());
    return session.operate('preview', ['--refresh']);
  });
}

/**
 * Makes the cloud as the site file says: recovery, checks, refresh and update in the engine, then the cloud's own word.
 * @throws UserError with the reason: another run at work, the cloud not ready, a step refused, or a server not ACTIVE
 */
export function up(run: SiteRun): Promise<RunResult> {
  return locked(run, 'up', async (session) => {
    await preflight(run.site, await session.login());
    await session.releaseData(await session.unplannedData());
    await session.markFailedServers();
    const removed = await session.removeGoneMachines();
    const result = combine(removed, await session.operate('up', ['--refresh']));
    await verifyProvisioned(run.site, await session.login());
    return result;
  });
}

/** Brings the state up to date with the cloud; changes nothing in the cloud. */
export function refresh(run: SiteRun): Promise<RunResult> {
  return locked(run, 'refresh', (session) => session.operate('refresh', []));
}

/** Removes everything of a site but its data volumes; of those, the ones that `provision.destroyData` names. */
export function destroy(run: SiteRun): Promise<DestroyResult> {
  return locked(run, 'destroy', async (session) => {
    const state = await session.engine.exportState();
    const volumes = protectedVolumes(state).map((v) => nameOf(v.urn));
    const named = run.provision?.destroyData ?? [];
    const known = resourcesOf(state)
      .filter((r) => r.type === VOLUME)
      .map((r) => nameOf(r.urn));
    const unknown = named.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw unknownData(unknown, known);
    await session.releaseData(named);
    const result = await session.operate('destroy', ['--refresh', '--exclude-protected']);
    return { ...result, kept: volumes.filter((name) => !named.includes(name)) };
  });
}

/** Outputs of the site's stack; secret ones are masked unless asked for. */
export async function outputs(run: SiteRun, showSecrets = false): Promise<Readonly<Record<string, unknown>>> {
  const engine = engineFor(run);
  await engine.prepare();
  return engine.outputs(showSecrets);
}

const INSTANCE = 'openstack:compute/instance:Instance';
const VOLUME = 'openstack:blockstorage/volume:Volume';

/** The parts that runs share, with the lock held and recovery done. */
class Session {
  private client: Promise<CloudClient> | undefined;

  constructor(
    readonly run: SiteRun,
    readonly engine: Engine,
    readonly recovery: Recovery,
  ) {}

  login(): Promise<CloudClient> {
    this.client ??= login(this.run);
    return this.client;
  }

  /** Runs the engine. @throws UserError with its errors and, where a server failed, with Nova's reason */
  async operate(operation: Operation, args: readonly string[]): Promise<RunResult> {
    const result = await this.engine.run(operation, args);
    if (result.ok) return { ...result, recovery: this.recovery };
    const faults = operation === 'up' ? await this.faults() : [];
    throw new UserError(`${operation} of ${this.run.site.name} failed; the state is kept.`, [
      ...faults,
      ...result.errors.map(engineFinding),
    ]);
  }

  /** Data volumes in the state that the site file no longer has. @throws UserError unless `destroyData` names them */
  async unplannedData(): Promise<readonly string[]> {
    const planned = new Set(
      planMachines(this.run.site).machines.flatMap((m) => (m.volume ? [m.volume.name] : [])),
    );
    const gone = protectedVolumes(await this.engine.exportState())
      .map((v) => nameOf(v.urn))
      .filter((name) => !planned.has(name));
    const named = this.run.provision?.destroyData ?? [];
    const unnamed = gone.filter((name) => !named.includes(name));
    if (unnamed.length === 0) return gone;
    throw new UserError(
      'Data volumes would be destroyed; nothing was changed.',
      unnamed.map((name) => ({
        rule: 'data/needs-key',
        path: name,
        found: 'a data volume whose machine is no longer in the site file',
        allowed: 'destruction by its exact name only',
        fix: `put the machine back, or save the data and run again with --destroy-data ${name}`,
      })),
    );
  }

  /** Lifts the protection of data volumes in the state. */
  async releaseData(names: readonly string[]): Promise<void> {
    for (const volume of protectedVolumes(await this.engine.exportState())) {
      if (!names.includes(nameOf(volume.urn))) continue;
      await this.engine.succeed([
        'state',
        'unprotect',
        volume.urn,
        '--stack',
        this.engine.options.stack,
        '--yes',
      ]);
    }
  }

  /**
   * Marks servers in ERROR for replacement. Those that never ran hold nothing; one that did run may hold work, and is
   * replaced only when `replaceMachines` names it.
   */
  async markFailedServers(): Promise<void> {
    const named = this.run.provision?.replaceMachines ?? [];
    const cloud = await this.login();
    const failed = await failedServers(cloud, this.run.site.name);
    const ids = new Set(
      failed
        .filter((s) => !s.launched || named.some((name) => name === s.machine || name === s.name))
        .map((s) => s.id),
    );
    for (const resource of resourcesOf(await this.engine.exportState())) {
      if (resource.id === undefined || !ids.has(resource.id)) continue;
      this.engine.options.progress?.(`${shortName(resource.urn)} is in ERROR in Nova and will be replaced`);
      await this.engine.succeed([
        'state',
        'taint',
        resource.urn,
        '--stack',
        this.engine.options.stack,
        '--yes',
      ]);
    }
  }

  /**
   * Removes the servers that the site file no longer has, before anything is made: the engine would do it last, and a
   * new server would wait in vain for the card or the quota that an old one still holds.
   */
  async removeGoneMachines(): Promise<RunResult | undefined> {
    const planned = new Set(planMachines(this.run.site).machines.map((m) => m.id));
    const state = await this.engine.exportState();
    const gone = resourcesOf(state).filter(
      (r) => r.type === INSTANCE && r.delete !== true && !planned.has(nameOf(r.urn)),
    );
    if (gone.length === 0) return undefined;
    return this.operate('destroy', ['--target-dependents', ...gone.flatMap((r) => ['--target', r.urn])]);
  }

  private async faults(): Promise<readonly Finding[]> {
    const cloud = await this.login();
    const failed = await failedServers(cloud, this.run.site.name);
    return failed.map((server) => ({
      rule: 'cloud/server-failed',
      path: `server ${server.name}`,
      found: `ERROR in Nova: ${server.fault}`,
      allowed: 'ACTIVE',
      fix: 'mend the cause (free a card, use fewer, correct the flavor), then run again',
    }));
  }
}

/** One result for two operations of a run. */
function combine(first: RunResult | undefined, second: RunResult): RunResult {
  if (!first) return second;
  const counts = { ...second.counts };
  for (const [op, n] of Object.entries(first.counts)) if (op !== 'same') counts[op] = (counts[op] ?? 0) + n;
  return {
    ...second,
    counts,
    changes: [...first.changes, ...second.changes],
    seconds: first.seconds + second.seconds,
  };
}

/** The cloud's API, found where the engine finds it. */
function login(run: SiteRun): Promise<CloudClient> {
  return loginFor(run.site, run.provision ?? {}, { ...process.env, ...run.engine.env });
}

function engineFor(run: SiteRun): Engine {
  const provision = Object.fromEntries(
    Object.entries(run.provision ?? {}).filter(([, value]) => value !== undefined),
  );
  return new Engine({
    ...run.engine,
    stack: run.site.name,
    settings: { siteFile: run.siteFile, ...provision },
  });
}

async function locked<T>(
  run: SiteRun,
  operation: Operation,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const lock = takeRunLock(join(run.engine.backendDir, 'runs', `${run.site.name}.lock`), operation);
  try {
    const engine = engineFor(run);
    await engine.prepare();
    const recoverer = new Recoverer(engine, () => login(run), run.engine.progress);
    const result = await work(new Session(run, engine, await recoverer.recover()));
    if (operation === 'up' || operation === 'destroy') await recoverer.finish();
    return result;
  } catch (error) {
    throw error instanceof CloudError ? asUserError(error) : error;
  } finally {
    lock.release();
  }
}

function engineFinding(message: string): Finding {
  return {
    rule: 'engine',
    path: 'engine',
    found: message,
    allowed: 'success',
    fix: 'see the message; run again when its cause is mended',
  };
}

function unknownData(names: readonly string[], known: readonly string[]): UserError {
  return new UserError(
    'There are no such data volumes; nothing was changed.',
    names.map((name) => ({
      rule: 'data/known',
      path: '--destroy-data',
      found: name,
      allowed: known.join(', ') || 'none: the site has no data volume',
      fix: 'give the exact name',
    })),
  );
}
