import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'yaml';

import { UserError } from '../../../constructs/core/errors';
import { Engine, type EngineOptions } from '../../../stacks/engine/engine';

/**
 * A program in the engine's place that writes down how it was called. What the real engine does with these calls is
 * what the end-to-end tests show; here it is only how it is called, and what is made of an odd end.
 */
const RECORDER = `#!/bin/sh
echo "$@" >> "$RECORD/calls"
case "$1 $2" in
  "config set") cat > "$RECORD/stdin" ;;
  "stack export") echo '{"version":3,"deployment":{"resources":[]}}' ;;
  "stack output") echo '{"a":1}' ;;
esac
for arg in "$@"; do
  if [ "$last" = --config-file ]; then cp "$arg" "$RECORD/settings.yaml"; fi
  last=$arg
done
if [ "$1" = up ]; then cat "$RECORD/events"; fi
if [ -f "$RECORD/fail" ]; then echo "warning: using pulumi-x from PATH" >&2; echo "it went wrong" >&2; exit 255; fi
exit 0
`;

describe('calling the engine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine-'));
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'settings'));
    writeFileSync(join(folder, 'bin/pulumi'), RECORDER, { mode: 0o755 });
    writeFileSync(join(folder, 'events'), '');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const engine = (over: Partial<EngineOptions> = {}): Engine =>
    new Engine({
      stack: 'lab',
      checkout: folder,
      settingsDir: join(folder, 'settings'),
      backendDir: join(folder, 'backend'),
      passphraseFile: join(folder, 'passphrase'),
      path: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      env: { RECORD: folder },
      ...over,
    });
  const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

  it('prepares passphrase, stack and seed; the seed goes through a pipe, never on a command line', async () => {
    await engine().prepare();
    expect(statSync(join(folder, 'passphrase')).mode & 0o777).toBe(0o600);
    expect(calls().map((call) => call.replace(/ --non.*/, ''))).toEqual([
      'stack init lab',
      'config set --secret ai-infn:secretSeed --stack lab',
    ]);
    expect(readFileSync(join(folder, 'stdin'), 'utf8')).toMatch(/^[\w-]{64}$/);
  });

  it('prepares nothing twice', async () => {
    mkdirSync(join(folder, 'backend/.pulumi/stacks/ai-infn'), { recursive: true });
    writeFileSync(join(folder, 'backend/.pulumi/stacks/ai-infn/lab.json'), '{}');
    writeFileSync(join(folder, 'settings/Pulumi.lab.yaml'), 'config: { ai-infn:secretSeed: { secure: x } }');
    writeFileSync(join(folder, 'passphrase'), 'given');
    await engine().prepare();
    expect(existsSync(join(folder, 'calls'))).toBe(false);
    expect(readFileSync(join(folder, 'passphrase'), 'utf8')).toBe('given');
  });

  it('adds the settings of a run to those of the stack, without keeping them', async () => {
    const own = join(folder, 'settings/Pulumi.lab.yaml');
    writeFileSync(own, 'encryptionsalt: v1:x\nconfig: { ai-infn:secretSeed: { secure: y } }\n');
    const before = readFileSync(own, 'utf8');
    await engine({ settings: { siteFile: '/lab.yaml', replaceMachines: ['t4-1'] } }).run('up', ['--refresh']);
    expect(parse(readFileSync(join(folder, 'settings.yaml'), 'utf8'))).toEqual({
      encryptionsalt: 'v1:x',
      config: {
        'ai-infn:secretSeed': { secure: 'y' },
        'ai-infn:siteFile': '/lab.yaml',
        'ai-infn:replaceMachines': ['t4-1'],
      },
    });
    expect(readFileSync(own, 'utf8')).toBe(before);
    expect(calls()[0]).toMatch(
      /^up --stack lab --config-file \S+ --json --refresh --yes --skip-preview --non-interactive/,
    );
  });

  it('passes progress on and sums up', async () => {
    const urn = 'urn:pulumi:lab::ai-infn::openstack:networking/port:Port::p';
    const metadata = { op: 'create', urn, type: 'openstack:networking/port:Port' };
    const events = [
      { resourcePreEvent: { metadata } },
      { resOutputsEvent: { metadata } },
      { summaryEvent: { resourceChanges: { create: 1 }, durationSeconds: 2 } },
    ];
    writeFileSync(join(folder, 'events'), events.map((event) => JSON.stringify(event)).join('\n'));
    const lines: string[] = [];
    const pids: number[] = [];
    const result = await engine({
      progress: (line) => lines.push(line),
      onStart: (pid) => pids.push(pid),
    }).run('up');
    expect(lines).toEqual(['create Port p ...', 'create Port p done']);
    expect(result).toMatchObject({ ok: true, counts: { create: 1 }, errors: [], seconds: 2 });
    expect(pids).toHaveLength(1);
  });

  it('reports what the engine said when it ends badly without an event', async () => {
    writeFileSync(join(folder, 'fail'), '');
    expect(await engine().run('up')).toMatchObject({ ok: false, errors: ['it went wrong'] });
    await expect(engine().exportState()).rejects.toThrow(/pulumi stack export failed: .*it went wrong/s);
  });

  it('hands state in by a private file', async () => {
    const state = await engine().exportState();
    await engine().importState(state);
    expect(calls().at(-1)).toMatch(/^stack import --stack lab --file \S+state\.json/);
  });

  it('says that the program is missing', async () => {
    const missing = engine({ path: join(folder, 'nowhere') }).run('up');
    await expect(missing).rejects.toThrow(UserError);
    await expect(engine({ path: join(folder, 'nowhere') }).outputs()).rejects.toThrow(
      /pulumi: found spawn pulumi ENOENT/,
    );
  });
});
