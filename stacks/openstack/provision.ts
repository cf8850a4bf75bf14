import { compute, identity, images, networking, Provider } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import { Entry } from './addresses';
import { Machines } from './machines';
import { modelOf, type MachineSpec } from './model';
import { SiteNetwork } from './network';
import type { ProvisionOptions } from './options';
import { tagOf } from './tags';
import { Volumes } from './volumes';
import type { Site } from '../../constructs/site';

export async function provisionSite(
  site: Site,
  options: ProvisionOptions = {},
): Promise<Record<string, pulumi.Input<unknown>>> {
  const stack = site.name;
  const model = modelOf(site);
  const provider = new Provider('openstack', {
    cloud: options.cloud ?? site.cloud.name,
    region: site.cloud.region,
    useOctavia: true,
  });
  const invoke = { provider };
  const external = await networking.getNetwork({ name: site.cloud.externalNetwork, external: true }, invoke);
  const image = await images.getImage({ name: site.cloud.image, mostRecent: true }, invoke);
  const opts = { provider };
  const network = new SiteNetwork('network', { stack, site, model, externalNetworkId: external.id }, opts);
  const flavors: compute.Flavor[] = [];
  const machines = new Machines(
    'machines',
    {
      stack,
      model,
      network,
      imageId: image.id,
      options,
      flavors,
      userData: (m: MachineSpec) => `#cloud-config\nhostname: ${m.name}\n`,
    },
    opts,
  );
  const all = [...machines.byName.values()];
  new Volumes('volumes', { stack, site, machines: all, options }, opts);
  const entry = new Entry(
    'entry',
    { stack, site, network, machines: all.filter((m) => m.spec.name === model.entryMachine) },
    opts,
  );
  const credential = new identity.ApplicationCredential(
    'cluster-credential',
    { name: `${stack}-cluster`, description: tagOf(stack, 'cluster-credential'), roles: ['member'] },
    opts,
  );
  return {
    address: entry.address,
    credentialId: credential.id,
    credentialSecret: pulumi.secret(credential.secret),
  };
}
