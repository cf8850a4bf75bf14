import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { Engine } from '../../../stacks/engine/engine';
import { InterruptedCreations } from '../../../stacks/engine/interrupted';
import { Recoverer } from '../../../stacks/engine/recovery';
import { parseExport, type StackExport } from '../../../stacks/engine/state';
import { CloudClient, type Json } from '../../../stacks/openstack/client';
import { FakeApi } from '../openstack/fake-api';

const PORT = 'openstack:networking/port:Port';
const VOLUME = 'openstack:blockstorage/volume:Volume';
const urnOf = (type: string, name: string): string => `urn:pulumi:lab::ai-infn::${type}::${name}`;

/** The engine's command line with the state in memory. */
class StateEngine extends Engine {
  readonly calls: string[] = [];
  constructor(
    folder: string,
    public state: StackExport,
  ) {
    const at = (name: string): string => join(folder, name);
    super({
      stack: 'lab',
      checkout: folder,
      settingsDir: folder,
      backendDir: at('backend'),
      passphraseFile: at('p'),
      path: '',
    });
  }
  override exportState(): Promise<StackExport> {
    return Promise.resolve(this.state);
  }
  override importState(state: StackExport): Promise<void> {
    this.state = state;
    return Promise.resolve();
  }
  override succeed(args: readonly string[]): Promise<string> {
    this.calls.push(args.join(' '));
    return Promise.resolve('');
  }
}

describe('recovery of a stack whose engine was killed', () => {
  let folder: string;
  let api: FakeApi;
  let ports: Json[];
  let volumes: Json[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'recovery-'));
    [ports, volumes] = [[], []];
    api = await FakeApi.start(({ method, path }) => {
      if (path.endsWith('/auth/tokens')) return api.token();
      const id = /\/(?:ports|volumes)\/([\w-]+)$/.exec(path)?.[1];
      if (method === 'DELETE') ports = ports.filter((p) => p['id'] !== id);
      if (method === 'DELETE') volumes = volumes.filter((v) => v['id'] !== id);
      if (id !== undefined) return [method === 'DELETE' ? 204 : 404, ''];
      return [200, { ports, volumes }];
    });
  });
  afterEach(async () => {
    await api.stop();
    rmSync(folder, { recursive: true });
  });
  const stateWith = (resources: Json[], pending: Json[]): StackExport =>
    parseExport(JSON.stringify({ version: 3, deployment: { resources, pending_operations: pending } }));
  const creating = (type: string, name: string, inputs: Json): Json => ({
    type: 'creating',
    resource: { urn: urnOf(type, name), type, custom: true, inputs },
  });
  const recoverer = (engine: Engine, lines: string[] = []): Recoverer =>
    new Recoverer(
      engine,
      () => CloudClient.login(api.cloud(), 'RegionOne'),
      (line) => lines.push(line),
    );
  const memory = (): string => join(folder, 'backend/runs/lab.interrupted.json');

  it('asks the cloud nothing when nothing was interrupted', async () => {
    const engine = new StateEngine(folder, stateWith([], []));
    expect(await recoverer(engine).recover()).toEqual({ locks: 0, orphans: 0, operations: [] });
    expect(api.asked).toEqual([]);
    expect(engine.calls).toEqual([]);
  });

  it('releases the lock of an engine that has gone', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    const dir = join(folder, 'backend/.pulumi/locks/organization/ai-infn/lab');
    mkdirSync(dir, { recursive: true });
    const lock = { pid: child.pid, username: 'u', hostname: hostname(), timestamp: new Date().toISOString() };
    writeFileSync(join(dir, 'a.json'), JSON.stringify(lock));
    const engine = new StateEngine(folder, stateWith([], []));
    const lines: string[] = [];
    expect((await recoverer(engine, lines).recover()).locks).toBe(1);
    expect(engine.calls).toEqual(['cancel --yes lab']);
    expect(lines).toEqual([expect.stringMatching(/^an engine \(pid \d+\) was killed in mid-run/)]);
  });

  it('deletes what was half-made, adopts a data volume and clears the operations', async () => {
    ports = [{ id: 'p-1', description: 'ai-infn/lab/a-port' }];
    volumes = [{ id: 'v-1', status: 'available', metadata: { 'ai-infn': 'ai-infn/lab/data' } }];
    const volume = { name: 'data', size: 20, metadata: { 'ai-infn': 'ai-infn/lab/data' } };
    const pending = [
      creating(PORT, 'a-port', { description: 'ai-infn/lab/a-port' }),
      creating(VOLUME, 'data', volume),
    ];
    const engine = new StateEngine(folder, stateWith([], pending));
    const { operations } = await recoverer(engine).recover();
    expect(operations.map((o) => o.outcome)).toEqual([
      'taken into the state (v-1)',
      'deleted what there was of it (p-1)',
    ]);
    expect(ports).toEqual([]);
    expect(engine.state.deployment?.pending_operations).toEqual([]);
    expect(engine.state.deployment?.resources).toEqual([
      { urn: urnOf(VOLUME, 'data'), type: VOLUME, custom: true, inputs: volume, id: 'v-1', outputs: volume },
    ]);
  });

  it('catches what the cloud makes after the first look, and after the next run', async () => {
    const engine = new StateEngine(
      folder,
      stateWith([], [creating(PORT, 'a', { description: 'ai-infn/lab/a', userData: 'x' })]),
    );
    setTimeout(() => ports.push({ id: 'late', description: 'ai-infn/lab/a' }), 1000);
    const { operations } = await recoverer(engine).recover();
    expect(operations.map((o) => o.outcome)).toEqual(['deleted what there was of it (late)']);
    expect(readFileSync(memory(), 'utf8')).not.toContain('userData');
    expect(statSync(memory()).mode & 0o777).toBe(0o600);
    ports = [
      { id: 'later', description: 'ai-infn/lab/a' },
      { id: 'ours', description: 'ai-infn/lab/a' },
    ];
    engine.state = stateWith([{ urn: urnOf(PORT, 'a'), type: PORT, id: 'ours' }], []);
    await recoverer(engine).finish();
    expect(ports.map((p) => p['id'])).toEqual(['ours']);
    expect(existsSync(memory())).toBe(false);
  }, 20_000);

  it('looks again before the next run, when the one after the kill failed', async () => {
    new InterruptedCreations(memory()).remember([
      { urn: urnOf(PORT, 'a'), type: PORT, inputs: { description: 'ai-infn/lab/a' } },
    ]);
    ports = [{ id: 'late', description: 'ai-infn/lab/a' }];
    const { operations } = await recoverer(new StateEngine(folder, stateWith([], []))).recover();
    expect(operations).toHaveLength(1);
    expect(ports).toEqual([]);
    expect(existsSync(memory())).toBe(true);
  });

  it('leaves interrupted updates to the refresh', async () => {
    const update = { type: 'updating', resource: { urn: urnOf(PORT, 'a'), type: PORT, id: 'p' } };
    const engine = new StateEngine(
      folder,
      stateWith([{ urn: urnOf(PORT, 'a'), type: PORT, id: 'p' }], [update]),
    );
    const { operations } = await recoverer(engine).recover();
    expect(operations).toEqual([
      { urn: urnOf(PORT, 'a'), type: 'updating', outcome: 'the refresh will tell' },
    ]);
    expect(engine.state.deployment?.resources).toHaveLength(1);
    expect(engine.state.deployment?.pending_operations).toEqual([]);
  }, 20_000);
});
