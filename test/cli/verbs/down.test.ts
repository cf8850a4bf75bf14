import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { takeRunLock } from '../../../stacks/engine/lock';
import { aiinfn, json, TemporaryCheckout } from '../support';

let checkout: TemporaryCheckout;
const before = process.env['AIINFN_STATE'];
const clouds = process.env['OS_CLIENT_CONFIG_FILE'];
beforeEach(() => {
  checkout = new TemporaryCheckout();
  process.env['AIINFN_STATE'] = join(checkout.root, 'state');
  process.env['OS_CLIENT_CONFIG_FILE'] = join(checkout.root, 'no-clouds.yaml');
});
afterEach(() => {
  checkout.remove();
  for (const [name, value] of Object.entries({ AIINFN_STATE: before, OS_CLIENT_CONFIG_FILE: clouds }))
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
});

describe('down of the lab', () => {
  test('that was never up has nothing to remove, makes nothing and exits 0', async () => {
    expect(await json(['down'], checkout)).toEqual({ site: 'lab', removed: false, kept: [] });
    expect((await aiinfn(['down'], checkout)).out).toContain('nothing to remove');
    expect(existsSync(join(checkout.root, 'state'))).toBe(false);
  });

  test('waits for nobody: another run at work is named, and nothing is removed', async () => {
    checkout.write('state/lab/passphrase', 'x');
    const lock = takeRunLock(join(checkout.root, 'state/lab/pulumi/runs/lab.lock'), 'up');
    try {
      const { code, err } = await aiinfn(['down'], checkout);
      expect(code).toBe(1);
      expect(err).toContain('Another run works on this site');
      expect(err).toContain(`pid ${process.pid}`);
      expect(checkout.read('state/lab/passphrase')).toBe('x');
    } finally {
      lock.release();
    }
    expect(await json(['down'], checkout)).toMatchObject({ removed: true });
    expect(readdirSync(join(checkout.root, 'state'))).toEqual([]);
  });

  test('leaves the state of the same site on another cloud alone', async () => {
    checkout.write('state/lab/passphrase', 'x');
    checkout.write('state/lab@mine/passphrase', 'y');
    expect((await aiinfn(['down'], checkout)).code).toBe(0);
    expect(readdirSync(join(checkout.root, 'state'))).toEqual(['lab@mine']);
  });
});

describe('a cloud without credentials', () => {
  test.each([
    ['up', 'lab'],
    ['down', 'lab'],
    ['preview', 'lab'],
    ['up', 'lab', '--replace-machine', 't4-1'],
  ])('is refused by %s %s before any program is built or any folder made', async (...argv) => {
    const { code, err } = await aiinfn([...argv, '--cloud', 'mine'], checkout);
    expect(code).toBe(1);
    expect(err).toContain('The credentials of the cloud cannot be read');
    expect(err).toContain('no-clouds.yaml');
    expect(existsSync(join(checkout.root, 'state'))).toBe(false);
  });
});
