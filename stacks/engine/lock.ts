import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../constructs/core/errors';
import { liveProcess } from './processes';

const holderSchema = z.object({
  pid: z.number(),
  startTicks: z.string(),
  host: z.string(),
  since: z.string(),
  operation: z.string(),
});

/** Who works on a stack: enough to tell a live run from the remains of a killed one. */
export type Holder = z.output<typeof holderSchema>;

/** A lock of ours; released exactly once. */
export interface RunLock {
  /** Run that held the lock before and was killed; undefined where the lock was free. */
  readonly stale: Holder | undefined;
  release(): void;
}

/**
 * Takes the lock of a stack for a whole run (recovery, engine, verification), which the engine's own lock does not
 * cover. The lock of a process that has gone is taken over.
 * @throws UserError naming the holder when another run is at work
 */
export function takeRunLock(file: string, operation: string): RunLock {
  mkdirSync(dirname(file), { recursive: true });
  let stale: Holder | undefined;
  while (!tryLink(file, operation)) {
    const holder = readHolder(file);
    if (holder && holderLives(holder))
      throw busy(`pid ${holder.pid} on ${holder.host}`, holder.since, holder.operation, file);
    if (holder) stale = holder;
    discard(file);
  }
  return {
    stale,
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

/** The error for a stack that somebody else works on. */
export function busy(who: string, since: string, operation: string, file: string): UserError {
  return new UserError('Another run works on this site.', [
    {
      rule: 'engine/one-run-at-a-time',
      file,
      path: 'lock',
      found: `held by ${who} since ${since} (${operation})`,
      allowed: 'one run at a time',
      fix: 'wait until it ends and run again',
    },
  ]);
}

/** Writes the whole content first and links it into place, so that a lock is never seen half-written. */
function tryLink(file: string, operation: string): boolean {
  const mine = `${file}.${process.pid}`;
  const holder: Holder = {
    pid: process.pid,
    startTicks: liveProcess(process.pid)?.startTicks ?? '',
    host: hostname(),
    since: new Date().toISOString(),
    operation,
  };
  writeFileSync(mine, JSON.stringify(holder));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // Released meanwhile, or not written by us: both are settled by taking it.
  }
}

/** A holder on another machine counts as alive: only that machine can tell. */
function holderLives(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  return liveProcess(holder.pid)?.startTicks === holder.startTicks;
}

/** Renames before removing, so that of two runs that see the same stale lock only one removes it. */
function discard(file: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // The other run was faster.
  }
  rmSync(aside, { force: true });
}
