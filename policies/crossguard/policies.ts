import type { ResourceValidationPolicy } from '@pulumi/policy';

import type { PackConfig, StackRule } from './rule';
import { rule as credentialRestricted } from './rules/credential-restricted';
import { rule as machineNetwork } from './rules/machine-network';
import { rule as owned, volumeRule as ownedVolume } from './rules/owned';
import { rule as portSecurity } from './rules/port-security';
import { rule as serverGroup } from './rules/server-group';
import { rule as serverGroupPolicy } from './rules/server-group-policy';
import { rule as userData } from './rules/user-data';
import { rule as volumeEncrypted } from './rules/volume-encrypted';
import { rule as volumeProtected } from './rules/volume-protected';
import { rule as worldOpen } from './rules/world-open';

/** Every rule about OpenStack resources. */
export const STACK_RULES: readonly StackRule[] = [
  credentialRestricted,
  machineNetwork,
  owned,
  ownedVolume,
  portSecurity,
  serverGroup,
  serverGroupPolicy,
  userData,
  volumeEncrypted,
  volumeProtected,
  worldOpen,
];

const NAMES = { type: 'array', items: { type: 'string' } } as const;

/** A rule as the engine wants it: mandatory, with the site's facts as its configuration. */
export function policyOf(rule: StackRule): ResourceValidationPolicy {
  return {
    name: rule.name,
    description: rule.description,
    enforcementLevel: 'mandatory',
    configSchema: {
      properties: {
        encryptedVolumes: NAMES,
        encryptedTypes: NAMES,
        destroyable: NAMES,
        stack: { type: 'string' },
      },
    },
    validateResource: (args, report) => {
      if (args.type !== rule.type) return;
      const resource = { type: args.type, name: args.name, props: args.props, protect: args.opts.protect };
      for (const violation of rule.judge(resource, args.getConfig<PackConfig>())) report(violation);
    },
  };
}
