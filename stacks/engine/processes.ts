import { readFileSync, readdirSync } from 'node:fs';

/** What /proc says of a process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly state: string;
  /** When it began, in clock ticks since boot: with the id, unique. */
  readonly startTicks: string;
}

/** Parses one /proc/PID/stat line; the command's name, in brackets, may hold blanks and brackets itself. */
export function parseStat(line: string): ProcessFacts | undefined {
  const match = /^(\d+) \(.*\) (\S) (.*)$/s.exec(line.trim());
  const fields = match?.[3]?.split(' ') ?? [];
  // proc(5): after the state come ppid, pgrp, session, ...; starttime is field 22, the 19th after the state.
  if (!match || fields.length < 19) return undefined;
  const [parent, , session] = fields.map(Number);
  return {
    pid: Number(match[1]),
    parent: parent ?? 0,
    session: session ?? 0,
    state: match[2] ?? '',
    startTicks: fields[18] ?? '',
  };
}

/** Facts of a live process; undefined where it has gone or is a zombie that only waits to be reaped. */
export function liveProcess(pid: number): ProcessFacts | undefined {
  const facts = parseStat(readQuietly(`/proc/${pid}/stat`));
  return facts && facts.state !== 'Z' && facts.state !== 'X' ? facts : undefined;
}

/** Whether an argument of a plugin's command line is the address of an engine: host and port. */
const ENGINE_ADDRESS = /^127\.0\.0\.1:(\d+)$/;
/** First process of every system; it inherits processes whose parent was killed. */
const INIT = 1;

/** What to look for after an engine was killed. */
export interface Orphanage {
  readonly processes: readonly ProcessFacts[];
  /** Command line of a process. */
  readonly argumentsOf: (pid: number) => readonly string[];
  /** TCP ports that some process listens on. */
  readonly listening: ReadonlySet<number>;
}

/**
 * What an engine left behind: every process of its session (an engine that we start has one of its own, its plugins
 * only make process groups), the plugins whose engine's port nobody listens on any more (of an engine that was started
 * from a terminal), and all their descendants. Pure.
 */
export function orphansOf(engine: number, seen: Orphanage): readonly ProcessFacts[] {
  const dead = (process: ProcessFacts): boolean => {
    if (process.parent !== INIT) return false;
    const [program = '', ...args] = seen.argumentsOf(process.pid);
    const port = args.map((arg) => ENGINE_ADDRESS.exec(arg)?.[1]).find((found) => found !== undefined);
    return /(^|\/)pulumi-[a-z]/.test(program) && port !== undefined && !seen.listening.has(Number(port));
  };
  const found = new Map(seen.processes.filter((p) => p.session === engine || dead(p)).map((p) => [p.pid, p]));
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const p of seen.processes) if (found.has(p.parent)) found.set(p.pid, p);
  }
  return [...found.values()];
}

/**
 * Kills what a killed engine left running (language host, program, provider plugins): they would go on creating things.
 * @returns how many processes were killed
 */
export async function killOrphans(engine: number): Promise<number> {
  if (engine <= INIT || liveProcess(engine)) return 0;
  const orphans = orphansOf(engine, lookAround());
  for (const orphan of orphans) killQuietly(orphan.pid);
  for (let tries = 0; tries < 50 && orphans.some(({ pid }) => liveProcess(pid)); tries++) await pause(100);
  return orphans.length;
}

/** Waits the given number of milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function lookAround(): Orphanage {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return {
    processes: pids.map((pid) => liveProcess(Number(pid))).filter((facts) => facts !== undefined),
    argumentsOf: (pid) => readQuietly(`/proc/${pid}/cmdline`).split('\0'),
    listening: new Set([...listeningPorts('/proc/net/tcp'), ...listeningPorts('/proc/net/tcp6')]),
  };
}

/** proc_net_tcp(5): the second column is address:port in hexadecimal, the fourth the state; 0A is LISTEN. */
function listeningPorts(table: string): readonly number[] {
  return readQuietly(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A')
    .map((columns) => parseInt(columns[1]?.split(':')[1] ?? '0', 16));
}

/** Content of a file of /proc; empty where its process ended between two looks. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone by itself meanwhile.
  }
}
