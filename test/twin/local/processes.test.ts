import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  type Daemon,
  isAlive,
  parseRecord,
  recorded,
  residentMiB,
  startDaemon,
  statFields,
  stopDaemon,
} from '../../../twin/local/processes';

const BOOT = 'b1c0ffee-0000-4000-8000-000000000000';
const STAT =
  '4242 (a (very) odd name) S 1 4242 4242 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000000 2560 18446744073709551615';

describe('identity of a process', () => {
  it('is read behind the last bracket, whatever the program calls itself', () => {
    expect(statFields(STAT)[0]).toBe('S');
    expect(parseRecord(`${BOOT}\n${STAT}\n`)).toEqual({ bootId: BOOT, pid: 4242, startTicks: '987654' });
  });

  it.each([
    ['nothing', ''],
    ['half a record', BOOT],
    ['a stat line cut short', `${BOOT}\n4242 (sleep) S 1`],
  ])('is unknown in %s', (_, text) => {
    expect(parseRecord(text)).toBeUndefined();
  });
});

describe('daemons', () => {
  let folder: string;
  const daemon = (script: string): Daemon => ({
    name: 'job',
    command: 'sh',
    args: ['-c', script],
    env: { PATH: process.env['PATH'] },
    log: join(folder, 'job.out'),
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'daemons-'))));
  afterEach(async () => {
    await stopDaemon(folder, 'job');
    rmSync(folder, { recursive: true });
  });

  it('run under the identity that was recorded before they began', async () => {
    await startDaemon(folder, daemon(`echo $$ >${folder}/pid; exec sleep 60`));
    const identity = recorded(folder, 'job');
    expect(isAlive(identity)).toBe(true);
    while (!existsSync(join(folder, 'pid')) || readFileSync(join(folder, 'pid'), 'utf8') === '')
      await sleep(5);
    expect(identity?.pid).toBe(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  });

  it('are started once', async () => {
    await startDaemon(folder, daemon('exec sleep 60'));
    const first = recorded(folder, 'job');
    await startDaemon(folder, daemon('exec sleep 60'));
    expect(recorded(folder, 'job')).toEqual(first);
  });

  it('are started again after they were killed', async () => {
    await startDaemon(folder, daemon('exec sleep 60'));
    const first = recorded(folder, 'job');
    process.kill(first?.pid ?? 0, 'SIGKILL');
    while (isAlive(first)) await sleep(5);
    await startDaemon(folder, daemon('exec sleep 60'));
    expect(recorded(folder, 'job')?.pid).not.toBe(first?.pid);
  });

  it('that ignore a polite request are ended with their children, and forgotten', async () => {
    await startDaemon(
      folder,
      daemon(`trap '' TERM; sleep 60 & echo $! >${folder}/child; while :; do sleep 0.1; done`),
    );
    const identity = recorded(folder, 'job');
    while (!existsSync(join(folder, 'child')) || readFileSync(join(folder, 'child'), 'utf8') === '')
      await sleep(5);
    const child = readFileSync(join(folder, 'child'), 'utf8').trim();
    await stopDaemon(folder, 'job', 0.2);
    expect(isAlive(identity)).toBe(false);
    expect(recorded(folder, 'job')).toBeUndefined();
    await ended(child);
  }, 30_000);

  it('are left alone if the recorded id belongs to another process by now', async () => {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const other = statFields(stat);
    other[19] = '1'; // started at another time than the process that has this id
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    writeFileSync(join(folder, 'job.process'), `${boot}${process.pid} (node) ${other.join(' ')}\n`);
    await stopDaemon(folder, 'job');
    expect(existsSync(`/proc/${process.pid}`)).toBe(true);
  });

  it('of an earlier boot are not taken for running ones', () => {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = readFileSync('/proc/self/stat', 'utf8');
    expect(isAlive(parseRecord(boot + stat))).toBe(true);
    expect(isAlive(parseRecord(`${BOOT}\n${stat}`))).toBe(false);
  });

  it('that cannot be recorded fail to start', async () => {
    await expect(startDaemon(join(folder, 'absent'), daemon('exec sleep 60'))).rejects.toThrow(
      'job could not be started',
    );
  });

  it('have a resident size while they run', async () => {
    await startDaemon(folder, {
      ...daemon(''),
      command: process.execPath,
      args: ['-e', 'setTimeout(() => {}, 60000)'],
    });
    const identity = recorded(folder, 'job');
    while (residentMiB(identity) < 10) await sleep(5);
    await stopDaemon(folder, 'job');
    expect(residentMiB(identity)).toBe(0);
  });
});

async function ended(pid: string): Promise<void> {
  const state = (): string | undefined =>
    existsSync(`/proc/${pid}/stat`) ? statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'))[0] : undefined;
  while (state() !== undefined && state() !== 'Z') await sleep(5);
}
