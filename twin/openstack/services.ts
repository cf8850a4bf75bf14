import { UserError } from '../../constructs/core/errors';

/** Services that a cloud always has: without them no server boots. */
export const CORE_SERVICES = ['keystone', 'placement', 'glance', 'neutron', 'nova'] as const;
/** Services that a cloud may lack: volumes, load balancers, secrets. */
export const OPTIONAL_SERVICES = ['cinder', 'octavia', 'barbican'] as const;

/** A service that may be left out, to start faster where a test does not need it. */
export type OptionalService = (typeof OPTIONAL_SERVICES)[number];
/** Every service that can run. */
export type Service = (typeof CORE_SERVICES)[number] | OptionalService;
/** Port of each running service, all on the loopback interface. */
export type Ports = Readonly<Record<Service, number>>;

/** What is known of one service. */
export interface ServiceSpec {
  readonly name: Service;
  /** Debian packages: libraries only. The daemon packages bring unit files and questions that are not wanted. */
  readonly packages: readonly string[];
  readonly databases: readonly string[];
  /** Entries of the service catalogue: name, type and path behind the address. */
  readonly catalogue: readonly CatalogueEntry[];
}

/** One entry of keystone's service catalogue. */
export interface CatalogueEntry {
  readonly name: string;
  readonly type: string;
  readonly path: string;
}

const entry = (name: string, type: string, path = ''): CatalogueEntry => ({ name, type, path });

/** Every service, in the order in which ports are handed out. */
export const SERVICES: Readonly<Record<Service, ServiceSpec>> = {
  keystone: { name: 'keystone', packages: ['python3-keystone'], databases: ['keystone'], catalogue: [] },
  placement: {
    name: 'placement',
    packages: ['python3-placement'],
    databases: ['placement'],
    catalogue: [entry('placement', 'placement')],
  },
  glance: {
    name: 'glance',
    packages: ['python3-glance'],
    databases: ['glance'],
    catalogue: [entry('glance', 'image')],
  },
  neutron: {
    name: 'neutron',
    packages: ['python3-neutron'],
    databases: ['neutron'],
    catalogue: [entry('neutron', 'network')],
  },
  nova: {
    name: 'nova',
    packages: ['python3-nova'],
    databases: ['nova_api', 'nova', 'nova_cell0'],
    catalogue: [entry('nova', 'compute', '/v2.1')],
  },
  cinder: {
    name: 'cinder',
    packages: ['python3-cinder'],
    databases: ['cinder'],
    // The old type name stays in the catalogue because nova and the Terraform provider look it up.
    catalogue: [entry('cinder', 'block-storage', '/v3'), entry('cinderv3', 'volumev3', '/v3/%(project_id)s')],
  },
  octavia: {
    name: 'octavia',
    packages: ['python3-octavia'],
    databases: ['octavia'],
    catalogue: [entry('octavia', 'load-balancer')],
  },
  barbican: {
    name: 'barbican',
    packages: ['python3-barbican'],
    databases: ['barbican'],
    catalogue: [entry('barbican', 'key-manager')],
  },
};

const COMMON_PACKAGES = [
  'python3-pymysql',
  'mariadb-server-core',
  'mariadb-client-core',
  'uwsgi-core',
  'uwsgi-plugin-python3',
];
const ALL: readonly Service[] = [...CORE_SERVICES, ...OPTIONAL_SERVICES];

/** The core services and those optional ones that are wanted, in the order of the table. */
export function selectServices(optional: readonly OptionalService[]): readonly ServiceSpec[] {
  const wanted = new Set<Service>([...CORE_SERVICES, ...optional]);
  return ALL.filter((name) => wanted.has(name)).map((name) => SERVICES[name]);
}

/** Debian packages that the services need. */
export function packagesOf(services: readonly ServiceSpec[]): string[] {
  return [
    ...COMMON_PACKAGES,
    ...services.flatMap((s) => s.packages),
    ...(services.some((s) => s.name === 'cinder') ? ['python3-castellan', 'python3-barbicanclient'] : []),
  ];
}

/** One port for each service, one after the other from the first. */
export function portsFrom(first: number): Ports {
  if (!Number.isInteger(first) || first < 1024 || first + ALL.length > 65_536) {
    throw new UserError(
      `ports of the local OpenStack: found ${first}; allowed: a whole number from 1024 to ${65_536 - ALL.length}`,
    );
  }
  return Object.fromEntries(ALL.map((name, index) => [name, first + index])) as Record<Service, number>;
}

/**
 * First ports to try, in order. They stay below the range from which Linux takes the ports of outgoing connections
 * (32768 and up, ip(7)), so that no client of a service can be given the port of the next one to start. The state
 * folder decides where to begin: the same folder gets the same ports again, two folders hardly ever begin at one place.
 */
export function* candidateFirstPorts(stateDir: string): Generator<number> {
  const lowest = 20_000;
  const blocks = Math.floor((32_000 - lowest) / ALL.length);
  let hash = 0;
  for (const character of stateDir) hash = (hash * 31 + character.charCodeAt(0)) % blocks;
  for (let step = 0; step < blocks; step++) yield lowest + ((hash + step) % blocks) * ALL.length;
}
