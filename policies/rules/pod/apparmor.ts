import { everyContainer, type Rule } from '../../rule';

/** AppArmor stays on. */
export const rule: Rule = {
  id: 'pod/apparmor',
  title: 'AppArmor stays on',
  why: 'An unconfined profile lifts what the distribution forbids containers.',
  sources: { pss: ['AppArmor'], ksv: ['KSV-0002'] },
  ...everyContainer(
    'c.?securityContext.?appArmorProfile.?type.orValue(variables.pod.?securityContext.?appArmorProfile.?type.orValue("RuntimeDefault")) in ["RuntimeDefault", "Localhost"]',
  ),
  message: 'appArmorProfile RuntimeDefault or Localhost, or none stated',
  fix: 'remove appArmorProfile',
  admission: 'deny',
};
