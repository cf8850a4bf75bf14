import { chartReleases } from './charts';
import { type Manifest, PlatformApp, type PlatformProps } from './core/component';
import { manifestPath, type RenderedObject, type RenderedTree, renderObjects, toYaml } from './core/render';
import type { SecretSpec } from './core/secrets';
import { addDatabase, type Database, DATABASE_BUCKET, type DatabaseConsumer } from './database';
import { Delivery, policiesFolder, WAVES } from './delivery';
import { Gpu } from './gpu';
import { Hub, type SessionVolume } from './hub';
import { Kueue } from './kueue';
import { Monitoring } from './monitoring';
import { Gateway } from './network/gateway';
import { NAMESPACES } from './network/namespaces';
import { Network } from './network/network';
import { Offload } from './offload';
import { bringsLocalPath, JUICEFS, LocalPath, Storage } from './storage';
import { Vkd } from './vkd';

/** Who has a database of its own. */
const CONSUMERS: readonly DatabaseConsumer[] = [
  { name: 'hub' },
  { name: 'grafana' },
  { name: 'accounting' },
  { name: 'figures', memberOf: ['pg_monitor'] },
];

/** What every session mounts; claims are made by the storage component. */
const SESSION_VOLUMES: readonly SessionVolume[] = [
  { name: 'home', claim: 'homes', mountPath: '/home/{username}', subPath: '{username}' },
  { name: 'envs', claim: 'envs', mountPath: '/envs', readOnly: true },
  { name: 'juicefs', claim: JUICEFS, mountPath: '/jfs', subPath: 'users/{username}' },
];

/** The whole platform of one site as a construct tree: each child is a component, in the order Argo CD applies them. */
export function buildPlatform(props: PlatformProps): PlatformApp {
  const app = new PlatformApp(props);
  new Network(app, 'network');
  const gateway = new Gateway(app, 'gateway');
  new Gpu(app, 'gpu');
  if (bringsLocalPath(props.site)) new LocalPath(app, 'local-path');
  const database = addData(app);
  const monitoring = new Monitoring(app, 'monitoring', {
    database: database.access('grafana'),
    databaseFigures: database.access('figures'),
    gateway,
  });
  new Kueue(app, 'queues');
  addUserSystems(app, { gateway, database, monitoring });
  if (Object.keys(props.site.offload).length > 0) new Offload(app, 'offload', { wave: WAVES.offload });
  // Last: it looks at everything before it.
  new Delivery(app, 'delivery', {
    charts: chartReleases(props.site, props.lock),
    folders: [policiesFolder()],
  });
  return app;
}

/** What keeps data: object store, metadata, file systems, then the database that backs up into the store. */
function addData(app: PlatformApp): Database {
  const storage = new Storage(app, 'storage', {
    wave: WAVES.storage,
    buckets: [
      {
        name: DATABASE_BUCKET,
        namespace: NAMESPACES.database.name,
        purpose: 'backups and write-ahead log of PostgreSQL',
        consumers: [`${NAMESPACES.database.name}/postgres`],
      },
    ],
  });
  return addDatabase(app, 'database', {
    wave: WAVES.database,
    consumers: CONSUMERS,
    objects: storage.objects,
  });
}

/** What users' systems stand on. */
interface Ground {
  readonly gateway: Gateway;
  readonly database: Database;
  readonly monitoring: Monitoring;
}

/** What scientists touch. */
function addUserSystems(app: PlatformApp, { gateway, database, monitoring }: Ground): void {
  const hub = new Hub(app, 'hub', {
    database: database.access('hub'),
    gateway,
    volumes: SESSION_VOLUMES,
    environment: { VKD_URL: Vkd.url },
  });
  const vkd = new Vkd(app, 'vkd', {
    hub: hub.service,
    hubPort: 'http',
    hubToken: hub.tokens.vkd,
    sessions: hub.sessions,
  });
  [hub.metrics, vkd.metrics].forEach((endpoint) => {
    monitoring.scrape(endpoint);
  });
}

/** All objects of a site; `policies` are the admission policies, which stand beside the components in a folder of their own. */
export function platformObjects(
  props: PlatformProps,
  policies: readonly Manifest[] = [],
): readonly RenderedObject[] {
  const guards = policies.map((object) => ({
    component: 'policies',
    path: manifestPath('policies', object),
    object,
  }));
  return [...renderObjects(buildPlatform(props)), ...guards].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files of objects, by path below `charts-out/<site>/`. */
export function manifestTree(objects: readonly RenderedObject[]): RenderedTree {
  return new Map(objects.map(({ path, object }) => [path, toYaml(object)]));
}

/** The Secrets a site needs; values are delivered by Pulumi, never rendered. */
export function secretCatalogue(props: PlatformProps): readonly SecretSpec[] {
  return buildPlatform(props).secrets;
}
