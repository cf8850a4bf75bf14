import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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

describe('a tied program', () => {
  it('dies with a manager that is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'run-'));
    const script = join(folder, 'manager.ts');
    const module = join(__dirname, '..', '..', '..', 'twin', 'local', 'run');
    writeFileSync(
      script,
      `void require('${module}').run({ command: 'sh', args: ['-c', 'echo $$; exec sleep 60'], log: '${folder}/out', tied: true });`,
    );
    const manager = spawn(process.execPath, ['-r', join(__dirname, '..', '..', 'typescript.cjs'), script], {
      stdio: 'inherit',
    });
    const text = (): string =>
      existsSync(join(folder, 'out')) ? readFileSync(join(folder, 'out'), 'utf8') : '';
    while (!text().endsWith('\n')) await sleep(10);
    const pid = text().trim();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    manager.kill('SIGKILL');
    while (existsSync(`/proc/${pid}`)) await sleep(10);
    rmSync(folder, { recursive: true });
  });
});
