import type { CloudClient, Json, Service } from './client';
import { child, objects, text } from './client';
import { TAG_KEY } from './tags';

/** An object of the cloud that an interrupted creation left. */
interface Remnant {
  readonly id: string;
  readonly service: Service;
  /** Path below the service that shows and deletes the object. */
  readonly path: string;
  readonly status: string;
}

/** A creation that the killed engine had begun, as the state of the stack describes it. */
export interface Interrupted {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Json;
}

/** What became of the remains of one interrupted creation. */
export type Outcome =
  /** Nothing was found: the request had not reached the cloud. */
  | { readonly kind: 'nothing' }
  /** What was found was empty and has been deleted; the next run creates it again. */
  | { readonly kind: 'deleted'; readonly ids: readonly string[] }
  /** A data volume: never deleted, taken into the state. */
  | { readonly kind: 'adopted'; readonly id: string };

type Finder = (cloud: CloudClient, inputs: Json) => Promise<readonly Remnant[]>;

/** Statuses in which an object is still being made or removed and cannot be touched. */
const BUSY = new Set([
  'BUILD',
  'PENDING_CREATE',
  'PENDING_UPDATE',
  'PENDING_DELETE',
  'CREATING',
  'DELETING',
  'ATTACHING',
  'DETACHING',
]);
/** Time for a cloud to finish what it is at; slow ones build a server or a load balancer in minutes. */
const SETTLE_MS = 300_000;
const POLL_MS = 1000;

const VOLUME = 'openstack:blockstorage/volume:Volume';

/** Neutron and Octavia objects: found by the description that no other object has. */
const described = (service: Service, path: string, key: string): Finder => {
  return async (cloud, inputs) => {
    const tag = text(inputs, 'description');
    const found = await cloud.list(service, `${path}?description=${encodeURIComponent(tag)}`, key);
    return found.filter((o) => tag !== '' && o['description'] === tag).map((o) => remnant(service, path, o));
  };
};

/** How the remains of an interrupted creation are found, by resource type. */
const FINDERS: Readonly<Record<string, Finder>> = {
  'openstack:networking/network:Network': described('network', '/networks', 'networks'),
  'openstack:networking/subnet:Subnet': described('network', '/subnets', 'subnets'),
  'openstack:networking/router:Router': described('network', '/routers', 'routers'),
  'openstack:networking/secGroup:SecGroup': described('network', '/security-groups', 'security_groups'),
  'openstack:networking/secGroupRule:SecGroupRule': described(
    'network',
    '/security-group-rules',
    'security_group_rules',
  ),
  'openstack:networking/port:Port': described('network', '/ports', 'ports'),
  'openstack:networking/floatingIp:FloatingIp': described('network', '/floatingips', 'floatingips'),
  'openstack:loadbalancer/loadBalancer:LoadBalancer': described(
    'load-balancer',
    '/lbaas/loadbalancers',
    'loadbalancers',
  ),
  'openstack:loadbalancer/listener:Listener': described('load-balancer', '/lbaas/listeners', 'listeners'),
  'openstack:loadbalancer/pool:Pool': described('load-balancer', '/lbaas/pools', 'pools'),
  'openstack:loadbalancer/monitor:Monitor': async (cloud, inputs) =>
    named(
      await cloud.list('load-balancer', '/lbaas/healthmonitors', 'healthmonitors'),
      inputs,
      'load-balancer',
      '/lbaas/healthmonitors',
    ),
  'openstack:loadbalancer/member:Member': async (cloud, inputs) => {
    const path = `/lbaas/pools/${text(inputs, 'poolId')}/members`;
    return named(await cloud.list('load-balancer', path, 'members'), inputs, 'load-balancer', path);
  },
  'openstack:compute/instance:Instance': async (cloud, inputs) => {
    const tag = text(child(inputs, 'metadata'), TAG_KEY);
    const servers = await cloud.list(
      'compute',
      `/servers/detail?name=${encodeURIComponent(text(inputs, 'name'))}`,
      'servers',
    );
    const ours = servers.filter((s) => tag !== '' && text(child(s, 'metadata'), TAG_KEY) === tag);
    return ours.map((s) => remnant('compute', '/servers', s));
  },
  'openstack:compute/serverGroup:ServerGroup': async (cloud, inputs) =>
    named(
      await cloud.list('compute', '/os-server-groups', 'server_groups'),
      inputs,
      'compute',
      '/os-server-groups',
    ),
  'openstack:compute/keypair:Keypair': async (cloud, inputs) => {
    const path = `/os-keypairs/${encodeURIComponent(text(inputs, 'name'))}`;
    const pair = child(await cloud.find('compute', path), 'keypair');
    const ours = text(pair, 'public_key').trim() === text(inputs, 'publicKey').trim();
    return text(pair, 'name') !== '' && ours
      ? [{ id: text(pair, 'name'), service: 'compute', path, status: '' }]
      : [];
  },
  'openstack:compute/flavor:Flavor': async (cloud, inputs) =>
    named(
      await cloud.list('compute', '/flavors/detail?is_public=none', 'flavors'),
      inputs,
      'compute',
      '/flavors',
    ),
  'openstack:compute/volumeAttach:VolumeAttach': async (cloud, inputs) => {
    const path = `/servers/${text(inputs, 'instanceId')}/os-volume_attachments/${text(inputs, 'volumeId')}`;
    const found = await cloud.find('compute', path);
    // The provider's own id of an attachment.
    const id = `${text(inputs, 'instanceId')}/${text(inputs, 'volumeId')}`;
    return found ? [{ id, service: 'compute', path, status: '' }] : [];
  },
  'openstack:identity/applicationCredential:ApplicationCredential': async (cloud, inputs) => {
    const path = `/users/${cloud.session.userId}/application_credentials`;
    return named(await cloud.list('identity', path, 'application_credentials'), inputs, 'identity', path);
  },
  [VOLUME]: async (cloud, inputs) => {
    const tag = text(child(inputs, 'metadata'), TAG_KEY);
    const volumes = await cloud.list(
      'volume',
      `/volumes/detail?name=${encodeURIComponent(text(inputs, 'name'))}`,
      'volumes',
    );
    return volumes
      .filter((v) => tag !== '' && text(child(v, 'metadata'), TAG_KEY) === tag)
      .map((v) => remnant('volume', '/volumes', v));
  },
};

/**
 * Clears up after one interrupted creation. Everything but a data volume is deleted, because a half-made object may
 * lack what later requests would have set; it is new and nothing hangs on it. A usable data volume is adopted: a
 * volume is made by one request, and deleting volumes is never this program's own idea.
 * @param known ids that the state holds already; they are not remains
 * @param adoptable false when the state has an object under this URN already, as in an interrupted replacement
 */
export async function clearUp(
  cloud: CloudClient,
  interrupted: Interrupted,
  known: ReadonlySet<string>,
  adoptable: boolean,
): Promise<Outcome> {
  if (interrupted.type === 'openstack:networking/routerInterface:RouterInterface')
    return detachRouter(cloud, interrupted.inputs, known);
  const finder = FINDERS[interrupted.type];
  if (!finder) return { kind: 'nothing' };
  const found = (await finder(cloud, interrupted.inputs)).filter((r) => !known.has(r.id));
  const settled = await Promise.all(found.map((r) => settle(cloud, r)));
  const left = settled.filter((r): r is Remnant => r !== undefined);
  const keep =
    adoptable && interrupted.type === VOLUME
      ? left.find((r) => /^(available|in-use)$/i.test(r.status))
      : undefined;
  for (const r of left.filter((r) => r !== keep)) await removeAndWait(cloud, r);
  if (keep) return { kind: 'adopted', id: keep.id };
  return left.length > 0 ? { kind: 'deleted', ids: left.map((r) => r.id) } : { kind: 'nothing' };
}

/** Waits until an object that was being deleted when the engine was killed is gone, or proves to stay. */
export async function awaitDeletion(cloud: CloudClient, type: string, id: string): Promise<void> {
  const place = {
    'openstack:compute/instance:Instance': ['compute', '/servers'],
    'openstack:loadbalancer/loadBalancer:LoadBalancer': ['load-balancer', '/lbaas/loadbalancers'],
    [VOLUME]: ['volume', '/volumes'],
  }[type] as readonly [Service, string] | undefined;
  if (place) await settle(cloud, { id, service: place[0], path: `${place[1]}/${id}`, status: 'DELETING' });
}

async function detachRouter(cloud: CloudClient, inputs: Json, known: ReadonlySet<string>): Promise<Outcome> {
  const [router, subnet] = [text(inputs, 'routerId'), text(inputs, 'subnetId')];
  const ports = await cloud.list('network', `/ports?device_id=${router}`, 'ports');
  const port = ports.find((p) => objects(p['fixed_ips']).some((ip) => ip['subnet_id'] === subnet));
  if (!port || known.has(text(port, 'id'))) return { kind: 'nothing' };
  await cloud.send('PUT', 'network', `/routers/${router}/remove_router_interface`, { subnet_id: subnet });
  return { kind: 'deleted', ids: [text(port, 'id')] };
}

function named(
  candidates: readonly Json[],
  inputs: Json,
  service: Service,
  path: string,
): readonly Remnant[] {
  const name = text(inputs, 'name');
  return candidates.filter((o) => name !== '' && o['name'] === name).map((o) => remnant(service, path, o));
}

function remnant(service: Service, collection: string, object: Json): Remnant {
  const id = text(object, 'id');
  return { id, service, path: `${collection}/${id}`, status: statusOf(object) };
}

function statusOf(object: Json): string {
  const task = text(object, 'OS-EXT-STS:task_state');
  return task === 'deleting' ? 'DELETING' : text(object, 'provisioning_status') || text(object, 'status');
}

/** The object once the cloud has finished with it; undefined when it has gone. */
async function settle(cloud: CloudClient, r: Remnant): Promise<Remnant | undefined> {
  let current: Remnant | undefined = r;
  const end = Date.now() + SETTLE_MS;
  while (current && BUSY.has(current.status.toUpperCase()) && Date.now() < end) {
    const shown: Json | undefined = await cloud.find(r.service, r.path);
    const object =
      shown && (Object.values(shown).find((v) => typeof v === 'object' && v !== null) as Json | undefined);
    current = object && { ...r, status: statusOf(object) };
    if (current && BUSY.has(current.status.toUpperCase()))
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return current;
}

async function removeAndWait(cloud: CloudClient, r: Remnant): Promise<void> {
  await cloud.remove(r.service, r.path.includes('/lbaas/loadbalancers/') ? `${r.path}?cascade=true` : r.path);
  const end = Date.now() + SETTLE_MS;
  while ((await cloud.find(r.service, r.path)) !== undefined && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
