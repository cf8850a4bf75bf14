import { everyContainer, type Rule } from '../../rule';

/** System calls are filtered. */
export const rule: Rule = {
  id: 'pod/seccomp',
  title: 'System calls are filtered',
  why: 'The default profile blocks calls that kernel exploits use and servers do not.',
  sources: { pss: ['Seccomp'], ksv: ['KSV-0030', 'KSV-0104'], kubeScore: ['container-seccomp-profile'] },
  ...everyContainer(
    'c.?securityContext.?seccompProfile.?type.orValue(variables.pod.?securityContext.?seccompProfile.?type.orValue("")) in ["RuntimeDefault", "Localhost"]',
  ),
  message: 'seccompProfile RuntimeDefault or Localhost',
  fix: 'keep the pod security context of addWorkload',
  admission: 'deny',
};
