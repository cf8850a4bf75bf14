import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

import { UserError } from '../../constructs/core/errors';
import { type OnProgress, stopwatch } from './progress';
import { run } from './run';

const execute = promisify(execFile);

/** Installed Debian packages among those named, with their versions. */
export async function installedVersions(packages: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const format = '${db:Status-Status} ${Package} ${Version}\n';
  const found = new Map<string, string>();
  for (const line of (await dpkgQuery(['-W', `-f=${format}`, ...packages])).split('\n')) {
    const [status, name, version] = line.split(' ');
    if (status === 'installed' && name && version) found.set(name, version);
  }
  return found;
}

/** dpkg-query ends with 1 if any package is unknown, yet prints the others. */
async function dpkgQuery(args: readonly string[]): Promise<string> {
  try {
    return (await execute('dpkg-query', [...args], { maxBuffer: 2 ** 24 })).stdout;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException & { readonly stdout?: string };
    if (failure.code === 'ENOENT')
      throw new UserError('dpkg-query is missing: the local rehearsal needs Debian or Ubuntu');
    return failure.stdout ?? '';
  }
}

/** The packages that are not installed, in the order given. */
export async function missingOf(packages: readonly string[]): Promise<string[]> {
  const installed = await installedVersions(packages);
  return packages.filter((name) => !installed.has(name));
}

/** How to run apt: as root directly, else through sudo. */
export function aptCommand(uid: number, sudo: boolean, args: readonly string[]): readonly string[] {
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  if (uid === 0) return apt;
  if (!sudo)
    throw new UserError(
      `packages are missing, you are not root and there is no sudo. As root run: ${apt.join(' ')}`,
    );
  return ['sudo', ...apt];
}

/**
 * Installs what is missing of the packages with apt; says before whether sudo is used. Nothing is started by it.
 *
 * @throws UserError if not root and sudo is absent; ProgramError with apt's own words if apt fails.
 */
export async function installOf(
  packages: readonly string[],
  log: string,
  onProgress?: OnProgress,
): Promise<void> {
  const missing = await missingOf(packages);
  if (missing.length === 0) return;
  const say = stopwatch(onProgress);
  const uid = process.getuid?.() ?? 0;
  const sudo = existsSync('/usr/bin/sudo');
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', ...missing],
  ]) {
    const [command = '', ...rest] = aptCommand(uid, sudo, args);
    say(`${uid === 0 ? '' : 'with sudo: '}apt-get ${args.join(' ')}`);
    await run({ command, args: rest, log });
  }
  say(`${missing.length} packages installed`);
}
