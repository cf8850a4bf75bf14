import { networking } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import type { SecurityGroupPlan, SitePlan } from '../../constructs/site';
import { ruleArgs, subnetArgs } from './arguments';
import { naming } from './tags';

/** What the private network of a site is made from. */
export interface SiteNetworkProps {
  readonly plan: SitePlan;
  /** Id of the network that routers and floating addresses come from. */
  readonly externalNetworkId: pulumi.Input<string>;
}

/** Private network of a site: network, subnet, router to the outside and least-privilege security groups. */
export class SiteNetwork extends pulumi.ComponentResource {
  readonly network: networking.Network;
  readonly subnet: networking.Subnet;
  /** Attachment of the router; machines wait for it, because they load packages through it at their first boot. */
  readonly uplink: networking.RouterInterface;
  private readonly securityGroups: ReadonlyMap<string, networking.SecGroup>;

  constructor(name: string, props: SiteNetworkProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Network', name, {}, opts);
    const { plan } = props;
    const named = naming(plan.site);
    const mine = { parent: this };
    this.network = new networking.Network('network', { ...named('network'), adminStateUp: true }, mine);
    this.subnet = new networking.Subnet(
      'subnet',
      { ...named('subnet'), ...subnetArgs(plan.network), networkId: this.network.id },
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
      plan.securityGroups.map((group) => [group.name, this.securityGroup(group, plan.site)]),
    );
    for (const group of plan.securityGroups) this.addRules(group, plan.site);
    this.registerOutputs({ networkId: this.network.id, subnetId: this.subnet.id });
  }

  /** Id of a security group of the plan. @throws Error for a name that the plan has not: a bug in the plan */
  securityGroupId(name: string): pulumi.Output<string> {
    const group = this.securityGroups.get(name);
    if (!group) throw new Error(`the machine plan names the security group ${name} and does not define it`);
    return group.id;
  }

  private securityGroup(group: SecurityGroupPlan, stack: string): networking.SecGroup {
    const logical = `sg-${group.name}`;
    const args = { ...naming(stack)(logical, group.description), deleteDefaultRules: true };
    return new networking.SecGroup(logical, args, { parent: this });
  }

  private addRules(group: SecurityGroupPlan, stack: string): void {
    for (const rule of group.rules) {
      const logical = `sg-${group.name}-${rule.name}`;
      const remote = rule.group === undefined ? {} : { remoteGroupId: this.securityGroupId(rule.group) };
      const { description } = naming(stack)(logical);
      new networking.SecGroupRule(
        logical,
        { ...ruleArgs(rule), ...remote, securityGroupId: this.securityGroupId(group.name), description },
        { parent: this },
      );
    }
  }
}
