import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ProgramError } from './errors';

/** A process as the kernel identifies it: ids are reused, the pair of id and start time is not until the next boot. */
export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** Clock ticks between boot and the start of the process (proc(5), stat field 22). */
  readonly startTicks: string;
}

/** A long-running program to start in the background. */
export interface Daemon {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Receives standard output and error. */
  readonly log: string;
}

/**
 * The child writes its own identity before it becomes the program, so there is no moment in which the program runs and
 * a killed manager has left no record of it. The file appears complete or not at all.
 */
const RECORD_THEN_RUN = [
  'ulimit -n 8192 2>/dev/null || true',
  'cat /proc/sys/kernel/random/boot_id "/proc/$$/stat" >"$1.new" && mv "$1.new" "$1" || exit 97',
  'shift; exec "$@"',
].join('\n');

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const STATE = 0;
const RESIDENT_PAGES = 21;
const START_TICKS = 19;
const PAGE_BYTES = 4096;
/** What the services need at most to end by themselves; nova gives its requests three seconds. */
const GRACE_SECONDS = 10;

/** Fields of a stat line behind the program's name, which may itself hold spaces and brackets (proc(5)). */
export function statFields(line: string): string[] {
  return line
    .slice(line.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
}

/** Reads a record: the boot's id on the first line, the process's stat line on the second. */
export function parseRecord(text: string): ProcessIdentity | undefined {
  const [bootId, stat] = text.split('\n');
  const pid = Number.parseInt(stat ?? '', 10);
  const startTicks = stat === undefined ? undefined : statFields(stat)[START_TICKS];
  return bootId && startTicks && pid > 0 ? { bootId, pid, startTicks } : undefined;
}

/** The record that a daemon has left in a folder, whether or not it still runs. */
export function recorded(folder: string, name: string): ProcessIdentity | undefined {
  const file = recordFile(folder, name);
  return existsSync(file) ? parseRecord(readFileSync(file, 'utf8')) : undefined;
}

/** The record of this process itself, in the form parseRecord reads. */
export function ownRecord(): string {
  return readFileSync(BOOT_ID, 'utf8') + readFileSync('/proc/self/stat', 'utf8');
}

/** True while exactly that process runs: same boot, same start time, not a zombie. */
export function isAlive(identity: ProcessIdentity | undefined): boolean {
  return identity !== undefined && liveFields(identity) !== undefined;
}

/** Resident memory of a running process in MiB; 0 if it is gone. */
export function residentMiB(identity: ProcessIdentity | undefined): number {
  const pages = identity === undefined ? undefined : liveFields(identity)?.[RESIDENT_PAGES];
  return Math.round((Number(pages ?? 0) * PAGE_BYTES) / 2 ** 20);
}

function liveFields(identity: ProcessIdentity): string[] | undefined {
  const fields = currentFields(identity.pid);
  const same = fields?.[START_TICKS] === identity.startTicks && fields[STATE] !== 'Z';
  return same && readFileSync(BOOT_ID, 'utf8').trim() === identity.bootId ? fields : undefined;
}

function currentFields(pid: number): string[] | undefined {
  try {
    return statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined; // no such process
  }
}

const recordFile = (folder: string, name: string): string => join(folder, `${name}.process`);

/**
 * Starts a daemon in a session of its own, unless the recorded one still runs. Returns when it is recorded.
 *
 * @throws ProgramError if it could not be started.
 */
export async function startDaemon(folder: string, daemon: Daemon): Promise<void> {
  if (isAlive(recorded(folder, daemon.name))) return;
  const record = recordFile(folder, daemon.name);
  rmSync(record, { force: true });
  const log = openSync(daemon.log, 'a', 0o600);
  const child = spawn('/bin/sh', ['-c', RECORD_THEN_RUN, 'sh', record, daemon.command, ...daemon.args], {
    detached: true,
    env: daemon.env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const failed = new Promise<'failed'>((resolve) =>
    child
      .once('exit', () => {
        resolve('failed');
      })
      .once('error', () => {
        resolve('failed');
      }),
  );
  while (!existsSync(record)) {
    if ((await Promise.race([failed, sleep(5)])) === 'failed' && !existsSync(record)) {
      throw new ProgramError(`${daemon.name} could not be started`, [daemon.log]);
    }
  }
}

/** Ends a recorded daemon and what it has started: first politely, after a time by force. Forgets the record. */
export async function stopDaemon(folder: string, name: string, graceSeconds = GRACE_SECONDS): Promise<void> {
  const identity = recorded(folder, name);
  if (identity !== undefined && isAlive(identity)) await end(identity, graceSeconds);
  rmSync(recordFile(folder, name), { force: true });
}

async function end(identity: ProcessIdentity, graceSeconds: number): Promise<void> {
  signal(identity.pid, 'SIGTERM');
  for (let waited = 0; isAlive(identity) && waited < graceSeconds * 1000; waited += 50) await sleep(50);
  // The daemon leads its own process group: what is left of it, children included, goes at once.
  signal(-identity.pid, 'SIGKILL');
  while (isAlive(identity)) await sleep(20);
}

function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: it has just ended by itself
  }
}
