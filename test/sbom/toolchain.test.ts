import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

import { uuidOf } from '../../sbom/document';
import { toolchainBom } from '../../sbom/toolchain';

const LOCK = readFileSync(join(__dirname, '..', '..', 'package-lock.json'), 'utf8');
const MANIFEST = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
interface Part {
  readonly purl: string;
  readonly scope: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

describe('the SBOM of the toolchain', () => {
  const text = toolchainBom(LOCK);
  const parts = (JSON.parse(text) as { components: readonly Part[] }).components;
  const purl = ([name, version]: readonly [string, string]): string =>
    `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const scope = (name: string): string | undefined => parts.find((part) => part.purl === name)?.scope;

  it('is valid CycloneDX 1.7', async () => {
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot7).validate(text)).toBeNull();
  });

  it('holds every package of package.json at its pinned version, those of development excluded', () => {
    expect(Object.entries(MANIFEST.dependencies).map(purl).map(scope)).toEqual(
      Object.keys(MANIFEST.dependencies).map(() => 'required'),
    );
    // Some packages of development are dependencies of packages that run.
    expect(Object.entries(MANIFEST.devDependencies).map(purl).map(scope)).not.toContain(undefined);
    expect(parts.find((part) => part.purl.startsWith('pkg:npm/jest@'))?.scope).toBe('excluded');
  });

  it('lists each package once, with the checksum of the lock file', () => {
    expect(new Set(parts.map((part) => part.purl)).size).toBe(parts.length);
    const zod = /"node_modules\/zod": \{[^}]*"integrity": "sha512-([^"]+)"/.exec(LOCK)?.[1] ?? '';
    expect(parts.find((part) => part.purl.startsWith('pkg:npm/zod@'))?.hashes).toEqual([
      { alg: 'SHA-512', content: Buffer.from(zod, 'base64').toString('hex') },
    ]);
  });

  it('counts a package as required when it is needed at run time at any place', () => {
    const entry = { version: '1.0.0' };
    const packages = {
      '': { version: '1' },
      'node_modules/a': { ...entry, dev: true },
      'node_modules/b/node_modules/a': entry,
      'node_modules/c/node_modules/a': { ...entry, dev: true },
    };
    const [part] = (
      JSON.parse(toolchainBom(JSON.stringify({ name: 'x', version: '1', packages }))) as {
        components: readonly Part[];
      }
    ).components;
    expect(part).toMatchObject({ purl: 'pkg:npm/a@1.0.0', scope: 'required' });
  });

  it('refuses a lock file it does not understand', () => {
    expect(() => toolchainBom('{"name": "x", "version": "1", "dependencies": {}}')).toThrow('packages');
  });
});

describe('serial numbers', () => {
  it('are UUIDs of version 8 that depend on the text alone', () => {
    expect(uuidOf('a')).toBe('ca978112-ca1b-8dca-bac2-31b39a23dc4d');
    expect(uuidOf('a')).not.toBe(uuidOf('b'));
  });
});
