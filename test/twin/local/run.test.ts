import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from '../../../twin/local/run';

describe('run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'run-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('keeps what the program says, and adds to what an earlier one said', async () => {
    const log = join(folder, 'out');
    await run({ command: 'echo', args: ['one'], log });
    await run({
      command: 'sh',
      args: ['-c', 'echo $WORD >&2'],
      env: { PATH: process.env['PATH'], WORD: 'two' },
      log,
    });
    expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n');
  });

  it('fails with the status and the words of a program that fails', async () => {
    const log = join(folder, 'out');
    await expect(run({ command: 'sh', args: ['-c', 'echo no disk; exit 3'], log })).rejects.toThrow(
      /^sh -c .*: ended with 3\nlast lines of .*\n {2}no disk$/s,
    );
  });

  it('fails when the program is killed', async () => {
    await expect(
      run({ command: 'sh', args: ['-c', 'kill -9 $$'], log: join(folder, 'out') }),
    ).rejects.toThrow('ended with SIGKILL');
  });

  it('fails when the program does not exist', async () => {
    await expect(run({ command: '/no/such/program', args: [], log: join(folder, 'out') })).rejects.toThrow(
      'ENOENT',
    );
  });
});
