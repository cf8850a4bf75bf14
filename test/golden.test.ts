import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findSecrets } from './cli/secrets-scan';
import { ROOT, SITES, TemporaryCheckout } from './cli/support';

/** Surroundings in which careless code writes something else: another day, another alphabet's case rules, closed files. */
const STRANGE = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', umask: '077' };
const PLAIN = { TZ: 'UTC', LANG: 'C', LC_ALL: 'C', umask: '022' };

/** Renders all sites and what else is generated in a process of its own, as `npx aiinfn render` and `docs` do. */
async function renderIn(checkout: TemporaryCheckout, { umask, ...env }: typeof STRANGE): Promise<void> {
  const script = `
    const { Checkout } = require(${JSON.stringify(join(ROOT, 'cli/checkout.ts'))});
    const { main } = require(${JSON.stringify(join(ROOT, 'cli/main.ts'))});
    const checkout = new Checkout(${JSON.stringify(checkout.root)});
    const run = async () => (await main(['render'], undefined, checkout)) || (await main(['docs'], undefined, checkout));
    run().then((code) => { process.exitCode = code; });`;
  const node = [process.execPath, '-r', join(ROOT, 'test/typescript.cjs'), '-e', script];
  await promisify(execFile)('sh', ['-c', `umask ${umask} && exec "$@"`, 'sh', ...node], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}

/** Rendered files below a checkout, by path: charts-out and bills of materials. */
function rendered(root: string): ReadonlyMap<string, string> {
  const files = ['charts-out', 'sbom'].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && /\.(yaml|cdx\.json)$/.test(entry.name))
          .map((entry) => join(entry.parentPath, entry.name))
      : [],
  );
  return new Map(files.sort().map((file) => [file.slice(root.length + 1), readFileSync(file, 'utf8')]));
}

/** Paths at which two sets of files differ. */
function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
}

const strange = new TemporaryCheckout();
const plain = new TemporaryCheckout();
beforeAll(async () => {
  for (const checkout of [strange, plain])
    for (const site of SITES) checkout.copy(`stacks/sites/${site}.yaml`);
  await Promise.all([renderIn(strange, STRANGE), renderIn(plain, PLAIN)]);
}, 180_000);
afterAll(() => {
  strange.remove();
  plain.remove();
});

describe('a fresh render of every site', () => {
  test('is the same under another time zone, language and umask', () => {
    const files = rendered(strange.root);
    for (const site of SITES)
      expect(
        [...files.keys()].filter((path) => path.startsWith(`charts-out/${site}/`)).length,
      ).toBeGreaterThan(300);
    expect(differences(rendered(plain.root), files)).toEqual([]);
  });

  test('is readable for everybody under a closed umask', () => {
    const modes = [...rendered(strange.root).keys()].map(
      (path) => statSync(join(strange.root, path)).mode & 0o777,
    );
    expect(new Set(modes)).toEqual(new Set([0o644]));
  });

  test('equals what is committed in charts-out/ and sbom/, byte for byte, with nothing beside it', () => {
    const differing = differences(rendered(ROOT), rendered(strange.root));
    expect({ number: differing.length, first: differing.slice(0, 5) }).toEqual({ number: 0, first: [] });
  });

  test('holds no secret value', () => {
    // The toolchain's bill repeats the published checksums of package-lock.json and nothing of a site.
    const ofSites = [...rendered(strange.root)].filter(([path]) => path !== 'sbom/toolchain.cdx.json');
    const found = ofSites.flatMap(([path, text]) => findSecrets(text).map((secret) => `${path}: ${secret}`));
    expect(found).toEqual([]);
  });

  test('holds Secrets by name only', () => {
    const secrets = [...rendered(strange.root)].filter(([, text]) => /^kind: Secret$/m.test(text));
    expect(secrets.map(([path]) => path)).toEqual([]);
  });
});
