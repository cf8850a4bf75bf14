import { own } from '../own';
import type { Site } from '../schema';
import type { SiteParts } from './plan';

/** What a site asks of its OpenStack project, in the units of the quotas. */
export interface QuotaTotals {
  readonly instances: number;
  readonly cores: number;
  readonly ramMiB: number;
  readonly serverGroups: number;
  /** Machines of the largest server group: Nova limits these too. */
  readonly serverGroupMembers: number;
  readonly volumes: number;
  readonly gigabytes: number;
  readonly networks: number;
  readonly subnets: number;
  readonly routers: number;
  readonly ports: number;
  readonly floatingIps: number;
  readonly securityGroups: number;
  readonly securityGroupRules: number;
  readonly loadBalancers: number;
}

const MIB_PER_GIB = 1024;

const sum = <T>(list: readonly T[], of: (item: T) => number): number =>
  list.reduce((total, item) => total + of(item), 0);

/** Adds up a plan. */
export function quotaTotals(site: Site, plan: SiteParts): QuotaTotals {
  const { machines, serverGroups, securityGroups, floatingAddresses } = plan;
  const flavorOf = (name: string): Site['flavors'][string] | undefined => own(site.flavors, name);
  const volumes = machines.flatMap(({ volume }) => (volume ? [volume.gib] : []));
  const networks = machines.length > 0 ? 1 : 0;
  const loadBalancers = plan.loadBalancer ? 1 : 0;
  return {
    instances: machines.length,
    cores: sum(machines, ({ flavor }) => flavorOf(flavor)?.vcpus ?? 0),
    ramMiB: sum(machines, ({ flavor }) => flavorOf(flavor)?.memory ?? 0) * MIB_PER_GIB,
    serverGroups: serverGroups.length,
    serverGroupMembers: Math.max(
      0,
      ...serverGroups.map(({ name }) => machines.filter((m) => m.serverGroup === name).length),
    ),
    volumes: volumes.length,
    gigabytes: sum(volumes, (gib) => gib),
    networks,
    subnets: networks,
    routers: networks,
    // One for each machine, the router and the load balancer.
    ports: machines.length + networks + loadBalancers,
    floatingIps: floatingAddresses.length,
    securityGroups: securityGroups.length,
    securityGroupRules: sum(securityGroups, ({ rules }) => rules.length),
    loadBalancers,
  };
}
