import { compute, networking } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import type { MachinePlan, SitePlan } from '../../constructs/site';
import { fault } from '../cluster/fault';
import { instanceArgs, keptProperties } from './arguments';
import type { SiteNetwork } from './network';
import type { ProvisionOptions } from './options';
import { tagOf, taggedName } from './tags';

/** What the machines of a site are made from. */
export interface MachinesProps {
  readonly plan: SitePlan;
  readonly network: SiteNetwork;
  readonly imageId: pulumi.Input<string>;
  readonly options: ProvisionOptions;
  /** Flavors made by this stack, which machines wait for; empty where flavors are looked up. */
  readonly flavors: readonly pulumi.Resource[];
  /** cloud-init user data of a machine. */
  readonly userData: (machine: MachinePlan) => pulumi.Input<string>;
}

/** One machine: its port and its instance. */
export interface Machine {
  readonly spec: MachinePlan;
  readonly port: networking.Port;
  readonly instance: compute.Instance;
}

/** All virtual machines of a site: key pair, server groups, and a port with a fixed address and an instance for each. */
export class Machines extends pulumi.ComponentResource {
  readonly byId: ReadonlyMap<string, Machine>;
  private readonly serverGroups: ReadonlyMap<string, compute.ServerGroup>;
  private readonly key: compute.Keypair | undefined;

  constructor(name: string, props: MachinesProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Machines', name, {}, opts);
    const { plan, options } = props;
    const stack = plan.site;
    this.key =
      options.sshPublicKey === undefined
        ? undefined
        : new compute.Keypair(
            'key',
            { name: taggedName(stack, 'admin'), publicKey: options.sshPublicKey },
            { parent: this },
          );
    this.serverGroups = new Map(
      plan.serverGroups.map((group) => [
        group.name,
        new compute.ServerGroup(
          `group-${group.name}`,
          { name: taggedName(stack, `group-${group.name}`), policies: [group.policy] },
          { parent: this },
        ),
      ]),
    );
    this.byId = new Map(plan.machines.map((spec) => [spec.id, this.machine(spec, props)]));
    this.registerOutputs({ machines: [...this.byId.keys()] });
  }

  private machine(spec: MachinePlan, props: MachinesProps): Machine {
    const { network } = props;
    const port = new networking.Port(
      `${spec.id}-port`,
      {
        name: spec.name,
        description: tagOf(props.plan.site, `${spec.id}-port`),
        networkId: network.network.id,
        adminStateUp: true,
        securityGroupIds: spec.securityGroups.map((group) => network.securityGroupId(group)),
        fixedIps: [{ subnetId: network.subnet.id, ipAddress: spec.address }],
      },
      // A fixed address can be on one port at a time.
      { parent: this, deleteBeforeReplace: true },
    );
    return { spec, port, instance: this.instance(spec, port, props) };
  }

  private instance(spec: MachinePlan, port: networking.Port, props: MachinesProps): compute.Instance {
    const group = spec.serverGroup === undefined ? undefined : this.serverGroups.get(spec.serverGroup);
    const instance = new compute.Instance(
      spec.id,
      {
        ...instanceArgs(props.plan.site, spec),
        imageId: props.imageId,
        networks: [{ port: port.id }],
        userData: props.userData(spec),
        ...(this.key ? { keyPair: this.key.name } : {}),
        ...(group ? { schedulerHints: [{ group: group.id }] } : {}),
      },
      {
        parent: this,
        dependsOn: [props.network.uplink, ...props.flavors],
        deleteBeforeReplace: true,
        ignoreChanges: keptProperties(spec, props.options.replaceMachines ?? []),
        // Cards are reset and images copied to the host before a large machine is ACTIVE.
        customTimeouts: { create: '15m', update: '15m', delete: '10m' },
      },
    );
    failOnError(spec.name, instance);
    return instance;
  }
}

/**
 * A server that Nova put into ERROR stays in the state, and the next run would call it good. This fails that run.
 * It cannot see the failure of the very run that made the server; that one fails by itself.
 */
function failOnError(machine: string, instance: compute.Instance): void {
  // Its type says that it is there always; before the first creation it is not.
  const powerState: pulumi.Output<string | undefined> = instance.powerState;
  powerState.apply((state) => {
    if (state?.toLowerCase() !== 'error') return;
    throw fault(
      `${machine} is in ERROR in Nova. Look at \`openstack server show\` for the fault; mend its cause, then run ` +
        `\`aiinfn up\`, which replaces it, or \`pulumi up --replace '**${machine}'\`.`,
    );
  });
}
