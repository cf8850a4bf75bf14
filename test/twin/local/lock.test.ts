import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withLock } from '../../../twin/local/lock';

describe('withLock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
    file = join(folder, 'below', 'state.lock');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives the result of the operation and releases the lock', async () => {
    expect(await withLock(file, 'it', () => Promise.resolve(existsSync(file)))).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it('releases the lock when the operation fails', async () => {
    await expect(withLock(file, 'it', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(file)).toBe(false);
  });

  it('refuses a second holder and names the first', async () => {
    await withLock(file, 'the cloud', async () => {
      await expect(withLock(file, 'the cloud', () => Promise.resolve())).rejects.toThrow(
        `the cloud is being changed by process ${process.pid}: wait until it has ended`,
      );
      expect(existsSync(file)).toBe(true);
    });
  });

  it('is taken over from a process that was killed', async () => {
    await withLock(file, 'it', () => Promise.resolve());
    writeFileSync(
      file,
      'b1c0ffee-0000-4000-8000-000000000000\n1 (init) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n',
    );
    expect(await withLock(file, 'it', () => Promise.resolve('mine'))).toBe('mine');
  });
});
