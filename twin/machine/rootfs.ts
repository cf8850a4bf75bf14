import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { UserError } from '../../constructs/core/errors';
import { withLock } from '../local/lock';
import { missingOf } from '../local/packages';
import { type OnProgress, stopwatch } from '../local/progress';
import { run } from '../local/run';

/** Packages of the operator's own machine without which no test machine can be made or booted. */
export const HOST_PACKAGES: readonly string[] = ['mmdebstrap', 'systemd-container'];

/** What a Debian cloud image carries of the programs that first-boot instructions speak to. */
const BASE = [
  'systemd-sysv',
  'systemd-resolved',
  'udev',
  'dbus',
  'cloud-init',
  'netplan.io',
  'openssh-server',
  'sudo',
  'iproute2',
  'ca-certificates',
  'python3',
  'cloud-guest-utils',
  'e2fsprogs',
  'locales',
];
/** The release of the sites' image `debian-12`. */
const SUITE = 'bookworm';
/** Where cloud-init looks for instructions: the folder that runMachine fills, nothing on a network. */
const SOURCES = 'datasource_list: [ NoCloud, None ]';
/** Root file systems to keep, about 450 MB each. */
const KEEP = 2;

/** What a root file system holds and where it is kept. */
export interface RootfsOptions {
  /** Debian packages beside the base, for example those the user data installs. */
  readonly packages?: readonly string[];
  /** Default `~/.cache/aiinfn/machine`. */
  readonly cacheDir?: string;
  readonly onProgress?: OnProgress;
}

/** The folder of everything about machines. */
export const machineCache = (options: RootfsOptions): string =>
  options.cacheDir ?? join(homedir(), '.cache', 'aiinfn', 'machine');

/** The command that makes a root file system; its text is the key of the cache. */
export function bootstrapCommand(packages: readonly string[], target: string): readonly string[] {
  const include = [...new Set([...BASE, ...packages])].sort().join(',');
  const customise = [
    `printf '%s\\n' '${SOURCES}' >"$1/etc/cloud/cloud.cfg.d/90_sources.cfg"`,
    ': >"$1/etc/fstab"',
    'rm -f "$1"/etc/ssh/ssh_host_*',
    ': >"$1/etc/machine-id"',
  ].join('; ');
  return [
    'mmdebstrap',
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    `--include=${include}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Apt::Install-Recommends "false"',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    `--customize-hook=${customise}`,
    SUITE,
    target,
  ];
}

/** Name of the cached root file system. */
export function rootfsKey(packages: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify(bootstrapCommand(packages, '')))
    .digest('hex')
    .slice(0, 16);
}

/**
 * The folder of a Debian root file system, made once with mmdebstrap from Debian's own mirrors.
 *
 * @throws UserError if not root or programs are missing; ProgramError with mmdebstrap's words if it fails.
 */
export async function ensureRootfs(options: RootfsOptions): Promise<string> {
  if (process.getuid?.() !== 0)
    throw new UserError('test machines need root: they mount a root file system and boot systemd in it');
  const missing = await missingOf(HOST_PACKAGES);
  if (missing.length > 0) throw new UserError(`Debian packages are missing: ${missing.join(' ')}`);
  const packages = options.packages ?? [];
  const roots = join(machineCache(options), 'root');
  const ready = join(roots, rootfsKey(packages));
  const build = async (): Promise<void> => {
    if (!existsSync(ready)) await buildRootfs(packages, roots, ready, options.onProgress);
  };
  if (!existsSync(ready))
    await withLock(`${ready}.lock`, 'the root file system of test machines', build, { wait: true });
  return ready;
}

async function buildRootfs(
  packages: readonly string[],
  roots: string,
  ready: string,
  onProgress?: OnProgress,
): Promise<void> {
  const say = stopwatch(onProgress);
  say('making the root file system of test machines, about a minute, once');
  const draft = `${ready}.new`;
  const log = `${ready}.log`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(roots, { recursive: true, mode: 0o700 });
  // In a mount namespace of its own: what mmdebstrap mounts in the folder is never seen by the removal above.
  const args = ['--mount', '--propagation', 'private', ...bootstrapCommand(packages, draft)];
  await run({ command: 'unshare', args, log, tied: true });
  renameSync(draft, ready);
  rmSync(log);
  for (const old of oldRoots(roots)) rmSync(old, { recursive: true, force: true });
  say('root file system made');
}

function oldRoots(roots: string): string[] {
  const entries = readdirSync(roots)
    .filter((name) => /^[0-9a-f]{16}$/.test(name))
    .map((name) => ({ path: join(roots, name), made: statSync(join(roots, name)).ctimeMs }));
  return entries
    .sort((a, b) => b.made - a.made)
    .slice(KEEP)
    .map((entry) => entry.path);
}
