import { loadbalancer, networking } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import { PORTS, type LoadBalancerPlan, type SitePlan } from '../../constructs/site';
import type { Machine } from './machines';
import type { SiteNetwork } from './network';
import { naming, taggedName } from './tags';

/** What the public addresses of a site are made from. */
export interface AddressesProps {
  readonly plan: SitePlan;
  /** Name of the network that floating addresses come from. */
  readonly externalNetwork: string;
  readonly network: SiteNetwork;
  readonly machines: ReadonlyMap<string, Machine>;
}

/** Ports of the load balancer: the web, and nothing else. */
const ENTRY_PORTS = [PORTS.http, PORTS.https];

/** Floating addresses of a site, on machines or on an Octavia load balancer in front of the gateway machines. */
export class Addresses extends pulumi.ComponentResource {
  /** Public IPv4 address by purpose: `entry`, `api`. */
  readonly byName: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, props: AddressesProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Addresses', name, {}, opts);
    const { plan } = props;
    const balancer = plan.loadBalancer ? this.loadBalancer(plan.loadBalancer, props) : undefined;
    this.byName = Object.fromEntries(
      plan.floatingAddresses.map((address) => {
        const bearer =
          address.machine === undefined ? balancer?.vipPortId : machineOf(props, address.machine).port.id;
        if (bearer === undefined)
          throw new Error(`the floating address ${address.name} has nothing to bear it`);
        return [address.name, this.floating(address.name, bearer, props)];
      }),
    );
    this.registerOutputs(this.byName);
  }

  private floating(
    name: string,
    portId: pulumi.Output<string>,
    props: AddressesProps,
  ): pulumi.Output<string> {
    const { description } = naming(props.plan.site)(`address-${name}`);
    const floating = new networking.FloatingIp(
      `address-${name}`,
      { pool: props.externalNetwork, description },
      { parent: this },
    );
    new networking.FloatingIpAssociate(
      `address-${name}-association`,
      { floatingIp: floating.address, portId },
      { parent: this, dependsOn: [props.network.uplink], deleteBeforeReplace: true },
    );
    return floating.address;
  }

  private loadBalancer(spec: LoadBalancerPlan, props: AddressesProps): loadbalancer.LoadBalancer {
    const { plan, network } = props;
    const balancer = new loadbalancer.LoadBalancer(
      'balancer',
      {
        ...naming(plan.site)('balancer'),
        vipSubnetId: network.subnet.id,
        vipAddress: spec.address,
        securityGroupIds: [network.securityGroupId('gateway')],
      },
      { parent: this, dependsOn: [network.uplink], deleteBeforeReplace: true },
    );
    for (const port of ENTRY_PORTS) this.listener(port, balancer, spec, props);
    return balancer;
  }

  private listener(
    port: number,
    balancer: loadbalancer.LoadBalancer,
    spec: LoadBalancerPlan,
    props: AddressesProps,
  ): void {
    const { site } = props.plan;
    const named = naming(site);
    const mine = { parent: this };
    const listener = new loadbalancer.Listener(
      `listener-${port}`,
      { ...named(`listener-${port}`), protocol: 'TCP', protocolPort: port, loadbalancerId: balancer.id },
      mine,
    );
    const pool = new loadbalancer.Pool(
      `pool-${port}`,
      { ...named(`pool-${port}`), protocol: 'TCP', lbMethod: 'LEAST_CONNECTIONS', listenerId: listener.id },
      mine,
    );
    // TCP, because TLS ends in the cluster; every 10 s, unhealthy after three misses: out of service in half a minute.
    const probe = { type: 'TCP', delay: 10, timeout: 5, maxRetries: 3 };
    const monitor = `monitor-${port}`;
    new loadbalancer.Monitor(monitor, { name: taggedName(site, monitor), poolId: pool.id, ...probe }, mine);
    for (const id of spec.members) {
      const member = `member-${id}-${port}`;
      const at = {
        address: machineOf(props, id).spec.address,
        protocolPort: port,
        subnetId: props.network.subnet.id,
      };
      new loadbalancer.Member(member, { name: taggedName(site, member), poolId: pool.id, ...at }, mine);
    }
  }
}

function machineOf(props: AddressesProps, id: string): Machine {
  const machine = props.machines.get(id);
  if (!machine) throw new Error(`the machine plan gives an address to ${id} and does not define it`);
  return machine;
}
