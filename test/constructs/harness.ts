import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PlatformApp } from '../../constructs/core/component';
import { renderObjects } from '../../constructs/core/render';
import { loadSite, siteSchema, type Site, type SiteInput } from '../../constructs/site';
import { realLock } from './support/platform';

const root = join(__dirname, '..', '..');

/** One of the project's sites. */
export const site = (name: string): Site =>
  loadSite(readFileSync(join(root, 'stacks', 'sites', `${name}.yaml`), 'utf8'), `stacks/sites/${name}.yaml`);

/** A small site without accelerators; top-level keys can be replaced. */
export const smallSite = (changes: Partial<SiteInput> = {}): Site =>
  siteSchema.parse({
    name: 'small',
    title: 'Small',
    domain: 'hub.small.example.org',
    cloud: { name: 'small', image: 'debian-12', externalNetwork: 'public', subnet: '10.9.0.0/24' },
    flavors: { big: { vcpus: 8, memory: '16Gi' } },
    nodes: { control: { flavor: 'big' }, storage: { flavor: 'big', data: '2Ti' } },
    identity: { issuer: 'https://iam.example.org/', users: ['users'], admins: ['admins'] },
    delivery: { repo: 'https://git.example.org/platform.git', revision: 'v1' },
    ...changes,
  });

/** A rendered object. */
export interface Loose {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Value at a path of keys and indices; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (here, key) => (here as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
}

/** A tree under test: the app and its objects by `Kind namespace/name` (or `Kind name`). */
export interface Rendered {
  readonly app: PlatformApp;
  readonly objects: readonly Loose[];
  get(key: string): Loose;
}

/** Builds and renders; a key that is not there fails with the list of what is. */
export function render(forSite: Site, build: (app: PlatformApp) => void): Rendered {
  const app = new PlatformApp({ site: forSite, lock: realLock() });
  build(app);
  const objects = renderObjects(app).map(({ object }) => object as unknown as Loose);
  const byKey = new Map(objects.map((object) => [keyOf(object), object]));
  return {
    app,
    objects,
    get: (key) => {
      const found = byKey.get(key);
      if (!found) throw new Error(`no ${key} among\n${[...byKey.keys()].join('\n')}`);
      return found;
    },
  };
}

/** `Kind namespace/name`, or `Kind name` for cluster-scoped objects. */
export function keyOf({ kind, metadata }: Loose): string {
  return `${kind} ${[metadata['namespace'], metadata['name']].filter(Boolean).join('/')}`;
}
