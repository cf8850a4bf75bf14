import { everyContainer, type Rule } from '../../rule';

/** Processes gain no privileges. */
export const rule: Rule = {
  id: 'pod/no-privilege-escalation',
  title: 'Processes gain no privileges',
  why: 'A set-user-id program in the image would undo running as an ordinary user.',
  sources: { pss: ['Privilege Escalation'], kubescape: ['C-0016'], ksv: ['KSV-0001'] },
  ...everyContainer('c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false'),
  message: 'allowPrivilegeEscalation: false in each container',
  fix: 'keep RESTRICTED as the security context',
  admission: 'deny',
};
