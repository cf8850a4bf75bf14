import { images, networking, Provider } from '@pulumi/openstack';
import type * as pulumi from '@pulumi/pulumi';

import { planMachines, type MachinePlan, type Site } from '../../constructs/site';
import { Addresses } from './addresses';
import { clusterRoles } from './arguments';
import { ClusterCredential } from './credential';
import { Flavors } from './flavors';
import { Machines } from './machines';
import { SiteNetwork } from './network';
import type { ProvisionOptions } from './options';
import { Volumes } from './volumes';

/** What the program knows beside the site file. */
export interface ProvisionInputs {
  readonly options: ProvisionOptions;
  /** Roles that the operator's login has; the cluster's credential gets some of them. */
  readonly roles: readonly string[];
  /** cloud-init user data of a machine. */
  readonly userData: (machine: MachinePlan) => pulumi.Input<string>;
}

/** Outputs of a site's stack. */
export interface Provisioned {
  /** Public addresses by purpose: `entry` for users, `api` for administrators. */
  readonly addresses: Readonly<Record<string, pulumi.Output<string>>>;
  /** Private addresses of the machines by name. */
  readonly machines: Readonly<Record<string, string>>;
  /** Application credential of the cluster; the secret is encrypted. */
  readonly credential: { readonly id: pulumi.Output<string>; readonly secret: pulumi.Output<string> };
}

/** Declares everything a site has in OpenStack. The same function serves `pulumi up`, the command line and the tests. */
export async function provisionSite(site: Site, inputs: ProvisionInputs): Promise<Provisioned> {
  const plan = planMachines(site);
  const { options } = inputs;
  const stack = plan.site;
  const { cloud } = site;
  // Octavia always: without the setting, SDK 3.15.2 would look for the load balancers that Neutron had until 2019.
  const provider = new Provider('openstack', {
    cloud: options.cloud ?? cloud.name,
    region: cloud.region,
    useOctavia: true,
  });
  const external = await networking.getNetwork({ name: cloud.externalNetwork, external: true }, { provider });
  const image = await images.getImage({ name: cloud.image, mostRecent: true }, { provider });
  const opts = { provider };
  const network = new SiteNetwork('network', { plan, externalNetworkId: external.id }, opts);
  const flavors = cloud.createFlavors
    ? new Flavors('flavors', { stack, flavors: plan.flavors }, opts).all
    : [];
  const { userData } = inputs;
  const machines = new Machines(
    'machines',
    { plan, network, imageId: image.id, options, flavors, userData },
    opts,
  ).byId;
  new Volumes('volumes', { stack, machines: [...machines.values()], options }, opts);
  const { externalNetwork } = cloud;
  const addresses = new Addresses('addresses', { plan, externalNetwork, network, machines }, opts);
  const roles = clusterRoles(inputs.roles, plan.loadBalancer !== undefined);
  const credential = new ClusterCredential('credential', { stack, roles }, opts);
  return {
    addresses: addresses.byName,
    machines: Object.fromEntries(plan.machines.map((m) => [m.name, m.address])),
    credential: { id: credential.credentialId, secret: credential.secret },
  };
}
