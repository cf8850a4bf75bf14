import { spawnSync } from 'node:child_process';

import type { Progress } from './programs';

/** Debian packages by what needs them. Only libraries, cores and command-line programs: none starts a daemon when installed. */
export const SYSTEM_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'the lab OpenStack': [
    'python3-keystone',
    'python3-glance',
    'python3-placement',
    'python3-nova',
    'python3-neutron',
    'python3-cinder',
    'python3-octavia',
    'python3-barbican',
    'python3-pymysql',
    'mariadb-server-core',
    'mariadb-client-core',
    'uwsgi-core',
    'uwsgi-plugin-python3',
  ],
  'end-to-end tests': ['cloud-init', 'systemd-container', 'mmdebstrap', 'docker-registry'],
};

/** Packages of a purpose that are not installed. */
export function missingPackages(purpose: string): readonly string[] {
  const wanted = SYSTEM_PACKAGES[purpose] ?? [];
  const query = spawnSync('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\\n', ...wanted], { encoding: 'utf8' });
  if (query.error) throw new Error('dpkg-query is not here: the embedded default needs Debian 12 or Ubuntu');
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

/**
 * Installs what is missing with apt; uses sudo only when not root, and says so before.
 * @throws Error with apt's last lines when the installation fails
 */
export function ensureSystemPackages(purpose: string, progress: Progress): void {
  const missing = missingPackages(purpose);
  if (missing.length === 0) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  progress(`${purpose}: installing ${missing.length} Debian packages${sudo.length > 0 ? ' with sudo' : ''}: ${missing.join(' ')}`);
  apt(sudo, ['update', '-q']);
  apt(sudo, ['install', '-y', '-q', '--no-install-recommends', ...missing]);
}

function apt(sudo: readonly string[], args: readonly string[]): void {
  const [command = 'env', ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  const run = spawnSync(command, rest, { encoding: 'utf8', stdio: ['inherit', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
  if (run.status !== 0) throw new Error(`apt-get ${args[0] ?? ''} failed:\n${`${run.stdout}${run.stderr}`.slice(-2000)}`);
}
