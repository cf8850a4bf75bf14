import type { Site } from '../schema';
import { planParts, type SiteParts } from './plan';
import { quotaTotals, type QuotaTotals } from './quota';

export type { NetworkPlan } from './addresses';
export { GROUP_LABEL, MIG_LABEL, ROLE_LABEL } from './labels';
export type {
  FlavorPlan,
  FloatingAddress,
  LoadBalancerPlan,
  MachinePlan,
  ServerGroupName,
  ServerGroupPlan,
  SiteParts,
  VolumePlan,
} from './plan';
export type { QuotaTotals } from './quota';
export {
  openToTheWorld,
  type SecurityGroupName,
  type SecurityGroupPlan,
  type SecurityRule,
} from './security';

/** Everything a site asks of OpenStack, with its sums. */
export interface SitePlan extends SiteParts {
  readonly quota: QuotaTotals;
}

/**
 * Everything a site asks of OpenStack: machines with addresses, cards and labels, volumes, placement, security groups,
 * flavors and quota totals. What the machines are told at first boot is the stack's business.
 */
export function planMachines(site: Site): SitePlan {
  const parts = planParts(site);
  return { ...parts, quota: quotaTotals(site, parts) };
}
