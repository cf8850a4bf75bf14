import { readFileSync, readdirSync } from 'node:fs';

/** What /proc says of a process: its group, its state and when it began (clock ticks since boot: with the id, unique). */
export interface ProcessFacts {
  readonly pid: number;
  readonly group: number;
  readonly state: string;
  readonly startTicks: string;
}

/** Parses one /proc/PID/stat line; the command's name, in brackets, may hold blanks and brackets itself. */
export function parseStat(line: string): ProcessFacts | undefined {
  const match = /^(\d+) \(.*\) (\S) (.*)$/s.exec(line.trim());
  const fields = match?.[3]?.split(' ') ?? [];
  // proc(5): after the state come ppid, pgrp, ...; starttime is field 22, the 19th after the state.
  if (!match || fields.length < 19) return undefined;
  return {
    pid: Number(match[1]),
    state: match[2] ?? '',
    group: Number(fields[1]),
    startTicks: fields[18] ?? '',
  };
}

/** Facts of a live process; undefined where it has gone or is a zombie that only waits to be reaped. */
export function liveProcess(pid: number): ProcessFacts | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // The process ended between two looks: that is the answer.
  }
  const facts = parseStat(line);
  return facts && facts.state !== 'Z' && facts.state !== 'X' ? facts : undefined;
}

/** Live members of a process group. */
export function groupMembers(group: number): readonly ProcessFacts[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids
    .map((pid) => liveProcess(Number(pid)))
    .filter((facts) => facts?.group === group) as ProcessFacts[];
}

/**
 * Kills what an engine left behind in its process group (language host, provider plugins), after the engine itself
 * has gone. An id stays reserved while a group bears it, so nobody else's processes can be meant.
 * @returns how many processes were killed
 */
export async function killOrphans(group: number): Promise<number> {
  if (group <= 1 || liveProcess(group)) return 0;
  const orphans = groupMembers(group);
  for (const orphan of orphans) killQuietly(orphan.pid);
  for (let tries = 0; tries < 50 && groupMembers(group).length > 0; tries++) await pause(100);
  return orphans.length;
}

/** Waits the given number of milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone by itself meanwhile.
  }
}
