import * as pulumi from '@pulumi/pulumi';

import type { Lock } from '../../constructs/core/lock';
import type { MachinePlan, Site, SitePlan } from '../../constructs/site';
import { joinSecret } from '../cluster/secrets';
import { userData } from '../cluster/user-data';

/**
 * User data of each machine. A machine of a site with its own cluster is told how to join, which holds the join token:
 * secret, so that the state keeps it encrypted. Where the cluster exists already, machines join it by hand.
 */
export function firstBoot(
  site: Site,
  plan: SitePlan,
  lock: Lock,
  seed: pulumi.Input<string>,
): (machine: MachinePlan) => pulumi.Input<string> {
  if (site.kubernetes.cluster) return (machine) => `#cloud-config\nhostname: ${machine.name}\n`;
  const pins = { rke2: lock.version('rke2') };
  const control = plan.machines.filter((machine) => machine.role === 'control');
  const token = pulumi.secret(pulumi.output(seed).apply((text) => joinSecret(text)));
  return (machine) => token.apply((text) => userData(site, machine, pins, text, control));
}
