import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ApiObject, App, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { parse } from 'yaml';

import {
  addWorkload,
  PlatformComponent,
  RenderError,
  renderObjects,
  renderTree,
  toYaml,
  type PlatformApp,
} from '../../../constructs';
import { sampleApp } from '../support/platform';

class Room extends PlatformComponent {}

function room(app: PlatformApp, id = 'room', namespace = 'hub'): Room {
  return new Room(app, id, { namespace, wave: 0 });
}
const config = (name: string, data: object = {}, namespace = 'hub'): Parameters<Room['add']>[0] => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

describe('rendering', () => {
  it('names each file after component, kind, namespace and name, in path order', () => {
    const app = sampleApp();
    const second = room(app, 'second');
    second.add(config('b'));
    second.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'z' } });
    room(app, 'first').add(config('a'));
    expect([...renderTree(app).keys()]).toEqual([
      'first/ConfigMap.hub.a.yaml',
      'second/ConfigMap.hub.b.yaml',
      'second/Namespace.z.yaml',
    ]);
  });

  it('does not depend on the order in which objects are added', () => {
    const render = (order: readonly number[]): string => {
      const app = sampleApp();
      const component = room(app);
      for (const i of order) component.add(config(`c${i}`, { b: `${i}`, a: '1' }));
      return JSON.stringify([...renderTree(app)]);
    };
    const first = render([0, 1, 2, 3]);
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
        expect(render(order)).toBe(first);
      }),
      { numRuns: 10 },
    );
  });

  it('writes apiVersion, kind and metadata first and sorts the rest', () => {
    const app = sampleApp();
    room(app).add({
      spec: { b: 1, a: { d: 1, c: [{ z: 1, y: 2 }] } },
      kind: 'X',
      metadata: { namespace: 'hub', name: 'x' },
      apiVersion: 'a/v1',
    });
    expect([...renderTree(app).values()]).toEqual([
      'apiVersion: a/v1\nkind: X\nmetadata:\n  name: x\n  namespace: hub\nspec:\n  a:\n    c:\n      - "y": 2\n        z: 1\n    d: 1\n  b: 1\n',
    ]);
  });

  it('renders twice the same from one tree', () => {
    const app = sampleApp();
    room(app).add(config('a'));
    expect([...renderTree(app)]).toEqual([...renderTree(app)]);
  });

  it('keeps an extended resource of a raw object, which patches of generated kinds lose', () => {
    const app = sampleApp();
    const limits = { 'nvidia.com/gpu': 1 };
    const containers = [{ name: 'main', image: 'x', resources: { limits } }];
    room(app).add({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'gpu', namespace: 'hub' },
      spec: { containers },
    });
    expect(renderTree(app).get('room/Pod.hub.gpu.yaml')).toContain('nvidia.com/gpu: 1');
  });

  it('passes fields through that are newer than any bundled schema', () => {
    const app = sampleApp();
    room(app).add({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'hub' },
      spec: { hostnameOverride: 'h', resources: { limits: {} } },
    });
    expect(renderObjects(app)[0]?.object['spec']).toEqual({
      hostnameOverride: 'h',
      resources: { limits: {} },
    });
  });
});

describe('rendering refuses', () => {
  it('two objects of one kind, namespace and name in one component, at once', () => {
    const component = room(sampleApp());
    component.add(config('a'));
    expect(() => component.add(config('a'))).toThrow("already a Construct with name 'ConfigMap.hub.a'");
  });

  it('two constructs that would be one file, naming the second', () => {
    const app = sampleApp();
    const component = room(app);
    component.add(config('a'));
    new ApiObject(component, 'other', config('a'));
    expect(() => renderTree(app)).toThrow(
      new RenderError(
        'room/other',
        'renders a second ConfigMap.hub.a.yaml; the first is room/ConfigMap.hub.a.yaml',
      ),
    );
  });

  it('one object in two components, for which two Applications would fight', () => {
    const app = sampleApp();
    room(app, 'one').add(config('a'));
    room(app, 'two').add(config('a'));
    expect(() => renderTree(app)).toThrow(
      new RenderError(
        'two/ConfigMap.hub.a',
        'renders a second ConfigMap.hub.a.yaml; the first is one/ConfigMap.hub.a.yaml',
      ),
    );
  });

  it('but not equal names in different namespaces', () => {
    const app = sampleApp();
    room(app).add(config('a'));
    room(app, 'two').add(config('a', {}, 'vkd'));
    expect(renderTree(app).size).toBe(2);
  });

  it('an object without a name, where cdk8s would invent one from the path', () => {
    const component = room(sampleApp());
    expect(() => new ApiObject(component, 'nameless', { apiVersion: 'v1', kind: 'ConfigMap' })).toThrow(
      new RenderError('room/nameless', 'has no metadata.name'),
    );
    expect(() => new k8s.KubeService(component, 'service', {})).toThrow('room/service: has no metadata.name');
  });

  it('objects outside a component, which would be lost', () => {
    const app = sampleApp();
    new ApiObject(new Chart(new Construct(app, 'plain'), 'chart'), 'a', config('a'));
    expect(() => renderTree(app)).toThrow('plain: is not a component');
  });

  it('a tree with faults, naming all of them with their paths and asking each construct once', () => {
    const app = sampleApp();
    let asked = 0;
    for (const id of ['one', 'two', 'three']) {
      room(app, id).node.addValidation({
        validate: () => {
          asked += 1;
          return id === 'three' ? [] : [`${id} is wrong`];
        },
      });
    }
    expect(() => renderTree(app)).toThrow('sample: one: one is wrong\ntwo: two is wrong');
    expect(asked).toBe(3);
  });

  it('a value that YAML cannot hold, naming the construct', () => {
    const app = sampleApp();
    room(app).add({ ...config('a'), data: { when: new Date(0) } });
    expect(() => renderTree(app)).toThrow("at path 'room/ConfigMap.hub.a'");
  });
});

describe('the work of rendering', () => {
  it('grows with objects, not with objects times charts', () => {
    // Counted, not timed: cdk8s itself validates the whole app once per chart.
    const validations = (charts: number): number => {
      const app = sampleApp();
      let count = 0;
      for (let i = 0; i < 60; i += 1) {
        const id = `room-${i % charts}`;
        const component = (app.node.tryFindChild(id) as Room | undefined) ?? room(app, id);
        component.add(config(`c${i}`)).node.addValidation({ validate: () => ((count += 1), []) });
      }
      renderTree(app);
      return count;
    };
    expect([validations(1), validations(6), validations(60)]).toEqual([60, 60, 60]);
  });

  it('does not multiply along dependencies between charts', () => {
    const app = sampleApp();
    const rooms = Array.from({ length: 12 }, (_, i) => room(app, `room-${i}`));
    for (const [i, component] of rooms.entries()) {
      for (let n = 0; n < 20; n += 1) component.add(config(`c${i}-${n}`));
      const before = rooms[i - 1];
      if (before) component.addDependency(before);
    }
    expect(renderTree(app).size).toBe(240);
  });
});

describe('the environment', () => {
  const ENTRY = `
    const { addWorkload, PlatformComponent, renderTree } = require(${JSON.stringify(join(__dirname, '../../../constructs'))});
    const { sampleApp } = require(${JSON.stringify(join(__dirname, '../support/platform'))});
    class Room extends PlatformComponent {}
    const app = sampleApp();
    const room = new Room(app, 'room', { namespace: 'hub', wave: 0 });
    room.add({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { namespace: 'hub', name: 'ä' }, data: { z: 'on', i: '1', I: '2', 'ı': '3', a: '0775' } });
    room.add({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { namespace: 'hub', name: 'Z' } });
    const containers = [{ name: 'main', image: 'x', resources: { cpu: '1', memory: '1Gi' }, ports: { http: 80 } }];
    addWorkload(room, { name: 'app', kind: 'StatefulSet', user: 1000, replicas: 2, containers, restartOn: { b: 1, a: 2 } });
    process.stdout.write(JSON.stringify([...renderTree(app)]));`;
  let dir: string;
  const render = (env: Readonly<Record<string, string>>, umask = '022'): string => {
    const file = join(dir, 'entry.cjs');
    writeFileSync(file, ENTRY);
    const register = join(__dirname, '../../typescript.cjs');
    const command = `umask ${umask} && exec "$0" -r "$1" "$2"`;
    const output = execFileSync('sh', ['-c', command, process.execPath, register, file], {
      cwd: dir,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...env },
    });
    expect(output).toContain('room/StatefulSet.hub.app.yaml');
    return createHash('sha256').update(output).digest('hex');
  };
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'render-'));
  });
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  it('changes nothing: time zone, language, umask and the variables that cdk8s reads', () => {
    const hostile = {
      TZ: 'Pacific/Kiritimati',
      LANG: 'tr_TR.UTF-8',
      LC_ALL: 'tr_TR.UTF-8',
      CDK8S_OUTDIR: '/elsewhere',
      CDK8S_DISABLE_SORT: '1',
      CDK8S_RECORD_CONSTRUCT_METADATA: 'true',
      CDK8S_LEGACY_HASH: '1',
    };
    expect(render(hostile, '077')).toBe(render({}));
  });
});

describe('YAML text', () => {
  it.each([
    ['on', '"on"'],
    ['yes', '"yes"'],
    ['0775', '"0775"'],
    ['1e3', '"1e3"'],
    ['12:30:45', '"12:30:45"'],
    ['~', '"~"'],
    ['', '""'],
    ['2026-11-24', '"2026-11-24"'],
  ])('quotes %j, which a YAML 1.1 parser would not read as text', (value, text) => {
    expect(toYaml({ value })).toBe(`value: ${text}\n`);
  });

  it('keeps long lines and programs as they are', () => {
    const script = `#!/bin/sh\n${'echo long '.repeat(40)}\n\tindented: yes\n`;
    expect(toYaml({ script })).toContain('echo long '.repeat(40));
    expect(parse(toYaml({ script }))).toEqual({ script });
  });

  it('repeats shared values instead of using aliases, which reviewers and some parsers stumble over', () => {
    const shared = { a: 1 };
    expect(toYaml({ p: shared, q: shared })).toBe('p:\n  a: 1\nq:\n  a: 1\n');
  });

  it('gives every value back, to parsers of YAML 1.1 and 1.2 alike', () => {
    const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });
    fc.assert(
      fc.property(value, (json) => {
        // Through JSON first: it has no negative zero, and neither has any manifest.
        const wanted = JSON.parse(JSON.stringify({ json })) as unknown;
        for (const version of ['1.1', '1.2'] as const)
          expect(parse(toYaml(wanted), { version })).toEqual(wanted);
      }),
    );
  });
});

describe('against cdk8s', () => {
  it('renders the objects that app.synth would, file by file', () => {
    const app = sampleApp();
    const component = room(app);
    component.add(config('a', { key: 'value' }));
    addWorkload(component, {
      name: 'app',
      kind: 'Deployment',
      user: 1000,
      containers: [{ name: 'main', image: 'x', resources: { cpu: '1', memory: '1Gi' } }],
    });
    expect(
      App._synthChart(component).map((object: unknown) => JSON.parse(JSON.stringify(object)) as unknown),
    ).toEqual(
      expect.arrayContaining(
        renderObjects(app).map(({ object }) => JSON.parse(JSON.stringify(object)) as unknown),
      ),
    );
  });
});
