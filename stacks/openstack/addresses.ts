import { loadbalancer, networking } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import type { Machine } from './machines';
import type { SiteNetwork } from './network';
import { tagOf, taggedName } from './tags';
import type { Site } from '../../constructs/site';

/** What the public address of a site is made from. */
export interface EntryProps {
  readonly stack: string;
  readonly site: Site;
  readonly network: SiteNetwork;
  /** Machines that serve users: the first one bears the floating address, all are members of the load balancer. */
  readonly machines: readonly Machine[];
}

/** Ports of the load balancer: the web, and nothing else. */
const ENTRY_PORTS = [80, 443];

/** Where users reach the site: a floating address on the gateway machine or on an Octavia load balancer. */
export class Entry extends pulumi.ComponentResource {
  /** Public IPv4 address. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, props: EntryProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Entry', name, {}, opts);
    const floating = new networking.FloatingIp(
      'entry',
      { pool: props.site.cloud.externalNetwork, description: tagOf(props.stack, 'entry') },
      { parent: this },
    );
    this.address = floating.address;
    const portId =
      props.site.cloud.entry === 'octavia' ? this.loadBalancer(props).vipPortId : props.machines[0]?.port.id;
    if (portId !== undefined) {
      new networking.FloatingIpAssociate(
        'entry-association',
        { floatingIp: floating.address, portId },
        { parent: this, dependsOn: [props.network.uplink] },
      );
    }
    this.registerOutputs({ address: this.address });
  }

  private loadBalancer(props: EntryProps): loadbalancer.LoadBalancer {
    const { stack, network } = props;
    const named = (logical: string): { readonly name: string; readonly description: string } => ({
      name: `${stack}-${logical}`,
      description: tagOf(stack, logical),
    });
    const balancer = new loadbalancer.LoadBalancer(
      'balancer',
      { ...named('balancer'), vipSubnetId: network.subnet.id },
      { parent: this, dependsOn: [network.uplink] },
    );
    for (const port of ENTRY_PORTS) {
      const listener = new loadbalancer.Listener(
        `listener-${port}`,
        { ...named(`listener-${port}`), protocol: 'TCP', protocolPort: port, loadbalancerId: balancer.id },
        { parent: this },
      );
      this.pool(port, listener, props);
    }
    return balancer;
  }

  private pool(port: number, listener: loadbalancer.Listener, props: EntryProps): void {
    const { stack, network } = props;
    const logical = `pool-${port}`;
    const pool = new loadbalancer.Pool(
      logical,
      {
        name: `${stack}-${logical}`,
        description: tagOf(stack, logical),
        protocol: 'TCP',
        lbMethod: 'LEAST_CONNECTIONS',
        listenerId: listener.id,
      },
      { parent: this },
    );
    new loadbalancer.Monitor(
      `monitor-${port}`,
      {
        name: taggedName(stack, `monitor-${port}`),
        poolId: pool.id,
        type: 'TCP',
        delay: 10,
        timeout: 5,
        maxRetries: 3,
      },
      { parent: this },
    );
    for (const { spec } of props.machines) {
      new loadbalancer.Member(
        `member-${spec.name}-${port}`,
        {
          name: taggedName(stack, `member-${spec.name}-${port}`),
          poolId: pool.id,
          address: spec.address,
          protocolPort: port,
          subnetId: network.subnet.id,
        },
        { parent: this },
      );
    }
  }
}
