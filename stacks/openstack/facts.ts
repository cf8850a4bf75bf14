import type { CloudClient, Json, Service } from './client';
import { child, text } from './client';
import { ownerPrefix, TAG_KEY } from './tags';

/** A flavor as the cloud has it. */
export interface CloudFlavor {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** Cards by PCI alias; undefined where the cloud does not show extra specs to us. */
  readonly cards: Readonly<Record<string, number>> | undefined;
}

/** A quota of the project: its limit (-1: none) and what is used, ours included. */
export interface Quota {
  readonly limit: number;
  readonly used: number;
  /** Part of `used` that belongs to this stack. */
  readonly ours: number;
}

/** Resources that a quota counts. */
export const QUOTAS = [
  'instances',
  'cores',
  'ramMiB',
  'serverGroups',
  'serverGroupMembers',
  'volumes',
  'gigabytes',
  'networks',
  'subnets',
  'routers',
  'ports',
  'floatingIps',
  'securityGroups',
  'securityGroupRules',
  'loadBalancers',
] as const;
/** Name of a quota. */
export type QuotaName = (typeof QUOTAS)[number];

/** A server anywhere in the cloud that holds cards; seen by administrators only. */
export interface CardHolder {
  readonly host: string;
  readonly cards: Readonly<Record<string, number>>;
  readonly ours: boolean;
}

/** What the checks before the first creation know about the cloud. */
export interface CloudFacts {
  readonly flavors: readonly CloudFlavor[];
  readonly images: readonly string[];
  readonly externalNetworks: readonly string[];
  readonly volumeTypes: readonly string[];
  /** Quotas that the cloud has told; a missing one is not checked. */
  readonly quotas: Partial<Readonly<Record<QuotaName, Quota>>>;
  /** Names of objects in the project that are not of this stack, as `kind name`. */
  readonly foreignNames: readonly string[];
  /** Servers with cards, of all projects; undefined where we may not see them. */
  readonly cardHolders: readonly CardHolder[] | undefined;
  readonly hasOctavia: boolean;
  readonly roles: readonly string[];
  /** The login may not make application credentials. */
  readonly restricted: boolean;
}

/** Number of a property; absent is 0. */
function num(object: Json | undefined, key: string): number {
  const value = object?.[key];
  return typeof value === 'number' ? value : Number(text(object, key) || 0);
}

/** Cards by alias that extra specs ask for: `pci_passthrough:alias` is `t4:4` or `t4:1,nic:2`. */
export function cardsOf(extraSpecs: Json): Readonly<Record<string, number>> {
  const pairs = text(extraSpecs, 'pci_passthrough:alias')
    .split(',')
    .filter((part) => part !== '');
  return Object.fromEntries(
    pairs.map((pair) => pair.trim().split(':')).map(([alias = '', n = '1']) => [alias, Number(n)]),
  );
}

/** Reads all facts, services in parallel. @throws CloudError when a service does not answer */
export async function readFacts(cloud: CloudClient, stack: string): Promise<CloudFacts> {
  const prefix = ownerPrefix(stack);
  const [flavors, images, nets, volumes, compute, network, balancers, cardHolders] = await Promise.all([
    cloud.list('compute', '/flavors/detail', 'flavors'),
    cloud.list('image', '/images?status=active', 'images'),
    cloud.list('network', '/networks?router:external=true', 'networks'),
    volumeFacts(cloud, prefix),
    computeFacts(cloud, prefix),
    networkFacts(cloud, prefix),
    balancerFacts(cloud, prefix),
    cardFacts(cloud, prefix),
  ]);
  const foreignFlavors = flavors.filter((f) => !described(prefix)(f)).map((f) => `flavor ${text(f, 'name')}`);
  return {
    flavors: flavors.map(toFlavor),
    images: images.map((i) => text(i, 'name')),
    externalNetworks: nets.map((n) => text(n, 'name')),
    volumeTypes: volumes.types,
    quotas: { ...compute.quotas, ...network.quotas, ...volumes.quotas, ...balancers.quotas },
    foreignNames: [
      ...foreignFlavors,
      ...compute.foreign,
      ...network.foreign,
      ...volumes.foreign,
      ...balancers.foreign,
    ],
    cardHolders,
    hasOctavia: cloud.has('load-balancer'),
    roles: cloud.session.roles,
    restricted: cloud.session.restricted,
  };
}

interface Part {
  readonly quotas: Partial<Record<QuotaName, Quota>>;
  readonly foreign: readonly string[];
}

function toFlavor(flavor: Json): CloudFlavor {
  const specs = flavor['extra_specs'];
  return {
    name: text(flavor, 'name'),
    vcpus: num(flavor, 'vcpus'),
    memoryMiB: num(flavor, 'ram'),
    diskGiB: num(flavor, 'disk'),
    cards: specs === undefined ? undefined : cardsOf(child(flavor, 'extra_specs')),
  };
}

const taggedServer =
  (prefix: string) =>
  (s: Json): boolean =>
    text(child(s, 'metadata'), TAG_KEY).startsWith(prefix);
const described =
  (prefix: string) =>
  (o: Json): boolean =>
    text(o, 'description').startsWith(prefix);

async function computeFacts(cloud: CloudClient, prefix: string): Promise<Part> {
  const [limits, servers, groups] = await Promise.all([
    cloud.get('compute', '/limits'),
    cloud.list('compute', '/servers/detail', 'servers'),
    cloud.list('compute', '/os-server-groups', 'server_groups'),
  ]);
  const absolute = child(child(limits, 'limits'), 'absolute');
  const ours = servers.filter(taggedServer(prefix));
  const sum = (key: string): number => ours.reduce((total, s) => total + num(child(s, 'flavor'), key), 0);
  const stack = prefix.split('/')[1] ?? '';
  const ourGroups = groups.filter((g) => text(g, 'name').startsWith(`${stack}-group-`)).length;
  const quota = (limit: string, used: string, own: number): Quota => ({
    limit: num(absolute, limit),
    used: num(absolute, used),
    ours: own,
  });
  const foreign = servers.filter((s) => !taggedServer(prefix)(s)).map((s) => `server ${text(s, 'name')}`);
  return {
    quotas: {
      instances: quota('maxTotalInstances', 'totalInstancesUsed', ours.length),
      cores: quota('maxTotalCores', 'totalCoresUsed', sum('vcpus')),
      ramMiB: quota('maxTotalRAMSize', 'totalRAMUsed', sum('ram')),
      serverGroups: quota('maxServerGroups', 'totalServerGroupsUsed', ourGroups),
      serverGroupMembers: quota('maxServerGroupMembers', '', 0),
    },
    foreign,
  };
}

/** Collections of Neutron: path and key, quota name in Neutron and here, and what a message calls one. */
const NETWORK_KINDS = [
  ['/networks', 'networks', 'network', 'networks', 'network'],
  ['/subnets', 'subnets', 'subnet', 'subnets', 'subnet'],
  ['/routers', 'routers', 'router', 'routers', 'router'],
  ['/ports', 'ports', 'port', 'ports', 'port'],
  ['/floatingips', 'floatingips', 'floatingip', 'floatingIps', 'floating IP'],
  ['/security-groups', 'security_groups', 'security_group', 'securityGroups', 'security group'],
  ['/security-group-rules', 'security_group_rules', 'security_group_rule', 'securityGroupRules', 'rule'],
] as const;
/** Kinds whose names an operator sees and would confuse; ports and addresses have none worth the check. */
const NAMED_KINDS = new Set(['network', 'subnet', 'router', 'security group']);

async function networkFacts(cloud: CloudClient, prefix: string): Promise<Part> {
  const project = cloud.session.projectId;
  const [details, ...lists] = await Promise.all([
    cloud.find('network', `/quotas/${project}/details.json`),
    ...NETWORK_KINDS.map(([path, key]) => cloud.list('network', `${path}?project_id=${project}`, key)),
  ]);
  const quotas: Partial<Record<QuotaName, Quota>> = {};
  const foreign: string[] = [];
  const ourNetworks = new Set((lists[0] ?? []).filter(described(prefix)).map((n) => text(n, 'id')));
  NETWORK_KINDS.forEach(([, , quotaName, ours, kind], i) => {
    const all = lists[i] ?? [];
    // The router's interface is a port that Neutron makes for us, without a description.
    const own = all.filter(
      (o) => described(prefix)(o) || (kind === 'port' && ourNetworks.has(text(o, 'network_id'))),
    );
    const told = child(child(details, 'quota'), quotaName);
    if (told['limit'] !== undefined)
      quotas[ours] = { limit: num(told, 'limit'), used: num(told, 'used'), ours: own.length };
    if (NAMED_KINDS.has(kind))
      foreign.push(...all.filter((o) => !described(prefix)(o)).map((o) => `${kind} ${text(o, 'name')}`));
  });
  return { quotas, foreign };
}

async function volumeFacts(
  cloud: CloudClient,
  prefix: string,
): Promise<Part & { readonly types: readonly string[] }> {
  if (!cloud.has('volume')) return { quotas: {}, foreign: [], types: [] };
  const [limits, volumes, types] = await Promise.all([
    cloud.get('volume', '/limits'),
    cloud.list('volume', '/volumes/detail', 'volumes'),
    cloud.list('volume', '/types', 'volume_types'),
  ]);
  const absolute = child(child(limits, 'limits'), 'absolute');
  const ours = volumes.filter(taggedServer(prefix));
  const gib = ours.reduce((total, v) => total + num(v, 'size'), 0);
  return {
    types: types.map((t) => text(t, 'name')),
    quotas: {
      volumes: {
        limit: num(absolute, 'maxTotalVolumes'),
        used: num(absolute, 'totalVolumesUsed'),
        ours: ours.length,
      },
      gigabytes: {
        limit: num(absolute, 'maxTotalVolumeGigabytes'),
        used: num(absolute, 'totalGigabytesUsed'),
        ours: gib,
      },
    },
    foreign: volumes.filter((v) => !taggedServer(prefix)(v)).map((v) => `volume ${text(v, 'name')}`),
  };
}

async function balancerFacts(cloud: CloudClient, prefix: string): Promise<Part> {
  const service: Service = 'load-balancer';
  if (!cloud.has(service)) return { quotas: {}, foreign: [] };
  const [quota, balancers] = await Promise.all([
    cloud.find(service, `/lbaas/quotas/${cloud.session.projectId}`),
    cloud.list(service, `/lbaas/loadbalancers?project_id=${cloud.session.projectId}`, 'loadbalancers'),
  ]);
  const limit = child(quota, 'quota')['load_balancer'] ?? child(quota, 'quota')['loadbalancer'];
  const ours = balancers.filter(described(prefix)).length;
  return {
    quotas: typeof limit === 'number' ? { loadBalancers: { limit, used: balancers.length, ours } } : {},
    foreign: balancers.filter((b) => !described(prefix)(b)).map((b) => `load balancer ${text(b, 'name')}`),
  };
}

/** Nova shows the servers and hosts of other projects to administrators only. */
async function cardFacts(cloud: CloudClient, prefix: string): Promise<readonly CardHolder[] | undefined> {
  if (!cloud.session.roles.includes('admin')) return undefined;
  const servers = await cloud.list('compute', '/servers/detail?all_tenants=1', 'servers');
  return servers
    .map((s) => ({
      host: text(s, 'OS-EXT-SRV-ATTR:host'),
      cards: cardsOf(child(child(s, 'flavor'), 'extra_specs')),
      ours: taggedServer(prefix)(s),
    }))
    .filter((holder) => holder.host !== '' && Object.keys(holder.cards).length > 0);
}
