import { PolicyPack } from '@pulumi/policy';

import { policyOf, STACK_RULES } from './policies';

/** The pack that `pulumi up --policy-pack policies/crossguard` runs. Loading this file starts its server: import policies.ts elsewhere. */
export const pack = new PolicyPack('ai-infn', { policies: STACK_RULES.map(policyOf) });
