import { CloudClient, type Json } from '../../../stacks/openstack/client';
import { readFacts, type CloudFacts } from '../../../stacks/openstack/facts';
import { failedServers } from '../../../stacks/openstack/verify';
import { FakeApi } from './fake-api';

const OURS = 'ai-infn/lab/x';
const server = (id: string, over: Json = {}): Json => ({
  id,
  name: `name-${id}`,
  status: 'ACTIVE',
  metadata: {},
  flavor: { vcpus: 8, ram: 1024, extra_specs: { 'pci_passthrough:alias': 't4:2' } },
  'OS-EXT-SRV-ATTR:host': 'host-1',
  ...over,
});

/** A cloud with one object of the stack and one of somebody else of each kind. */
const ANSWERS: Readonly<Record<string, Json>> = {
  '/compute/flavors/detail': {
    flavors: [
      {
        name: 'ours',
        vcpus: 8,
        ram: 1024,
        disk: 20,
        description: OURS,
        extra_specs: { 'pci_passthrough:alias': 't4:2' },
      },
      { name: 'theirs', vcpus: 1, ram: 512, disk: 1 },
    ],
  },
  '/compute/limits': {
    limits: {
      absolute: {
        maxTotalInstances: 10,
        totalInstancesUsed: 2,
        maxTotalCores: 20,
        totalCoresUsed: 16,
        maxTotalRAMSize: -1,
        totalRAMUsed: 2048,
        maxServerGroups: 5,
        totalServerGroupsUsed: 2,
        maxServerGroupMembers: 7,
      },
    },
  },
  '/compute/servers/detail': { servers: [server('1', { metadata: { 'ai-infn': OURS } }), server('2')] },
  '/compute/os-server-groups': { server_groups: [{ name: 'lab-group-control-abc' }, { name: 'other' }] },
  '/image/v2/images': { images: [{ name: 'debian-12' }] },
  '/network/v2.0/networks': {
    networks: [
      { id: 'n1', name: 'lab', description: OURS },
      { id: 'n2', name: 'theirs' },
    ],
  },
  '/network/v2.0/ports': {
    ports: [{ network_id: 'n1' }, { network_id: 'n2' }, { network_id: 'n2', description: OURS }],
  },
  '/network/v2.0/security-groups': {
    security_groups: [{ name: 'default' }, { name: 'lab-sg', description: `${OURS}: words` }],
  },
  '/network/v2.0/quotas/p-1/details.json': {
    quota: { port: { limit: 50, used: 3 }, network: { limit: 5, used: 2 } },
  },
  '/block-storage/v3/limits': {
    limits: {
      absolute: {
        maxTotalVolumes: 9,
        totalVolumesUsed: 2,
        maxTotalVolumeGigabytes: 100,
        totalGigabytesUsed: 60,
      },
    },
  },
  '/block-storage/v3/volumes/detail': {
    volumes: [
      { name: 'lab-data', size: 20, metadata: { 'ai-infn': OURS } },
      { name: 'v', size: 40, metadata: {} },
    ],
  },
  '/block-storage/v3/types': { volume_types: [{ name: 'standard' }] },
  '/load-balancer/v2/lbaas/quotas/p-1': { quota: { load_balancer: 4 } },
  '/load-balancer/v2/lbaas/loadbalancers': {
    loadbalancers: [{ name: 'lab-balancer', description: OURS }, { name: 'b' }],
  },
};

describe('what the checks know about a cloud', () => {
  let api: FakeApi;
  let roles: readonly string[] = ['member'];
  let broken: Json | undefined;
  beforeEach(async () => {
    [roles, broken] = [['member'], undefined];
    api = await FakeApi.start(({ path }) => {
      if (path.endsWith('/auth/tokens')) return api.token({ roles: roles.map((name) => ({ name })) });
      if (path.startsWith('/compute/servers/9')) return [200, { server: broken }];
      return [200, ANSWERS[path.split('?')[0] ?? ''] ?? {}];
    });
  });
  afterEach(() => api.stop());
  const facts = async (): Promise<CloudFacts> =>
    readFacts(await CloudClient.login(api.cloud(), 'RegionOne'), 'lab');

  it('is what it offers: flavors with their cards, images, networks, volume types', async () => {
    expect(await facts()).toMatchObject({
      flavors: [
        { name: 'ours', vcpus: 8, memoryMiB: 1024, diskGiB: 20, cards: { t4: 2 } },
        { name: 'theirs', cards: undefined },
      ],
      images: ['debian-12'],
      volumeTypes: ['standard'],
      hasOctavia: true,
      roles: ['member'],
    });
  });

  it('is every quota with what is used, and what of it is ours', async () => {
    expect((await facts()).quotas).toEqual({
      instances: { limit: 10, used: 2, ours: 1 },
      cores: { limit: 20, used: 16, ours: 8 },
      ramMiB: { limit: -1, used: 2048, ours: 1024 },
      serverGroups: { limit: 5, used: 2, ours: 1 },
      serverGroupMembers: { limit: 7, used: 0, ours: 0 },
      networks: { limit: 5, used: 2, ours: 1 },
      ports: { limit: 50, used: 3, ours: 2 },
      volumes: { limit: 9, used: 2, ours: 1 },
      gigabytes: { limit: 100, used: 60, ours: 20 },
      loadBalancers: { limit: 4, used: 2, ours: 1 },
    });
  });

  it('is the names of others, not ours', async () => {
    expect((await facts()).foreignNames).toEqual([
      'flavor theirs',
      'server name-2',
      'network theirs',
      'security group default',
      'volume v',
      'load balancer b',
    ]);
  });

  it('is who holds cards, for administrators only', async () => {
    expect((await facts()).cardHolders).toBeUndefined();
    roles = ['admin'];
    expect((await facts()).cardHolders).toEqual([
      { host: 'host-1', cards: { t4: 2 }, ours: true },
      { host: 'host-1', cards: { t4: 2 }, ours: false },
    ]);
    expect(api.requests).toContain('GET /compute/servers/detail?all_tenants=1');
  });

  it('is, of a server in ERROR, the reason that Nova’s list leaves out', async () => {
    const listed = server('9', { status: 'ERROR', metadata: { 'ai-infn': 'ai-infn/lab/t4-1' } });
    broken = { ...listed, fault: { message: 'No valid host was found.' } };
    const servers = { servers: [server('1'), listed, server('3', { status: 'ERROR' })] };
    const cloud = await CloudClient.login(api.cloud(), 'RegionOne');
    const list = jest.spyOn(cloud, 'list').mockResolvedValue(servers.servers);
    expect(await failedServers(cloud, 'lab')).toEqual([
      { machine: 't4-1', name: 'name-9', id: '9', fault: 'No valid host was found.', launched: false },
    ]);
    list.mockResolvedValue([{ ...listed, 'OS-SRV-USG:launched_at': '2026-01-01' }]);
    expect((await failedServers(cloud, 'lab')).map((s) => s.launched)).toEqual([true]);
  });
});
