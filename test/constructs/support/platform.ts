import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  addWorkload,
  Lock,
  PlatformApp,
  PlatformComponent,
  renderObjects,
  siteSchema,
  type DatabaseAccess,
  type RenderedObject,
  type ServiceRef,
  type Site,
  type SiteInput,
} from '../../../constructs';

/** A small site in the shape of CNAF: every kind of device, a reserved machine, two projects. */
export const SAMPLE: SiteInput = {
  name: 'sample',
  title: 'Sample site',
  domain: 'hub.sample.infn.it',
  cloud: { name: 'sample', image: 'debian-12', externalNetwork: 'public', subnet: '10.71.0.0/24' },
  hosts: { 'server-1': { t4: 4 }, 'server-2': { 'a100-40gb': 2, a30: 1 } },
  flavors: {
    'm1.xlarge': { vcpus: 8, memory: '16Gi' },
    'gpu.t4.x4': { vcpus: 32, memory: '128Gi' },
    'gpu.a100': { vcpus: 16, memory: '64Gi' },
  },
  nodes: {
    control: { count: 3, flavor: 'm1.xlarge' },
    storage: { count: 1, flavor: 'm1.xlarge', data: '2Ti' },
    t4: { flavor: 'gpu.t4.x4', host: 'server-1', cards: { t4: 4 } },
    a30: { flavor: 'gpu.a100', host: 'server-2', cards: { a30: 1 }, reserved: 'diamond' },
    a100: { count: 2, flavor: 'gpu.a100', host: 'server-2', cards: { 'a100-40gb': 1 }, mig: '1g.5gb' },
  },
  identity: { issuer: 'https://iam.cloud.infn.it/', users: ['users/ai-infn'], admins: ['admins/ai-infn'] },
  projects: { muography: { group: 'muography' }, diamond: { group: 'diamond', batch: { share: 2 } } },
  gateway: { acme: 'admin@sample.infn.it' },
  delivery: { repo: 'https://baltig.infn.it/ai-infn/platform.git', revision: '2026.11.0' },
};

/** The sample with changes of its top-level fields. */
export function sampleSite(change: Partial<SiteInput> = {}): Site {
  return siteSchema.parse({ ...SAMPLE, ...change });
}

/** The real pins: a component that asks for an image nobody pinned must fail here. */
export function realLock(): Lock {
  return Lock.parse(readFileSync(join(__dirname, '../../../versions.lock.yaml'), 'utf8'));
}

/** An empty platform for the sample site. */
export function sampleApp(change: Partial<SiteInput> = {}): PlatformApp {
  return new PlatformApp({ site: sampleSite(change), lock: realLock() });
}

/** A rendered object with its usual parts typed loosely enough to read in a test. */
export interface Read extends RenderedObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** All objects of an app, with kind, name and namespace at hand. */
export function objectsOf(app: PlatformApp): readonly Read[] {
  return renderObjects(app).map((rendered) => {
    const metadata = rendered.object['metadata'] as { name: string; namespace?: string };
    return {
      ...rendered,
      kind: String(rendered.object['kind']),
      name: metadata.name,
      namespace: metadata.namespace,
      spec: (rendered.object['spec'] ?? {}) as Readonly<Record<string, unknown>>,
    };
  });
}

/** The one object of a kind and name. @throws Error when there is none or more than one */
export function only(objects: readonly Read[], kind: string, name: string, namespace?: string): Read {
  const found = objects.filter(
    (o) => o.kind === kind && o.name === name && (namespace === undefined || o.namespace === namespace),
  );
  const [first] = found;
  if (found.length !== 1 || !first) throw new Error(`${found.length} objects are ${kind} ${name}`);
  return first;
}

class Neighbour extends PlatformComponent {}

/** A service of another component, for what the one under test connects to. */
export function neighbour(
  app: PlatformApp,
  name: string,
  namespace: string,
  ports: Record<string, number>,
): ServiceRef {
  const component = new Neighbour(app, `neighbour-${name}`, { namespace, wave: 0 });
  const containers = [{ name, image: 'localhost/none:1', ports, resources: { cpu: '1', memory: '1Gi' } }];
  return addWorkload(component, { name, kind: 'Deployment', user: 1000, containers }).service;
}

/** A PostgreSQL database on a server of the database component. */
export function sampleDatabase(server: ServiceRef, database: string): DatabaseAccess {
  const password = { namespace: 'database', name: 'postgres-users', key: database };
  return { service: server, port: 'postgres', database, user: database, password };
}

/** The database server of an app; make it once. */
export function sampleServer(app: PlatformApp): ServiceRef {
  return neighbour(app, 'postgres', 'database', { postgres: 5432 });
}
