import { CloudClient, type Json } from '../../../stacks/openstack/client';
import { awaitDeletion, clearUp, type Outcome } from '../../../stacks/openstack/recovery';
import { FakeApi, type Asked, type Reply } from './fake-api';

const TAG = 'ai-infn/lab/thing';
let api: FakeApi;
let objects: Map<string, Json>;
let cloud: CloudClient;

/** Objects by path as the services have them; a collection is what lies one level below its path. */
function store({ method, path }: Asked): Reply {
  const plain = (path.split('?')[0] ?? '').replace(/\/detail$/, '');
  const found = objects.get(plain);
  if (method === 'DELETE') return objects.delete(plain) ? [204, ''] : [404, {}];
  if (method === 'PUT') return [200, {}];
  const last = plain.split('/').at(-1) ?? '';
  if (found) return [200, { [plain.includes('os-keypairs') ? 'keypair' : 'thing']: found }];
  if (/-\d$/.test(last)) return [404, {}];
  const below = [...objects].filter(([at]) => at.startsWith(`${plain}/`)).map(([, object]) => object);
  return [200, { [last.replace(/^os-/, '').replaceAll('-', '_')]: below }];
}

beforeEach(async () => {
  objects = new Map();
  api = await FakeApi.start((asked) => (asked.path.endsWith('/auth/tokens') ? api.token() : store(asked)));
  cloud = await CloudClient.login(api.cloud(), 'RegionOne');
});
afterEach(() => api.stop());

function clear(type: string, inputs: Json, known: string[] = [], adoptable = true): Promise<Outcome> {
  return clearUp(cloud, { urn: 'urn', type, inputs }, new Set(known), adoptable);
}

describe('the remains of an interrupted creation', () => {
  it.each([
    ['openstack:networking/network:Network', '/network/v2.0/networks'],
    ['openstack:networking/subnet:Subnet', '/network/v2.0/subnets'],
    ['openstack:networking/router:Router', '/network/v2.0/routers'],
    ['openstack:networking/secGroup:SecGroup', '/network/v2.0/security-groups'],
    ['openstack:networking/secGroupRule:SecGroupRule', '/network/v2.0/security-group-rules'],
    ['openstack:networking/port:Port', '/network/v2.0/ports'],
    ['openstack:networking/floatingIp:FloatingIp', '/network/v2.0/floatingips'],
    ['openstack:loadbalancer/loadBalancer:LoadBalancer', '/load-balancer/v2/lbaas/loadbalancers'],
    ['openstack:loadbalancer/listener:Listener', '/load-balancer/v2/lbaas/listeners'],
    ['openstack:loadbalancer/pool:Pool', '/load-balancer/v2/lbaas/pools'],
  ])('are found by their description and deleted, and nothing else is: %s', async (type, collection) => {
    objects.set(`${collection}/x-1`, { id: 'x-1', description: TAG });
    objects.set(`${collection}/x-2`, { id: 'x-2', description: `${TAG}-other` });
    objects.set(`${collection}/x-3`, { id: 'x-3', description: TAG });
    expect(await clear(type, { description: TAG }, ['x-3'])).toEqual({ kind: 'deleted', ids: ['x-1'] });
    expect([...objects.keys()]).toEqual([`${collection}/x-2`, `${collection}/x-3`]);
  });

  it.each([
    ['openstack:compute/serverGroup:ServerGroup', '/compute/os-server-groups', {}],
    ['openstack:loadbalancer/monitor:Monitor', '/load-balancer/v2/lbaas/healthmonitors', {}],
    ['openstack:loadbalancer/member:Member', '/load-balancer/v2/lbaas/pools/p-1/members', { poolId: 'p-1' }],
    ['openstack:compute/flavor:Flavor', '/compute/flavors', {}],
    [
      'openstack:identity/applicationCredential:ApplicationCredential',
      '/identity/v3/users/u-1/application_credentials',
      {},
    ],
  ])('are found by their unique name where there is no description: %s', async (type, collection, inputs) => {
    objects.set(`${collection}/x-1`, { id: 'x-1', name: 'lab-thing-abc' });
    objects.set(`${collection}/x-2`, { id: 'x-2', name: 'lab-thing-def' });
    expect(await clear(type, { name: 'lab-thing-abc', ...inputs })).toEqual({
      kind: 'deleted',
      ids: ['x-1'],
    });
    expect([...objects.keys()]).toEqual([`${collection}/x-2`]);
  });

  it('are nothing where the request had not arrived, and where the kind is unknown', async () => {
    expect(await clear('openstack:networking/port:Port', { description: TAG })).toEqual({ kind: 'nothing' });
    expect(await clear('openstack:networking/port:Port', {})).toEqual({ kind: 'nothing' });
    expect(await clear('kubernetes:core/v1:Secret', {})).toEqual({ kind: 'nothing' });
  });

  it('of a server are found by its metadata, among servers of the same name', async () => {
    objects.set('/compute/servers/s-1', {
      id: 's-1',
      name: 'lab-t4-1',
      status: 'ACTIVE',
      metadata: { 'ai-infn': TAG },
    });
    objects.set('/compute/servers/s-2', { id: 's-2', name: 'lab-t4-1', status: 'ACTIVE', metadata: {} });
    const inputs = { name: 'lab-t4-1', metadata: { 'ai-infn': TAG } };
    expect(await clear('openstack:compute/instance:Instance', inputs)).toEqual({
      kind: 'deleted',
      ids: ['s-1'],
    });
    expect([...objects.keys()]).toEqual(['/compute/servers/s-2']);
  });

  it('of a router’s interface are taken off the router', async () => {
    objects.set('/network/v2.0/ports/x-1', { id: 'x-1', fixed_ips: [{ subnet_id: 'n-9' }] });
    const type = 'openstack:networking/routerInterface:RouterInterface';
    expect(await clear(type, { routerId: 'r-9', subnetId: 'other' })).toEqual({ kind: 'nothing' });
    expect(await clear(type, { routerId: 'r-9', subnetId: 'n-9' })).toEqual({
      kind: 'deleted',
      ids: ['x-1'],
    });
    expect(api.requests.at(-1)).toBe('PUT /network/v2.0/routers/r-9/remove_router_interface');
    const before = api.requests.length;
    expect(await clear(type, { routerId: 'r-9', subnetId: 'n-9' }, ['x-1'])).toEqual({ kind: 'nothing' });
    expect(api.requests.slice(before).filter((r) => r.startsWith('PUT'))).toEqual([]);
  });

  it('of a key pair are deleted only when it is the same key', async () => {
    const type = 'openstack:compute/keypair:Keypair';
    objects.set('/compute/os-keypairs/lab-1', { name: 'lab-1', public_key: 'ssh-rsa AAAA\n' });
    const shown = (key: string): Promise<Outcome> => clear(type, { name: 'lab-1', publicKey: key });
    expect(await shown('ssh-rsa BBBB')).toEqual({ kind: 'nothing' });
    expect(objects.size).toBe(1);
    expect(await shown('ssh-rsa AAAA')).toEqual({ kind: 'deleted', ids: ['lab-1'] });
    expect(objects.size).toBe(0);
  });
});

describe('an interrupted attachment', () => {
  const type = 'openstack:compute/volumeAttach:VolumeAttach';
  const path = '/compute/servers/s-1/os-volume_attachments/v-1';
  const inputs = { instanceId: 's-1', volumeId: 'v-1' };

  it('is undone, although the state knows server and volume', async () => {
    objects.set(path, { volumeId: 'v-1' });
    expect(await clear(type, inputs, ['s-1', 'v-1'])).toEqual({ kind: 'deleted', ids: ['s-1/v-1'] });
    expect(await clear(type, inputs)).toEqual({ kind: 'nothing' });
  });

  it('is left alone once the state has it', async () => {
    objects.set(path, { volumeId: 'v-1' });
    expect(await clear(type, inputs, ['s-1/v-1'])).toEqual({ kind: 'nothing' });
    expect(objects.size).toBe(1);
  });
});

describe('an interrupted data volume', () => {
  const TYPE = 'openstack:blockstorage/volume:Volume';
  const inputs = { name: 'lab-storage-1-data', metadata: { 'ai-infn': TAG } };
  const put = (id: string, status: string): void => {
    objects.set(`/block-storage/v3/volumes/${id}`, { id, status, metadata: { 'ai-infn': TAG } });
  };

  it.each(['available', 'in-use'])('is adopted and never deleted when it is %s', async (status) => {
    put('v-1', status);
    expect(await clear(TYPE, inputs)).toEqual({ kind: 'adopted', id: 'v-1' });
    expect(api.requests.filter((r) => r.startsWith('DELETE'))).toEqual([]);
  });

  it('is deleted when it never came to be', async () => {
    put('v-1', 'error');
    expect(await clear(TYPE, inputs)).toEqual({ kind: 'deleted', ids: ['v-1'] });
  });

  it('is deleted as the empty twin of one that the state has already', async () => {
    put('v-1', 'in-use');
    put('v-2', 'available');
    expect(await clear(TYPE, inputs, ['v-1'], false)).toEqual({ kind: 'deleted', ids: ['v-2'] });
    expect([...objects.keys()]).toEqual(['/block-storage/v3/volumes/v-1']);
  });
});

describe('an interrupted deletion', () => {
  it('is waited for until the object has gone', async () => {
    const path = '/compute/servers/s-1';
    objects.set(path, { id: 's-1', status: 'ACTIVE', 'OS-EXT-STS:task_state': 'deleting' });
    setTimeout(() => objects.delete(path), 300);
    await awaitDeletion(cloud, 'openstack:compute/instance:Instance', 's-1');
    expect(objects.has(path)).toBe(false);
  });

  it('is let be when the object stays', async () => {
    objects.set('/compute/servers/s-1', { id: 's-1', status: 'ACTIVE' });
    await awaitDeletion(cloud, 'openstack:compute/instance:Instance', 's-1');
    await awaitDeletion(cloud, 'openstack:networking/port:Port', 'p-1');
    expect(api.requests).toEqual(['GET /compute/servers/s-1']);
  });
});
