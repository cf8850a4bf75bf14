import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../local/run';

/**
 * Waits until its standard input ends, which is when this process has released the folder or was killed, and removes the
 * folder; the builder may need a moment to die, hence the attempts.
 */
const REMOVE_AT_END =
  'cat >/dev/null; for i in $(seq 100); do rm -rf -- "$1" && exit 0; sleep 0.1; done 2>/dev/null';

/**
 * Gives an operation a working folder that is gone afterwards, also when this process is killed. What a fallen machine
 * has left is removed first; the caller holds the lock that makes it nobody else's.
 */
export async function withWorkFolder<T>(
  parent: string,
  operation: (folder: string) => Promise<T>,
): Promise<T> {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(parent)) rmSync(join(parent, left), { recursive: true, force: true });
  const folder = mkdtempSync(join(parent, 'build-'));
  // A session of its own: Ctrl-C in the terminal must not reach it.
  const remover = spawn('sh', ['-c', REMOVE_AT_END, 'sh', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    return await operation(folder);
  } finally {
    const gone = once(remover, 'exit');
    remover.stdin.end();
    await gone;
  }
}

/**
 * Runs a shell script in mount and process namespaces of its own. The kernel ends every process in it and releases every
 * mount when the script ends or this process dies.
 *
 * @throws ProgramError with the last words of the log if the script does not end with 0.
 */
export async function runIsolated(script: string, args: readonly string[], log: string): Promise<void> {
  const namespaces = [
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  await run({ command: 'unshare', args: [...namespaces, 'sh', script, ...args], log, tied: true });
}
