import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { PROJECT } from './engine';
import { busy } from './lock';
import { liveProcess } from './processes';

const lockSchema = z.object({
  pid: z.number(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

/** The engine's own lock on a stack, as its file backend writes it. */
export type EngineLock = z.output<typeof lockSchema> & { readonly file: string };

/** Clock ticks per second of /proc; the same on every Linux of the last twenty years (USER_HZ, proc(5)). */
const USER_HZ = 100;
/** A process that began this much after the lock was written bears a recycled id. */
const CLOCK_SLACK_S = 5;

/** Locks that engines hold, or held when they were killed, on a stack of a file backend. */
export function engineLocks(backendDir: string, stack: string): readonly EngineLock[] {
  const dir = join(backendDir, '.pulumi/locks/organization', PROJECT, stack);
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) => {
    const file = join(dir, name);
    try {
      return [{ ...lockSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), file }];
    } catch {
      return []; // Released while we looked, or the attributes file beside a lock.
    }
  });
}

/**
 * The locks whose engine has gone.
 * @throws UserError naming the holder when an engine is at work, here or on another machine
 */
export function staleLocks(locks: readonly EngineLock[]): readonly EngineLock[] {
  const held = locks.find(lives);
  if (!held) return locks;
  throw busy(`${held.username}, pid ${held.pid} on ${held.hostname}`, held.timestamp, 'pulumi', held.file);
}

function lives(lock: EngineLock): boolean {
  if (lock.hostname !== hostname()) return true; // Only that machine can tell.
  const facts = liveProcess(lock.pid);
  if (!facts) return false;
  const started = bootTime() + Number(facts.startTicks) / USER_HZ;
  return started <= Date.parse(lock.timestamp) / 1000 + CLOCK_SLACK_S;
}

/** Seconds since 1970 at which this machine was started. */
function bootTime(): number {
  return Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0);
}
