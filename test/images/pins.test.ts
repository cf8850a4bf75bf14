import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { realLock } from '../constructs/support/platform';

const IMAGES = join(__dirname, '../../images');
const read = (...path: string[]): string => readFileSync(join(IMAGES, ...path), 'utf8');
const folders = (file: string): string[] =>
  readdirSync(IMAGES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(IMAGES, entry.name)).includes(file))
    .map(({ name }) => name);

/** Requirements of a pip file as `name==version`, each with the number of its hashes. */
function requirements(text: string): Map<string, number> {
  const joined = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  const lines = joined.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split('--hash=sha256:').length - 1]));
}

const python = folders('requirements.txt');

describe('the packages of an image from PyPI', () => {
  it('exist for the images that the hub and vkd run', () => {
    expect(python).toEqual(expect.arrayContaining(['hub', 'lab', 'proxy', 'vkd']));
  });

  it.each(python)('of %s are pinned to one version with at least one hash each', (image) => {
    const found = [...requirements(read(image, 'requirements.txt'))];
    expect(found.length).toBeGreaterThan(0);
    for (const [name, hashes] of found) {
      expect(name).toMatch(/^[a-z0-9-]+==[^\s*]+$/);
      expect(hashes).toBeGreaterThan(0);
    }
  });

  it.each(folders('requirements.in'))('of %s contain what its requirements.in asks for', (image) => {
    const locked = requirements(read(image, 'requirements.txt'));
    for (const wanted of requirements(read(image, 'requirements.in')).keys())
      expect([...locked.keys()]).toContain(wanted);
  });

  it.each(python)('of %s are installed with hashes required and nothing compiled', (image) => {
    expect(read(image, 'Containerfile')).toMatch(/pip install .*--require-hashes --only-binary[ =]:all:/);
  });

  it.each(python)('of %s name no source of packages', (image) => {
    expect(read(image, 'requirements.txt')).not.toMatch(
      /--(index-url|extra-index-url|find-links|trusted-host)/,
    );
  });
});

describe('the packages of an image from npm', () => {
  it.each(folders('package-lock.json'))(
    'of %s each have an integrity and are installed by the lock file',
    (image) => {
      const { packages } = JSON.parse(read(image, 'package-lock.json')) as {
        packages: Record<string, { version?: string; integrity?: string }>;
      };
      const outside = Object.entries(packages).filter(([path]) => path !== '');
      expect(outside.length).toBeGreaterThan(10);
      expect(outside.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
      expect(read(image, 'Containerfile')).toContain('npm-cli.js ci ');
    },
  );
});

/** Not run as it is (base), or root for a reason that its component states (nfs). */
const NO_USER = ['base', 'nfs'];

describe('every Containerfile', () => {
  it.each(folders('Containerfile'))(
    'of %s builds on a base from outside or on nothing, never on a registry',
    (image) => {
      const lines = read(image, 'Containerfile').split('\n');
      const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1] ?? '');
      expect(bases.length).toBeGreaterThan(0);
      expect(bases.filter((base) => base !== 'scratch' && base !== '${BASE}')).toEqual([]);
      if (bases.includes('${BASE}')) expect(lines).toContain('ARG BASE=debian:12');
    },
  );

  it.each(folders('Containerfile').filter((image) => !NO_USER.includes(image)))(
    'of %s ends as a user that is not root',
    (image) => {
      const users = read(image, 'Containerfile')
        .split('\n')
        .filter((line) => line.startsWith('USER '));
      expect(users.at(-1)).toMatch(/^USER [1-9a-z]/);
      expect(users.at(-1)).not.toMatch(/^USER root/);
    },
  );
});

describe('the tag of an image of ours', () => {
  const { images } = realLock().data;

  it.each([
    ['hub', 'requirements.txt', 'jupyterhub'],
    ['lab', 'requirements.txt', 'jupyterlab'],
  ])('%s is the version of its main part', (image, file, part) => {
    expect([...requirements(read(image, file)).keys()]).toContain(`${part}==${images[image]?.tag ?? ''}`);
  });

  it('proxy is the version of configurable-http-proxy', () => {
    const { dependencies } = JSON.parse(read('proxy', 'package.json')) as {
      dependencies: Record<string, string>;
    };
    expect(dependencies['configurable-http-proxy']).toBe(images['proxy']?.tag);
  });

  it('lab has the JupyterHub of the hub, since the two speak one protocol', () => {
    const hub = [...requirements(read('hub', 'requirements.txt')).keys()].find((name) =>
      name.startsWith('jupyterhub=='),
    );
    expect(hub).toBeDefined();
    expect([...requirements(read('lab', 'requirements.txt')).keys()]).toContain(hub);
  });
});
