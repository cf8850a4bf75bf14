import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { aiinfn, json, TemporaryCheckout } from '../support';

const checkout = new TemporaryCheckout();
afterAll(() => {
  checkout.remove();
});
const charts = join(checkout.root, 'charts-out/lab');
/** Some manifest of the lab. */
const manifest = (): string => {
  const [component = ''] = readdirSync(charts);
  const [file = ''] = readdirSync(join(charts, component));
  return `charts-out/lab/${component}/${file}`;
};

describe('render', () => {
  test('says before the first run that everything is missing, and writes nothing with --check', async () => {
    const { code, err } = await aiinfn(['render', '--check'], checkout);
    expect(code).toBe(1);
    expect(err).toContain(
      'lab: the committed files are not what the site file renders to. Run: npx aiinfn render',
    );
    expect(existsSync(join(checkout.root, 'charts-out'))).toBe(false);
  });

  test('writes manifests and bill of materials, says how many, and is then fresh', async () => {
    const [row] = (await json(['render', 'lab'], checkout)) as { objects: number; added: string[] }[];
    expect(row).toMatchObject({ site: 'lab', changed: [], removed: [], bomChanged: true });
    expect(row?.added).toHaveLength(row?.objects ?? 0);
    const check = await aiinfn(['render', '--check'], checkout);
    expect(check).toMatchObject({ code: 0, err: '' });
  });

  test('touches no file when nothing changed', async () => {
    const files = [charts, join(checkout.root, manifest()), checkout.bomFile('lab')];
    const stamp = (): string => files.map((file) => `${statSync(file).ino} ${statSync(file).mtimeMs}`).join();
    const before = stamp();
    expect(await json(['render', 'lab'], checkout)).toMatchObject([
      { added: [], changed: [], removed: [], bomChanged: false },
    ]);
    expect(stamp()).toBe(before);
  });

  test('tells a changed, an unknown and a missing file apart, in one document even when it fails', async () => {
    checkout.write(manifest(), 'changed: true\n');
    checkout.write('charts-out/lab/strange/file.yaml', 'a: 1\n');
    const { code, out } = await aiinfn(['render', '--check', '--json'], checkout);
    expect(code).toBe(1);
    const changed = manifest().replace('charts-out/lab/', '');
    expect(JSON.parse(out)).toMatchObject([
      { added: [], changed: [changed], removed: ['strange/file.yaml'] },
    ]);
    rmSync(join(checkout.root, manifest()));
    expect(await json(['render', '--check', 'lab'], checkout)).toMatchObject([
      { added: [changed], changed: [] },
    ]);
    expect((await aiinfn(['render'], checkout)).code).toBe(0);
    expect((await aiinfn(['render', '--check'], checkout)).code).toBe(0);
    expect(existsSync(join(charts, 'strange'))).toBe(false);
  });

  test('finds a stale bill of materials', async () => {
    checkout.edit('sbom/lab.cdx.json', 'CycloneDX', 'other');
    const { code, out } = await aiinfn(['render', '--check'], checkout);
    expect(code).toBe(1);
    expect(out).toMatch(/^lab +\d+ +0 +0 +0 +changed$/m);
    await aiinfn(['render'], checkout);
  });

  test('finds rendered folders whose site file is gone, but not when one site is asked for', async () => {
    checkout.write('charts-out/gone/hub/x.yaml', 'a: 1\n');
    const { code, err } = await aiinfn(['render', '--check'], checkout);
    expect(code).toBe(1);
    expect(err).toContain('git rm -r charts-out/gone');
    expect((await aiinfn(['render', '--check', 'lab'], checkout)).code).toBe(0);
    rmSync(join(checkout.root, 'charts-out/gone'), { recursive: true });
  });

  test('writes no site when one of them is at fault', async () => {
    checkout.edit('stacks/sites/lab.yaml', 'retention: 7d', 'retention: 8d');
    checkout.write('stacks/sites/broken.yaml', 'name: broken\n');
    const { code, err } = await aiinfn(['render'], checkout);
    expect(code).toBe(1);
    expect(err).toContain('broken.yaml has');
    rmSync(join(checkout.root, 'stacks/sites/broken.yaml'));
    const [row] = (await json(['render', '--check'], checkout)) as { changed: string[] }[];
    expect(row?.changed.length).toBeGreaterThan(0);
  });

  test('tells each site as it begins it', async () => {
    expect((await aiinfn(['render', '--check', 'lab'], checkout)).progress).toEqual(['rendering lab']);
  });
});
