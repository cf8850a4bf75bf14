import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  type OpenStackHandle,
  type OpenStackOptions,
  type ProgressEvent,
  destroyOpenStack,
  missingPackages,
  openStackStatus,
  startOpenStack,
  stopOpenStack,
} from '../../twin/openstack';
import { ProgramError } from '../../twin/local/errors';
import { Cloud, type Json } from './support/cloud';
import { HOSTS } from './support/hosts';
import { leftRunning } from './support/left-running';

jest.setTimeout(300_000);

const FLAVORS = [
  { name: 'm1.small', vcpus: 1, memoryMb: 1024, diskGb: 10 },
  { name: 'gpu.t4', vcpus: 4, memoryMb: 8192, diskGb: 20, extraSpecs: { 'pci_passthrough:alias': 't4:1' } },
  {
    name: 'gpu.t4.x2',
    vcpus: 8,
    memoryMb: 16_384,
    diskGb: 20,
    extraSpecs: { 'pci_passthrough:alias': 't4:2' },
  },
  {
    name: 'gpu.a100',
    vcpus: 8,
    memoryMb: 16_384,
    diskGb: 20,
    extraSpecs: { 'pci_passthrough:alias': 'a100:1' },
  },
];

const pidsOf = (stateDir: string): (number | undefined)[] =>
  openStackStatus(stateDir).programs.map((p) => p.pid);
const fault = (server: Json): string => String((server['fault'] as Json | undefined)?.['message']);
const hostOf = (server: Json): unknown => server['OS-EXT-SRV-ATTR:host'];

describe('a local OpenStack', () => {
  const parent = mkdtempSync(join(tmpdir(), 'os-'));
  const stateDir = join(parent, 'cloud');
  const events: ProgressEvent[] = [];
  const options: OpenStackOptions = {
    stateDir,
    hosts: HOSTS,
    cloudName: 'rehearsal',
    content: {
      externalNetwork: 'outside',
      flavors: FLAVORS,
      volumeTypes: [{ name: 'standard' }, { name: 'sealed', encrypted: true }],
      quotas: { volume: { volumes: 1 }, network: { floatingip: 1 } },
    },
    onProgress: (event) => events.push(event),
  };
  let handle: OpenStackHandle;
  let cloud: Cloud;
  let admin: Cloud;
  let network: string;

  const login = async (): Promise<void> => {
    cloud = await Cloud.login(handle.cloudsYaml, 'rehearsal');
    admin = await Cloud.login(handle.cloudsYaml, 'admin');
  };

  beforeAll(async () => {
    expect(await missingPackages()).toEqual([]);
    handle = await startOpenStack(options);
    await login();
    network = await cloud.network('inside', '10.0.0.0/24');
  });
  afterAll(async () => {
    await destroyOpenStack(stateDir);
    rmSync(parent, { recursive: true, force: true });
  });

  it('tells its progress and ends with every program running', () => {
    expect(events.at(-1)?.message).toBe('OpenStack is ready');
    expect(events.map((e) => e.seconds)).toEqual([...events.map((e) => e.seconds)].sort((a, b) => a - b));
    const status = openStackStatus(stateDir);
    expect(status.state).toBe('running');
    expect(status.programs.map((p) => p.name).sort()).toEqual(
      ['barbican', 'cinder', 'db', 'glance', 'keystone', 'neutron', 'nova', 'octavia', 'placement'].sort(),
    );
    expect(Object.keys(handle.endpoints)).toHaveLength(8);
  });

  it('lets the ordinary account in with its clouds.yaml, which nobody else can read', () => {
    expect(handle.env).toEqual({
      OS_CLIENT_CONFIG_FILE: join(stateDir, 'clouds.yaml'),
      OS_CLOUD: 'rehearsal',
    });
    expect(statSync(handle.cloudsYaml).mode & 0o777).toBe(0o600);
    expect(cloud.services).toEqual(
      [
        'block-storage',
        'compute',
        'identity',
        'image',
        'key-manager',
        'load-balancer',
        'network',
        'placement',
        'volumev3',
      ].sort(),
    );
  });

  it('gives the ordinary account no right of the administrator', async () => {
    const flavor = { name: 'own', vcpus: 1, ram: 1, disk: 1 };
    expect((await cloud.ask('compute', 'POST', '/flavors', { flavor })).status).toBe(403);
    expect((await cloud.ask('identity', 'GET', '/users')).status).toBe(403);
  });

  it('boots as many GPU servers as there are cards, on the server that has them, and no more', async () => {
    const both = await cloud.boot('t4-both', 'gpu.t4.x2', network);
    const a100 = await cloud.boot('a100', 'gpu.a100', network);
    expect([both['status'], a100['status']]).toEqual(['ACTIVE', 'ACTIVE']);
    const seen = async (server: Json): Promise<unknown> =>
      hostOf((await admin.call('compute', 'GET', `/servers/${String(server['id'])}`))['server'] as Json);
    expect([await seen(both), await seen(a100)]).toEqual(['gpu-1', 'gpu-2']);

    const third = await cloud.boot('t4-third', 'gpu.t4', network);
    expect([third['status'], fault(third)]).toEqual([
      'ERROR',
      expect.stringContaining('No valid host was found'),
    ]);
    const second = await cloud.boot('a100-second', 'gpu.a100', network);
    expect([second['status'], fault(second)]).toEqual([
      'ERROR',
      expect.stringContaining('No valid host was found'),
    ]);
    for (const failed of [third, second])
      await cloud.call('compute', 'DELETE', `/servers/${String(failed['id'])}`);
  });

  it('puts a server into the zone of its host', async () => {
    const servers = await cloud.list('compute', '/servers/detail', 'servers');
    const zones = new Map(servers.map((s) => [s['name'], s['OS-EXT-AZ:availability_zone']]));
    expect([zones.get('t4-both'), zones.get('a100')]).toEqual(['nova', 'east']);
  });

  it('makes an encrypted volume with a key in barbican, and refuses one beyond the quota', async () => {
    const volume = (name: string): unknown => ({ volume: { name, size: 1, volume_type: 'sealed' } });
    const { id } = (await cloud.call('block-storage', 'POST', '/volumes', volume('one')))['volume'] as Json;
    const made = await cloud.until(
      'block-storage',
      `/volumes/${String(id)}`,
      'volume',
      (v) => v['status'] === 'available',
    );
    expect(made['encrypted']).toBe(true);
    const orders = await cloud.list('key-manager', '/v1/secrets', 'secrets');
    expect(orders).toHaveLength(1);
    const refused = await cloud.ask('block-storage', 'POST', '/volumes', volume('two'));
    expect(refused.status).toBe(413);
    expect(JSON.stringify(refused.body)).toContain('Maximum number of volumes allowed (1) exceeded');
  });

  it('gives floating addresses of the external network up to the quota', async () => {
    const outside = await cloud.id('network', '/v2.0/networks', 'networks', 'outside');
    const order = { floatingip: { floating_network_id: outside } };
    const { floatingip } = (await cloud.call('network', 'POST', '/v2.0/floatingips', order)) as {
      floatingip: Json;
    };
    expect(floatingip['floating_ip_address']).toMatch(/^198\.51\.100\./);
    const refused = await cloud.ask('network', 'POST', '/v2.0/floatingips', order);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      409,
      expect.stringContaining('Quota exceeded'),
    ]);
  });

  it('makes a load balancer with everything below it ACTIVE, and takes all away with no port left', async () => {
    const subnet = String(
      (await cloud.list('network', `/v2.0/subnets?network_id=${network}`, 'subnets'))[0]?.['id'],
    );
    const lb = (path: string, key: string, body: Json): Promise<Json> =>
      cloud.call('load-balancer', 'POST', `/v2/lbaas/${path}`, { [key]: body });
    const made = (await lb('loadbalancers', 'loadbalancer', { name: 'entry', vip_subnet_id: subnet }))[
      'loadbalancer'
    ] as Json;
    const settled = (): Promise<Json> =>
      cloud.until(
        'load-balancer',
        `/v2/lbaas/loadbalancers/${String(made['id'])}`,
        'loadbalancer',
        (b) => b['provisioning_status'] === 'ACTIVE',
      );
    await settled();
    const listener = (
      await lb('listeners', 'listener', { loadbalancer_id: made['id'], protocol: 'TCP', protocol_port: 443 })
    )['listener'] as Json;
    await settled();
    const pool = (
      await lb('pools', 'pool', { listener_id: listener['id'], protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' })
    )['pool'] as Json;
    await settled();
    const pools = `pools/${String(pool['id'])}`;
    await lb(`${pools}/members`, 'member', { address: '10.0.0.9', protocol_port: 443, subnet_id: subnet });
    await settled();
    await lb('healthmonitors', 'healthmonitor', {
      pool_id: pool['id'],
      type: 'TCP',
      delay: 5,
      timeout: 2,
      max_retries: 2,
    });
    await settled();
    const members = await cloud.list('load-balancer', `/v2/lbaas/${pools}/members`, 'members');
    expect(members.map((m) => m['provisioning_status'])).toEqual(['ACTIVE']);

    const path = `/v2/lbaas/loadbalancers/${String(made['id'])}`;
    await cloud.call('load-balancer', 'DELETE', `${path}?cascade=true`);
    await cloud.until('load-balancer', path, 'loadbalancer', (b) => b['status'] === 'GONE');
    const ports = await admin.list('network', `/v2.0/ports?id=${String(made['vip_port_id'])}`, 'ports');
    expect(ports).toEqual([]);
  });

  it('does nothing when it is started again as it is', async () => {
    const before = pidsOf(stateDir);
    await startOpenStack(options);
    expect(pidsOf(stateDir)).toEqual(before);
  });

  it('restarts only what a changed configuration concerns', async () => {
    const before = new Map(openStackStatus(stateDir).programs.map((p) => [p.name, p.pid]));
    const more = { name: 'cpu-2', vcpus: 8, memory_mb: 8192, local_gb: 100 };
    await startOpenStack({ ...options, hosts: { hosts: [...options.hosts.hosts, more] } });
    const changed = openStackStatus(stateDir).programs.filter((p) => p.pid !== before.get(p.name));
    expect(changed.map((p) => p.name)).toEqual(['nova']);
    const known = await admin.list('compute', '/os-hypervisors', 'hypervisors');
    expect(known.map((h) => h['hypervisor_hostname'])).toContain('cpu-2');
  });

  it('keeps servers and their cards over a crash, a stop and a start', async () => {
    const crashed = openStackStatus(stateDir).programs.filter((p) =>
      ['db', 'nova', 'keystone'].includes(p.name),
    );
    for (const { pid } of crashed) process.kill(pid ?? 0, 'SIGKILL');
    while (openStackStatus(stateDir).programs.filter((p) => p.running).length > 6) await sleep(20);
    expect(openStackStatus(stateDir).state).toBe('partial');
    await handle.stop();
    expect(openStackStatus(stateDir).state).toBe('stopped');
    expect(leftRunning(stateDir)).toEqual([]);
    handle = await startOpenStack(options);
    await login();
    const servers = await cloud.list('compute', '/servers/detail', 'servers');
    expect(servers.map((s) => [s['name'], s['status']]).sort()).toEqual([
      ['a100', 'ACTIVE'],
      ['t4-both', 'ACTIVE'],
    ]);
    const more = await cloud.boot('t4-more', 'gpu.t4', network);
    expect(fault(more)).toContain('No valid host was found');
    await cloud.call('compute', 'DELETE', `/servers/${String(more['id'])}`);
    const both = servers.find((s) => s['name'] === 't4-both');
    await cloud.call('compute', 'DELETE', `/servers/${String(both?.['id'])}`);
    await cloud.until('compute', `/servers/${String(both?.['id'])}`, 'server', (s) => s['status'] === 'GONE');
    expect((await cloud.boot('t4-freed', 'gpu.t4', network))['status']).toBe('ACTIVE');
  });

  it('runs a second one beside it, with other ports and passwords, from the cache', async () => {
    const second = join(parent, 'second');
    try {
      const other = await startOpenStack({
        stateDir: second,
        hosts: HOSTS,
        services: [],
        content: { flavors: FLAVORS },
      });
      const ports = [handle, other].flatMap((h) => Object.values(h.endpoints));
      expect(new Set(ports).size).toBe(ports.length);
      const lab = await Cloud.login(other.cloudsYaml, 'lab');
      expect((await lab.boot('there', 'm1.small', await lab.network('n', '10.0.0.0/24')))['status']).toBe(
        'ACTIVE',
      );
      expect((await cloud.list('compute', '/servers', 'servers')).map((s) => s['name'])).not.toContain(
        'there',
      );
      const passwords = [handle, other].map(
        (h) => /password: (.*)/.exec(readFileSync(h.cloudsYaml, 'utf8'))?.[1],
      );
      expect(passwords[0]).not.toBe(passwords[1]);
    } finally {
      await destroyOpenStack(second);
    }
    expect(leftRunning(second)).toEqual([]);
    expect(openStackStatus(stateDir).state).toBe('running');
  });

  it('refuses another cloud in its folder, and names that are taken', async () => {
    await expect(startOpenStack({ ...options, cloudName: 'other' })).rejects.toThrow(
      'holds the cloud rehearsal',
    );
    await expect(startOpenStack({ ...options, cloudName: 'admin' })).rejects.toThrow(
      'cannot be called admin',
    );
  });

  it('fails with the words of the program that does not start', async () => {
    await stopOpenStack(stateDir);
    rmSync(join(stateDir, 'db', 'ibdata1'));
    const broken = startOpenStack(options);
    await expect(broken).rejects.toThrow(ProgramError);
    await expect(broken).rejects.toThrow(
      /the database ended at its start\nlast lines of .*db\.log:\n.*ibdata1/s,
    );
  });

  it('is mended by a reset: empty, with the same accounts and addresses', async () => {
    const clouds = readFileSync(handle.cloudsYaml, 'utf8');
    await handle.reset();
    expect(readFileSync(handle.cloudsYaml, 'utf8')).toBe(clouds);
    await login();
    expect(await cloud.list('compute', '/servers', 'servers')).toEqual([]);
    expect((await cloud.list('network', '/v2.0/networks', 'networks')).map((n) => n['name'])).toEqual([
      'outside',
    ]);
    expect(await cloud.list('block-storage', '/volumes', 'volumes')).toEqual([]);
  });

  it('is gone after it was destroyed: no process, no file', async () => {
    const pids = pidsOf(stateDir);
    await destroyOpenStack(stateDir);
    expect(leftRunning(stateDir)).toEqual([]);
    expect(pids.filter((pid) => existsSync(`/proc/${String(pid)}`))).toEqual([]);
    expect(readdirSync(parent)).toEqual([]);
    expect(openStackStatus(stateDir).state).toBe('absent');
    await destroyOpenStack(stateDir);
  });
});
