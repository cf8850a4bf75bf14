import { networking } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import { ruleArgs, subnetArgs } from './arguments';
import type { Model } from './model';
import { tagOf } from './tags';
import type { Site } from '../../constructs/site';

/** What the private network of a site is made from. */
export interface SiteNetworkProps {
  readonly stack: string;
  readonly site: Site;
  readonly model: Model;
  /** Id of the network that routers and floating addresses come from. */
  readonly externalNetworkId: pulumi.Input<string>;
}

/** Private network of a site: network, subnet, router to the outside and least-privilege security groups. */
export class SiteNetwork extends pulumi.ComponentResource {
  readonly network: networking.Network;
  readonly subnet: networking.Subnet;
  /** Attachment of the router; machines wait for it, because they load packages through it at their first boot. */
  readonly uplink: networking.RouterInterface;
  readonly securityGroups: ReadonlyMap<string, networking.SecGroup>;

  constructor(name: string, props: SiteNetworkProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Network', name, {}, opts);
    const { stack, site, model } = props;
    const mine = { parent: this };
    const named = (logical: string): { readonly name: string; readonly description: string } => ({
      name: logical === 'network' ? stack : `${stack}-${logical}`,
      description: tagOf(stack, logical),
    });
    this.network = new networking.Network('network', { ...named('network'), adminStateUp: true }, mine);
    this.subnet = new networking.Subnet(
      'subnet',
      { ...named('subnet'), ...subnetArgs(site), networkId: this.network.id },
      mine,
    );
    const router = new networking.Router(
      'router',
      { ...named('router'), adminStateUp: true, externalNetworkId: props.externalNetworkId },
      mine,
    );
    this.uplink = new networking.RouterInterface(
      'uplink',
      { routerId: router.id, subnetId: this.subnet.id },
      mine,
    );
    this.securityGroups = new Map(
      model.securityGroups.map((group) => [
        group.name,
        new networking.SecGroup(
          `sg-${group.name}`,
          { ...named(`sg-${group.name}`), deleteDefaultRules: true },
          mine,
        ),
      ]),
    );
    for (const group of model.securityGroups) this.addRules(stack, group);
    this.registerOutputs({ networkId: this.network.id, subnetId: this.subnet.id });
  }

  /** Id of a security group of the plan. @throws Error for a name that the plan has not: a bug in the plan */
  securityGroupId(name: string): pulumi.Output<string> {
    const group = this.securityGroups.get(name);
    if (!group) throw new Error(`the machine plan names the security group ${name} and does not define it`);
    return group.id;
  }

  private addRules(stack: string, group: Model['securityGroups'][number]): void {
    for (const rule of group.rules) {
      const logical = `sg-${group.name}-${rule.name}`;
      const remote = rule.group === undefined ? {} : { remoteGroupId: this.securityGroupId(rule.group) };
      new networking.SecGroupRule(
        logical,
        {
          ...ruleArgs(rule),
          ...remote,
          securityGroupId: this.securityGroupId(group.name),
          description: tagOf(stack, logical),
        },
        { parent: this },
      );
    }
  }
}
