import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { newSiteText } from '../../../cli/verbs/new-site';
import { aiinfn, json, TemporaryCheckout } from '../support';

let checkout: TemporaryCheckout;
beforeEach(() => {
  checkout = new TemporaryCheckout();
});
afterEach(() => {
  checkout.remove();
});
const files = (): string[] =>
  readdirSync(checkout.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(checkout.root.length + 1))
    .sort();

describe('new-site', () => {
  test('fills the name in wherever the template has it', () => {
    expect(newSiteText('name: NEW-SITE # NEW-SITE', 'padova')).toBe('name: padova # padova');
  });

  test('writes one file, valid as it stands, in at most 60 lines with a comment on every section', async () => {
    const before = files();
    const { code, out } = await aiinfn(['new-site', 'padova'], checkout);
    expect(code).toBe(0);
    expect(out).toContain('npx aiinfn validate padova');
    expect(files()).toEqual([...before, 'stacks/sites/padova.yaml'].sort());
    const text = checkout.read('stacks/sites/padova.yaml');
    expect(text).not.toContain('NEW-SITE');
    expect(text.split('\n').length).toBeLessThanOrEqual(60);
    const sections = text.split('\n').filter((line) => /^[a-z]+:/.test(line));
    expect(sections.length).toBeGreaterThan(8);
    expect(sections.filter((line) => !line.includes(' # '))).toEqual([]);
    expect(await json(['validate', 'padova'], checkout)).toMatchObject([{ name: 'padova', valid: true }]);
  });

  test('makes a third site that renders with no other edit, and leaves the first as it was', async () => {
    await aiinfn(['render', 'lab'], checkout);
    await aiinfn(['new-site', 'padova'], checkout);
    expect((await aiinfn(['render', 'padova'], checkout)).code).toBe(0);
    expect(existsSync(join(checkout.root, 'charts-out/padova/hub'))).toBe(true);
    expect(existsSync(join(checkout.root, 'sbom/padova.cdx.json'))).toBe(true);
    expect((await aiinfn(['render', '--check'], checkout)).code).toBe(0);
    expect(await json(['gpus', 'padova'], checkout)).toMatchObject({ total: 7 });
  });

  test('refuses to overwrite and leaves the file as it is', async () => {
    const before = checkout.read('stacks/sites/lab.yaml');
    const { code, err } = await aiinfn(['new-site', 'lab'], checkout);
    expect(code).toBe(1);
    expect(err).toContain('stacks/sites/lab.yaml exists already');
    expect(checkout.read('stacks/sites/lab.yaml')).toBe(before);
  });

  test.each(['../evil', 'Padova', 'with space', '-dash', 'a'.repeat(41)])(
    'refuses the name %j',
    async (name) => {
      const before = files();
      const { code } = await aiinfn(['new-site', '--', name], checkout);
      expect(code).toBe(1);
      expect(files()).toEqual(before);
    },
  );

  test('answers in JSON with site and file', async () => {
    expect(await json(['new-site', 'padova'], checkout)).toEqual({
      site: 'padova',
      file: expect.stringContaining('stacks/sites/padova.yaml') as unknown,
    });
  });
});
