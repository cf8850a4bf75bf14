import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ProgramError } from '../local/errors';
import { isAlive, ownRecord, parseRecord, recorded, startDaemon, stopDaemon } from '../local/processes';
import { type Say, stopwatch } from '../local/progress';
import { checkoutRoot } from '../local/root';
import { type RootfsOptions, ensureRootfs, machineCache } from './rootfs';

/** A machine to boot once with first-boot instructions. */
export interface MachineOptions extends RootfsOptions {
  readonly userData: string;
  /** Host name and instance id as the cloud would give them. Default `machine` and a new id. */
  readonly metaData?: { readonly hostname?: string; readonly instanceId?: string };
  /** cloud-init's network configuration, version 2. Default: none is applied, as the machine has the loopback interface only. */
  readonly networkConfig?: string;
  /**
   * Programs by name that come first on PATH in the machine, as shell text. The machine has no way out, so what would
   * download something (curl, apt-get update, an installer) is given by the test; what it must be asked is the test's to say.
   */
  readonly stubs?: Readonly<Record<string, string>>;
  /** Folder of what machines write while they run; those left by killed owners are removed from it. Default: in the cache. */
  readonly runsDir?: string;
  /** Default 180: how long cloud-init may take. */
  readonly timeoutSeconds?: number;
}

/** How cloud-init ended. */
export interface CloudInitStatus {
  /** `done`, or `error` if any part of the instructions failed. */
  readonly status: string;
  /** cloud-init's own account of what failed. */
  readonly errors: readonly string[];
  /** Lines of its log at level WARNING and above: it skips what it cannot read and still says `done`. */
  readonly warnings: readonly string[];
}

/** Outcome of a command in the machine. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine that has gone through its first boot. */
export interface Machine {
  readonly status: CloudInitStatus;
  /** Runs a command in the machine as root; a list is not read by any shell. */
  exec(command: readonly string[]): Promise<ExecResult>;
  /** Text of a file of the machine. Throws ProgramError if it cannot be read. */
  readFile(path: string): Promise<string>;
  /** Ends the machine and removes everything of it. */
  stop(): Promise<void>;
}

/**
 * Boots a Debian root file system with systemd and cloud-init as a system container, with these first-boot instructions,
 * and waits until cloud-init has ended. It shows what the instructions do to a machine: users, files, units, commands.
 * It is no virtual machine: the kernel is the operator's, there is no disk, no card and no network but loopback.
 *
 * @throws UserError if not root or programs are missing; ProgramError if the machine does not boot or cloud-init does
 * not end. Instructions that fail are no exception: the status says so.
 */
export async function runMachine(options: MachineOptions): Promise<Machine> {
  const say = stopwatch(options.onProgress);
  const runs = options.runsDir ?? join(machineCache(options), 'run');
  await sweepMachines(runs);
  const rootfs = await ensureRootfs(options);
  const name = `aiinfn-${randomBytes(6).toString('hex')}`;
  const folder = join(runs, name);
  prepare(folder, name, options);
  try {
    say('booting');
    const script = join(checkoutRoot(), 'twin', 'machine', 'boot.sh');
    // Tied to this process: a machine never outlives the test that booted it, even one that is killed.
    const args = ['--pdeathsig', 'KILL', 'sh', script, name, rootfs, folder];
    await startDaemon(folder, {
      name: 'machine',
      command: 'setpriv',
      args,
      env: BOOT_ENV,
      log: consoleOf(folder),
    });
    const pid = await firstProcess(folder);
    const status = await cloudInit(folder, pid, options.timeoutSeconds ?? 180, say);
    return handle(folder, pid, status);
  } catch (error) {
    await remove(folder);
    throw error;
  }
}

const POLL_MS = 200;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const BOOT_ENV = { PATH, LC_ALL: 'C.UTF-8' };
const consoleOf = (folder: string): string => join(folder, 'console.log');
const OWNER = 'owner';

function prepare(folder: string, name: string, options: MachineOptions): void {
  for (const part of ['upper', 'work', 'root', 'seed', 'stubs'])
    mkdirSync(join(folder, part), { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, OWNER), ownRecord());
  const { hostname = 'machine', instanceId = name } = options.metaData ?? {};
  const seed = {
    'user-data': options.userData,
    'meta-data': JSON.stringify({ 'instance-id': instanceId, 'local-hostname': hostname }),
    'network-config': options.networkConfig ?? 'config: disabled\n',
  };
  for (const [file, text] of Object.entries(seed))
    writeFileSync(join(folder, 'seed', file), text, { mode: 0o600 });
  for (const [file, text] of Object.entries(options.stubs ?? {}))
    writeFileSync(join(folder, 'stubs', file), text, { mode: 0o755 });
}

/** Process id, seen from outside, of the machine's own process 1. */
async function firstProcess(folder: string): Promise<number> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const machine = recorded(folder, 'machine');
    if (machine === undefined || !isAlive(machine))
      throw new ProgramError('the machine ended at its start', [consoleOf(folder)]);
    const found = descendants(machine.pid).find((pid) => innerPid(pid) === 1);
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new ProgramError('the machine has no first process after 60 s', [consoleOf(folder)]);
}

function descendants(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Process id inside the innermost of three process namespaces: ours, the one around the machine, its own (proc(5), NSpid). */
function innerPid(pid: number): number | undefined {
  const ids = /^NSpid:\s*(.*)$/m.exec(read(`/proc/${pid}/status`))?.[1]?.split(/\s+/) ?? [];
  return ids.length > 2 ? Number(ids.at(-1)) : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended meanwhile
  }
}

async function cloudInit(
  folder: string,
  pid: number,
  timeoutSeconds: number,
  say: Say,
): Promise<CloudInitStatus> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (let told = ''; Date.now() < deadline;) {
    await sleep(POLL_MS);
    if (!isAlive(recorded(folder, 'machine')))
      throw new ProgramError('the machine ended while cloud-init ran', [consoleOf(folder)]);
    const report = parseStatus((await enter(pid, ['cloud-init', 'status', '--format', 'json'])).stdout);
    if (report.status === 'done' || report.status === 'error') {
      say(`cloud-init: ${report.status}`);
      const log = await enter(pid, ['cat', '/var/log/cloud-init.log']);
      return { status: report.status, errors: report.errors, warnings: warningsOf(log.stdout) };
    }
    const stage = report.stage === told ? '' : report.stage;
    if (stage !== '') say(`cloud-init: stage ${stage}`);
    told = report.stage;
  }
  const output = (await enter(pid, ['tail', '-n', '15', '/var/log/cloud-init-output.log'])).stdout;
  throw new ProgramError(
    `cloud-init has not ended after ${timeoutSeconds} s; its output ends with\n${output}`,
    [consoleOf(folder)],
  );
}

/** Reads `cloud-init status --format json`; before cloud-init has begun there is no answer. */
export function parseStatus(text: string): {
  readonly status: string;
  readonly stage: string;
  readonly errors: readonly string[];
} {
  try {
    const report = JSON.parse(text) as {
      status?: string;
      detail?: string;
      errors?: string[];
      last_update?: string;
    };
    return { status: report.status ?? 'unknown', stage: report.detail ?? '', errors: report.errors ?? [] };
  } catch {
    return { status: 'unknown', stage: '', errors: [] };
  }
}

/** Lines of cloud-init's log at level WARNING and above, without time stamps. */
export function warningsOf(log: string): string[] {
  return [...log.matchAll(/^[-\d]+ [:,.\d]+ - (\S+\[(?:WARNING|ERROR|CRITICAL)\]: .*)$/gm)].map(
    (match) => match[1] ?? '',
  );
}

/** Runs a program in every namespace of the machine, with an environment of its own. */
function enter(pid: number, command: readonly string[]): Promise<ExecResult> {
  const clean = ['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'LC_ALL=C.UTF-8'];
  const args = ['--target', String(pid), '--all', '--wd', ...clean, ...command];
  return new Promise((resolve) => {
    execFile('nsenter', args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({ code, stdout, stderr });
    });
  });
}

function handle(folder: string, pid: number, status: CloudInitStatus): Machine {
  return {
    status,
    exec: (command) => enter(pid, command),
    readFile: async (path) => {
      const { code, stdout, stderr } = await enter(pid, ['cat', path]);
      if (code !== 0) throw new ProgramError(`no ${path} in the machine: ${stderr.trim()}`);
      return stdout;
    },
    stop: () => remove(folder),
  };
}

/** Ends a machine, as a power cut does, and removes its folder and control groups. */
async function remove(folder: string): Promise<void> {
  await stopDaemon(folder, 'machine', 0);
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  for (const hierarchy of ['systemd', 'unified', '.'])
    await removeGroup(join('/sys/fs/cgroup', hierarchy, name));
  rmSync(folder, { recursive: true, force: true });
}

/** Control groups go from the inside out, and only once the kernel has buried the processes in them. */
async function removeGroup(group: string): Promise<void> {
  if (!existsSync(group)) return;
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of inner) await removeGroup(join(group, name));
  for (let attempt = 0; existsSync(group); attempt++) {
    try {
      rmdirSync(group);
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(50);
    }
  }
}

/** Removes machines whose owner has ended without doing so; those of living owners are left alone. */
export async function sweepMachines(runs: string): Promise<void> {
  if (!existsSync(runs)) return;
  for (const name of readdirSync(runs)) {
    const owner = parseRecord(read(join(runs, name, OWNER)));
    if (!isAlive(owner)) await remove(join(runs, name));
  }
}
