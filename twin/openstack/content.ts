import { setTimeout as sleep } from 'node:timers/promises';

import { ProgramError } from '../local/errors';
import { type CloudApi, type Item } from './api';
import { type Hosts } from './hosts';

/** A flavor of the local cloud, in nova's own units. */
export interface FlavorSpec {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  /** For example `{ 'pci_passthrough:alias': 't4:2' }`. */
  readonly extraSpecs?: Readonly<Record<string, string>>;
}

/** A volume type; an encrypted one makes a key in barbican for each volume, as on a real site. */
export interface VolumeTypeSpec {
  readonly name: string;
  readonly encrypted?: boolean;
}

/** Quotas of the ordinary project by each service's own keys; what is not named is unlimited. */
export interface Quotas {
  readonly compute?: Readonly<Record<string, number>>;
  readonly volume?: Readonly<Record<string, number>>;
  readonly network?: Readonly<Record<string, number>>;
  readonly loadBalancer?: Readonly<Record<string, number>>;
}

/** What an operator finds on the cloud before creating anything. */
export interface CloudContent {
  /** Network of floating addresses and router gateways (198.51.100.0/24, RFC 5737). */
  readonly externalNetwork: string;
  readonly images: readonly string[];
  readonly volumeTypes: readonly VolumeTypeSpec[];
  readonly flavors: readonly FlavorSpec[];
  readonly quotas: Quotas;
}

/** Content of a cloud if nothing else is said: names as the shipped sites use them, no flavor, no limit. */
export const DEFAULT_CONTENT: CloudContent = {
  externalNetwork: 'public',
  images: ['debian-12'],
  volumeTypes: [{ name: 'standard' }],
  flavors: [],
  quotas: {},
};

/** Declares the content: makes what is missing, changes what differs, leaves all else alone. */
export async function seedContent(
  api: CloudApi,
  content: CloudContent,
  hosts: Hosts,
  project: string,
): Promise<void> {
  await Promise.all([
    seedFlavors(api, content.flavors),
    seedImages(api, content.images),
    seedNetwork(api, content.externalNetwork),
  ]);
  if (api.has('block-storage')) await seedVolumeTypes(api, content.volumeTypes);
  await seedZones(api, hosts);
  await seedQuotas(api, content.quotas, project);
}

async function seedFlavors(api: CloudApi, flavors: readonly FlavorSpec[]): Promise<void> {
  const known = new Map((await api.list('compute', '/flavors/detail', 'flavors')).map((f) => [f['name'], f]));
  for (const flavor of flavors) {
    const found = known.get(flavor.name);
    if (found !== undefined && sameFlavor(found, flavor)) continue;
    if (found !== undefined) await api.call('compute', 'DELETE', `/flavors/${String(found['id'])}`);
    const body = { name: flavor.name, vcpus: flavor.vcpus, ram: flavor.memoryMb, disk: flavor.diskGb };
    const made = (await api.call('compute', 'POST', '/flavors', { flavor: body }))['flavor'] as Item;
    const specs = flavor.extraSpecs ?? {};
    const path = `/flavors/${String(made['id'])}/os-extra_specs`;
    if (Object.keys(specs).length > 0) await api.call('compute', 'POST', path, { extra_specs: specs });
  }
}

/** True if a flavor of the cloud is what is wanted; the order of extra specs does not count. */
export function sameFlavor(found: Item, wanted: FlavorSpec): boolean {
  const canonical = (specs: unknown): string => JSON.stringify(Object.entries(specs ?? {}).sort());
  const sizes =
    found['vcpus'] === wanted.vcpus && found['ram'] === wanted.memoryMb && found['disk'] === wanted.diskGb;
  return sizes && canonical(found['extra_specs']) === canonical(wanted.extraSpecs);
}

/** Bytes of a stand-in image: no guest ever reads it. */
const IMAGE_BYTES = 65_536;

async function seedImages(api: CloudApi, names: readonly string[]): Promise<void> {
  const known = await api.list('image', '/v2/images', 'images');
  for (const name of names) {
    const same = known.filter((i) => i['name'] === name);
    if (same.some((i) => i['status'] === 'active')) continue;
    // What an interrupted run has left would make the name ambiguous.
    for (const left of same) await api.call('image', 'DELETE', `/v2/images/${String(left['id'])}`);
    const body = { name, disk_format: 'raw', container_format: 'bare', visibility: 'public' };
    const made = await api.call('image', 'POST', '/v2/images', body);
    await api.call('image', 'PUT', `/v2/images/${String(made['id'])}/file`, new Uint8Array(IMAGE_BYTES));
  }
}

async function seedNetwork(api: CloudApi, name: string): Promise<void> {
  const network = await api.ensure('network', '/v2.0/networks', 'networks', 'network', {
    name,
    'router:external': true,
    shared: false,
    'provider:network_type': 'flat',
    'provider:physical_network': name,
  });
  const subnet = {
    name,
    network_id: network['id'],
    ip_version: 4,
    cidr: '198.51.100.0/24',
    gateway_ip: '198.51.100.1',
    enable_dhcp: false,
    allocation_pools: [{ start: '198.51.100.10', end: '198.51.100.250' }],
  };
  await api.ensure('network', '/v2.0/subnets', 'subnets', 'subnet', subnet, ['name', 'network_id']);
}

const ENCRYPTION = {
  provider: 'luks',
  cipher: 'aes-xts-plain64',
  key_size: 256,
  control_location: 'front-end',
};

async function seedVolumeTypes(api: CloudApi, types: readonly VolumeTypeSpec[]): Promise<void> {
  for (const { name, encrypted } of types) {
    const { id } = await api.ensure('block-storage', '/types', 'volume_types', 'volume_type', { name });
    const path = `/types/${String(id)}/encryption`;
    const current = await api.call('block-storage', 'GET', path);
    if (encrypted && current['cipher'] === undefined)
      await api.call('block-storage', 'POST', path, { encryption: ENCRYPTION });
  }
}

async function seedZones(api: CloudApi, hosts: Hosts): Promise<void> {
  for (const { name, zone } of hosts.hosts) {
    if (zone === undefined) continue;
    const body = { name: zone, availability_zone: zone };
    const aggregate = await api.ensure('compute', '/os-aggregates', 'aggregates', 'aggregate', body);
    const members = (aggregate['hosts'] ?? []) as readonly string[];
    const path = `/os-aggregates/${String(aggregate['id'])}/action`;
    if (!members.includes(name)) await api.call('compute', 'POST', path, { add_host: { host: name } });
  }
}

async function seedQuotas(api: CloudApi, quotas: Quotas, project: string): Promise<void> {
  const id = String(
    (await api.list('identity', `/projects?name=${encodeURIComponent(project)}`, 'projects'))[0]?.['id'],
  );
  const tables = [
    { type: 'compute', path: `/os-quota-sets/${id}`, key: 'quota_set', values: quotas.compute },
    { type: 'block-storage', path: `/os-quota-sets/${id}`, key: 'quota_set', values: quotas.volume },
    { type: 'network', path: `/v2.0/quotas/${id}`, key: 'quota', values: quotas.network },
    { type: 'load-balancer', path: `/v2/lbaas/quotas/${id}`, key: 'quota', values: quotas.loadBalancer },
  ];
  for (const { type, path, key, values } of tables) {
    if (!api.has(type)) continue;
    await api.call(type, 'DELETE', path, undefined, [404]); // limits of an earlier start are not added up
    if (values !== undefined) await api.call(type, 'PUT', path, { [key]: values });
  }
}

/** Waits until nova schedules to every simulated server and cinder has its backend: only then does a create succeed. */
export async function waitForCapacity(api: CloudApi, hosts: Hosts, logs: readonly string[]): Promise<void> {
  const wanted = hosts.hosts.map((h) => h.name);
  let missing: string[] = [];
  for (let attempt = 0; attempt < 600; attempt++) {
    missing = await absent(api, wanted);
    if (missing.length === 0) return;
    await sleep(200);
  }
  throw new ProgramError(`not ready after 120 s: ${missing.join(', ')}`, logs);
}

async function absent(api: CloudApi, wanted: readonly string[]): Promise<string[]> {
  const servers = await api.list('compute', '/os-hypervisors', 'hypervisors');
  const up = new Set(servers.filter((h) => h['state'] === 'up').map((h) => h['hypervisor_hostname']));
  const missing = wanted.filter((name) => !up.has(name));
  if (!api.has('block-storage')) return missing;
  const volumes = await api.list('block-storage', '/os-services?binary=cinder-volume', 'services');
  return volumes.some((s) => s['state'] === 'up') ? missing : [...missing, 'cinder-volume'];
}
