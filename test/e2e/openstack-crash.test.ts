import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { destroyOpenStack, startOpenStack, stopOpenStack } from '../../twin/openstack';
import { Cloud } from './support/cloud';
import { HOSTS } from './support/hosts';
import { leftRunning } from './support/left-running';

jest.setTimeout(300_000);

describe('a manager that is killed', () => {
  const T4 = {
    name: 'gpu.t4',
    vcpus: 4,
    memoryMb: 8192,
    diskGb: 20,
    extraSpecs: { 'pci_passthrough:alias': 't4:1' },
  };
  const parent = mkdtempSync(join(tmpdir(), 'os-'));
  const stateDir = join(parent, 'killed');
  afterAll(async () => {
    await destroyOpenStack(stateDir);
    rmSync(parent, { recursive: true, force: true });
  });

  /** Starts a manager and kills it when it says something, or when it has ended. */
  async function killAt(message: string, cacheDir: string): Promise<void> {
    const script = join(__dirname, 'support', 'start-openstack.ts');
    const hook = join(__dirname, '..', 'typescript.cjs');
    const child = spawn(process.execPath, ['-r', hook, script, stateDir, cacheDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for await (const text of child.stdout as AsyncIterable<Buffer>) {
      if (text.toString().includes(message)) break;
    }
    child.kill('SIGKILL');
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
  }

  it('while the databases are made leaves neither a half-made cache nor a folder that cannot be used', async () => {
    const cacheDir = join(parent, 'cache');
    await killAt('schema of placement made', cacheDir);
    expect(leftRunning(stateDir)).toHaveLength(1); // the database, recorded; no migration writes on
    expect(existsSync(cacheDir) ? readdirSync(cacheDir) : []).toEqual([]);
    await killAt('declaring accounts', cacheDir);
    await startOpenStack({ stateDir, cacheDir, hosts: HOSTS, services: [], content: { flavors: [T4] } });
    const cloud = await Cloud.login(join(stateDir, 'clouds.yaml'), 'lab');
    const network = await cloud.network('n', '10.0.0.0/24');
    expect((await cloud.boot('one', 'gpu.t4', network))['status']).toBe('ACTIVE');
  });

  it('leaves programs that are found and ended by their record', async () => {
    await stopOpenStack(stateDir);
    await killAt('starting the other services', join(parent, 'cache'));
    expect(leftRunning(stateDir).length).toBeGreaterThan(3);
    await destroyOpenStack(stateDir);
    expect(leftRunning(stateDir)).toEqual([]);
    expect(existsSync(stateDir)).toBe(false);
  });
});
