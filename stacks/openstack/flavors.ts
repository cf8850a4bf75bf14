import { compute } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import type { FlavorPlan } from '../../constructs/site';
import { flavorArgs } from './arguments';

/** What the flavors of a site are made from. */
export interface FlavorsProps {
  readonly stack: string;
  readonly flavors: readonly FlavorPlan[];
}

/** Flavors with their PCI aliases, for the clouds where the site's project may make its own. */
export class Flavors extends pulumi.ComponentResource {
  readonly all: readonly compute.Flavor[];

  constructor(name: string, props: FlavorsProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Flavors', name, {}, opts);
    this.all = props.flavors.map(
      (flavor) =>
        // Names of flavors are unique in Nova, so a changed one has to go before its successor comes.
        new compute.Flavor(`flavor-${flavor.name}`, flavorArgs(props.stack, flavor), {
          parent: this,
          deleteBeforeReplace: true,
        }),
    );
    this.registerOutputs({ flavors: props.flavors.map((flavor) => flavor.name) });
  }
}
