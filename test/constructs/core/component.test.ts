import { Chart } from 'cdk8s';
import { Construct } from 'constructs';

import {
  formatFinding,
  type PlatformApp,
  PlatformComponent,
  RenderError,
  UserError,
  type Finding,
  type SecretSpec,
} from '../../../constructs';
import { objectsOf, only, sampleApp } from '../support/platform';

class Room extends PlatformComponent {}
const room = (app: PlatformApp, id: string): Room => new Room(app, id, { namespace: 'hub', wave: -5 });
const secret = (namespace: string, name: string): SecretSpec => ({
  namespace,
  name,
  purpose: 'a test',
  keys: { token: { kind: 'random', bytes: 32, encoding: 'hex' } },
  consumers: ['hub/hub'],
  rotation: { days: 90, how: 'restart' },
});

describe('a component', () => {
  it('knows its site, its pins, its wave and its namespace', () => {
    const app = sampleApp();
    const component = room(app, 'room');
    expect([component.site, component.lock, component.wave, component.home]).toEqual([
      app.site,
      app.lock,
      -5,
      'hub',
    ]);
  });

  it('refuses to stand outside a platform, naming its path', () => {
    class Elsewhere extends Construct {}
    const root = new Elsewhere(undefined as unknown as Construct, '');
    expect(() => new Room(new Chart(root, 'tree'), 'room', { namespace: 'hub', wave: 0 })).toThrow(
      new RenderError('tree/room', 'is not inside a PlatformApp'),
    );
  });

  it('gives cluster-scoped objects no namespace', () => {
    const app = sampleApp();
    room(app, 'room').add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } });
    expect(only(objectsOf(app), 'Namespace', 'x').object['metadata']).toEqual({ name: 'x' });
  });

  it('adds nothing to labels and annotations', () => {
    const app = sampleApp();
    const metadata = { name: 'x', namespace: 'hub', labels: { a: 'b' }, annotations: { c: 'd' } };
    room(app, 'room').add({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    expect(only(objectsOf(app), 'ConfigMap', 'x').object['metadata']).toEqual(metadata);
  });

  it('cannot be added twice under one name', () => {
    const app = sampleApp();
    room(app, 'room');
    expect(() => room(app, 'room')).toThrow("already a Construct with name 'room'");
  });
});

describe('the secret catalogue', () => {
  it('collects what all components declare, by namespace and name, and renders nothing', () => {
    const app = sampleApp();
    const spec = secret('vkd', 'a');
    expect(room(app, 'one').declareSecret(spec)).toBe(spec);
    room(app, 'two').declareSecret(secret('hub', 'b'));
    expect(app.secrets.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(['hub/b', 'vkd/a']);
    expect(objectsOf(app)).toEqual([]);
  });

  it('refuses a second declaration, naming the component', () => {
    const app = sampleApp();
    room(app, 'one').declareSecret(secret('hub', 'a'));
    expect(() => room(app, 'two').declareSecret(secret('hub', 'a'))).toThrow(
      new RenderError('two', 'declares Secret hub/a a second time'),
    );
  });
});

describe('errors', () => {
  const finding: Finding = {
    rule: 'mig/layout',
    file: 'stacks/sites/x.yaml',
    line: 3,
    column: 7,
    path: 'nodes.a',
    found: '3g.30gb',
    allowed: '3g.20gb',
    fix: 'write 3g.20gb',
  };

  it('show where, what, what is allowed and how to mend it in one line', () => {
    expect(formatFinding(finding)).toBe(
      'stacks/sites/x.yaml:3:7  nodes.a: found 3g.30gb; allowed: 3g.20gb. Fix: write 3g.20gb [mig/layout]',
    );
  });

  it('leave out the position where there is none', () => {
    const { file: _file, line: _line, column: _column, ...rest } = finding;
    expect(formatFinding(rest)).toMatch(/^nodes\.a: found/);
  });

  it('of users carry every finding; those of constructs begin with the path', () => {
    const error = new UserError('2 faults', [finding, { ...finding, path: 'nodes.b' }]);
    expect(error.message.split('\n')).toHaveLength(3);
    expect([error.name, error.findings.length, new RenderError('hub/Pod', 'is wrong').message]).toEqual([
      'UserError',
      2,
      'hub/Pod: is wrong',
    ]);
  });
});
