import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { UserError } from '../../constructs/core/errors';
import { isAlive, parseRecord } from './processes';

/**
 * Runs an operation while no other process runs one under the same lock file. The lock of a process that was killed is
 * taken over, because it names the process by id and start time.
 *
 * @throws UserError if another living process holds the lock.
 */
export async function withLock<T>(file: string, what: string, operation: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  acquire(file, what);
  try {
    return await operation();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file: string, what: string): void {
  for (;;) {
    try {
      writeFileSync(file, ownRecord(), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (holder !== undefined)
      throw new UserError(`${what} is being changed by process ${holder}: wait until it has ended`);
    rmSync(file, { force: true });
  }
}

function ownRecord(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readFileSync('/proc/self/stat', 'utf8');
}

function holderOf(file: string): number | undefined {
  try {
    const identity = parseRecord(readFileSync(file, 'utf8'));
    return isAlive(identity) ? identity?.pid : undefined;
  } catch {
    return undefined; // released a moment ago
  }
}
