import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { UserError } from '../../constructs/core/errors';
import { isAlive, ownRecord, parseRecord } from './processes';

/** What to do while another process holds the lock. */
export interface LockOptions {
  /** Wait until it is free, for work that is needed once whoever does it; else fail at once. */
  readonly wait?: boolean;
}

const PAUSE_MS = 200;

/**
 * Runs an operation while no other process runs one under the same lock file. The lock of a process that was killed is
 * taken over, because it names the process by id and start time.
 *
 * @throws UserError if another living process holds the lock and waiting was not asked for.
 */
export async function withLock<T>(
  file: string,
  what: string,
  operation: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  for (let holder = acquire(file); holder !== undefined; holder = acquire(file)) {
    if (!options.wait)
      throw new UserError(`${what} is being changed by process ${holder}: wait until it has ended`);
    await sleep(PAUSE_MS);
  }
  try {
    return await operation();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock; returns the process that holds it instead, if any. */
function acquire(file: string): number | undefined {
  for (;;) {
    try {
      writeFileSync(file, ownRecord(), { flag: 'wx', mode: 0o600 });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (holder !== undefined) return holder;
    rmSync(file, { force: true });
  }
}

function holderOf(file: string): number | undefined {
  try {
    const identity = parseRecord(readFileSync(file, 'utf8'));
    return isAlive(identity) ? identity?.pid : undefined;
  } catch {
    return undefined; // released a moment ago
  }
}
