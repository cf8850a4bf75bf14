import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type RootfsOptions, ensureRootfs } from './rootfs';

const execute = promisify(execFile);

/** In a private mount namespace, so that the shared root file system stays as it is. */
const CHECK =
  'mount -t tmpfs tmpfs "$1/mnt" && cp "$2" "$1/mnt/user-data" && exec chroot "$1" cloud-init schema --config-file /mnt/user-data';

/**
 * Checks user data with `cloud-init schema` of the very release that will read it on a site, not with whatever the
 * operator's machine has. Returns the faults as cloud-init words them; none if the document is valid.
 *
 * @throws UserError, ProgramError as ensureRootfs does.
 */
export async function validateUserData(
  text: string,
  options: RootfsOptions = {},
): Promise<readonly string[]> {
  const rootfs = await ensureRootfs(options);
  const folder = mkdtempSync(join(tmpdir(), 'aiinfn-user-data-'));
  try {
    const file = join(folder, 'user-data');
    writeFileSync(file, text, { mode: 0o600 });
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', CHECK, 'sh', rootfs, file];
    return await execute('unshare', args, {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    }).then(
      () => [],
      (error: unknown) => faults(error),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The faults in the output of a check that failed; rethrows what is not cloud-init's judgement. */
function faults(error: unknown): string[] {
  const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
  const found = parseFaults(`${stdout}\n${stderr}`);
  if (found.length === 0) throw error;
  return found;
}

/** Takes the faults out of what `cloud-init schema` prints: `Cloud config schema errors: path: words, path: words`. */
export function parseFaults(output: string): string[] {
  const [, message] = /^Cloud config schema errors: (.*)/ms.exec(output) ?? [];
  if (message === undefined) return [];
  const line = message.replaceAll('/mnt/user-data', 'user data').replace(/\s+/g, ' ').trim();
  return line.split(/, (?=[\w.-]+: )/);
}
