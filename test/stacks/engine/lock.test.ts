import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { UserError } from '../../../constructs/core/errors';
import { engineLocks, staleLocks, type EngineLock } from '../../../stacks/engine/engine-lock';
import { takeRunLock } from '../../../stacks/engine/lock';
import { liveProcess } from '../../../stacks/engine/processes';

/** Id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the lock of a whole run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  const file = join(folder, 'runs/lab.lock');
  afterEach(() => {
    rmSync(file, { force: true });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const hold = (holder: object): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify({
        startTicks: '1',
        host: hostname(),
        since: '2026-01-01T00:00:00Z',
        operation: 'up',
        ...holder,
      }),
    );
  };

  it('is free at first, and again after its release', () => {
    takeRunLock(file, 'up').release();
    expect(existsSync(file)).toBe(false);
    const lock = takeRunLock(file, 'preview');
    expect(lock.stale).toBeUndefined();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, operation: 'preview' });
    lock.release();
  });

  it('tells a second run who works since when', () => {
    const lock = takeRunLock(file, 'up');
    expect(() => takeRunLock(file, 'destroy')).toThrow(
      new RegExp(`held by pid ${process.pid} on ${hostname()} since 20.*\\(up\\)`),
    );
    expect(() => takeRunLock(file, 'destroy')).toThrow(UserError);
    lock.release();
  });

  it('is taken over from a process that has gone', async () => {
    const pid = await endedPid();
    hold({ pid });
    const lock = takeRunLock(file, 'up');
    expect(lock.stale?.pid).toBe(pid);
    lock.release();
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  it('is taken over when the id was given to another process since', () => {
    hold({ pid: process.pid, startTicks: '1' });
    const lock = takeRunLock(file, 'up');
    expect(lock.stale?.pid).toBe(process.pid);
    lock.release();
  });

  it('is respected when its holder is on another machine', async () => {
    hold({ pid: await endedPid(), host: 'elsewhere' });
    expect(() => takeRunLock(file, 'up')).toThrow(/on elsewhere since 2026-01-01/);
  });

  it('is taken over when its content is no holder', () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{"pid"');
    expect(takeRunLock(file, 'up').stale).toBeUndefined();
  });
});

describe('the engine’s own lock', () => {
  const backend = mkdtempSync(join(tmpdir(), 'backend-'));
  const dir = join(backend, '.pulumi/locks/organization/ai-infn/lab');
  afterAll(() => {
    rmSync(backend, { recursive: true });
  });
  const lockOf = (over: Partial<EngineLock>): EngineLock => ({
    pid: process.pid,
    username: 'operator',
    hostname: hostname(),
    timestamp: new Date().toISOString(),
    file: 'lock.json',
    ...over,
  });

  it('is read from the file backend; there is none before the first run', () => {
    expect(engineLocks(backend, 'lab')).toEqual([]);
    mkdirSync(dir, { recursive: true });
    const { file: _, ...content } = lockOf({});
    writeFileSync(join(dir, 'a.json'), JSON.stringify(content));
    writeFileSync(join(dir, 'a.json.attrs'), '{}');
    expect(engineLocks(backend, 'lab')).toEqual([{ ...content, file: join(dir, 'a.json') }]);
  });

  it('of a live engine stops the run, naming user, process and time', () => {
    const timestamp = new Date(Date.now() + 1000).toISOString();
    expect(() => staleLocks([lockOf({ timestamp })])).toThrow(
      new RegExp(`operator, pid ${process.pid} on ${hostname()} since ${timestamp}`),
    );
  });

  it('of an engine that has gone is stale', async () => {
    const stale = lockOf({ pid: await endedPid() });
    expect(staleLocks([stale])).toEqual([stale]);
  });

  it('written before its process began bears a recycled id and is stale', () => {
    const stale = lockOf({ timestamp: '2001-01-01T00:00:00Z' });
    expect(liveProcess(stale.pid)).toBeDefined();
    expect(staleLocks([stale])).toEqual([stale]);
  });

  it('of another machine counts as held', async () => {
    const far = lockOf({ pid: await endedPid(), hostname: 'elsewhere' });
    expect(() => staleLocks([far])).toThrow(/on elsewhere/);
  });
});
