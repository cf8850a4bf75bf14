import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { aiinfn, json, TemporaryCheckout } from '../support';

const checkout = new TemporaryCheckout();
afterAll(() => {
  checkout.remove();
});
const charts = join(checkout.root, 'charts-out/lab');
/** Some manifest of the lab: the first of a component. */
const manifest = (component: number): string => {
  const folder = readdirSync(charts).sort()[component] ?? '';
  const [file = ''] = readdirSync(join(charts, folder)).sort();
  return `charts-out/lab/${folder}/${file}`;
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
    const files = [charts, join(checkout.root, manifest(0)), checkout.bomFile('lab')];
    const stamp = (): string => files.map((file) => `${statSync(file).ino} ${statSync(file).mtimeMs}`).join();
    const before = stamp();
    expect(await json(['render', 'lab'], checkout)).toMatchObject([
      { added: [], changed: [], removed: [], bomChanged: false },
    ]);
    expect(stamp()).toBe(before);
  });

  test('tells what is changed, missing, unknown, stale and left over, in one document, exit 1', async () => {
    const [changed, missing] = [manifest(0), manifest(1)];
    checkout.write(changed, 'changed: true\n');
    rmSync(join(checkout.root, missing));
    checkout.write('charts-out/lab/strange/file.yaml', 'a: 1\n');
    checkout.edit('sbom/lab.cdx.json', 'CycloneDX', 'other');
    checkout.write('charts-out/gone/hub/x.yaml', 'a: 1\n');
    const { code, out, err } = await aiinfn(['render', '--check', '--json'], checkout);
    expect(code).toBe(1);
    const below = (path: string): string => path.replace('charts-out/lab/', '');
    expect(JSON.parse(out)).toMatchObject([
      {
        added: [below(missing)],
        changed: [below(changed)],
        removed: ['strange/file.yaml'],
        bomChanged: true,
      },
    ]);
    expect(err).toContain('git rm -r charts-out/gone');
  });

  test('mends it all but the folder whose site file is gone, which is told only when every site is asked for', async () => {
    const { out, progress } = await aiinfn(['render'], checkout);
    expect(out).toMatch(/^lab +\d+ +1 +1 +1 +changed$/m);
    expect(progress).toEqual(['rendering lab']);
    expect(existsSync(join(charts, 'strange'))).toBe(false);
    expect(await aiinfn(['render', '--check', 'lab'], checkout)).toMatchObject({ code: 0, err: '' });
    const all = await aiinfn(['render', '--check'], checkout);
    expect(all).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^charts-out\/gone has no site file/) as unknown,
    });
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
});
