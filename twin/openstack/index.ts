/**
 * A real OpenStack on one machine. keystone, placement, glance, neutron, nova, cinder, octavia and barbican are Debian's
 * own programs, so APIs, policy, quotas, scheduling and accounting are genuine. Simulated are only the ends: hypervisors
 * (nova's fake driver given PCI cards), network agents, the storage behind volumes, the machines behind load balancers.
 * No guest boots: it proves that OpenStack accepts, schedules, accounts for and deletes something, not that it works.
 */
export { type OnProgress, type ProgressEvent } from '../local/progress';
export {
  type CloudContent,
  DEFAULT_CONTENT,
  type FlavorSpec,
  type Quotas,
  type VolumeTypeSpec,
} from './content';
export { type Hosts, type HostsJson, cardsByAlias, parseHosts } from './hosts';
export {
  type OpenStackHandle,
  type OpenStackOptions,
  type OpenStackStatus,
  type ProgramStatus,
  destroyOpenStack,
  installPackages,
  missingPackages,
  openStackStatus,
  startOpenStack,
  stopOpenStack,
} from './manager';
export { type PortChoice } from './ports';
export { OPTIONAL_SERVICES, type OptionalService, type Service } from './services';
