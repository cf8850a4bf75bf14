import { everyContainer, type Rule } from '../../rule';

/** Containers name a user other than 0. */
export const rule: Rule = {
  id: 'pod/user-not-zero',
  title: 'Containers name a user other than 0',
  why: 'runAsNonRoot refuses to start an image whose user is 0; a number says beforehand who runs.',
  sources: {
    pss: ['Running as Non-root user'],
    ksv: ['KSV-0105'],
    kubeScore: ['container-security-context-user-group-id'],
  },
  ...everyContainer(
    'c.?securityContext.?runAsUser.orValue(variables.pod.?securityContext.?runAsUser.orValue(1)) != 0',
  ),
  message: 'runAsUser other than 0',
  fix: 'set WorkloadProps.user',
  admission: 'deny',
  exemptions: [
    {
      namespace: 'homes',
      workload: 'nfs',
      reason:
        'a file server creates and reads files of every user id; it stands alone in a namespace of its own',
      expiry: '2027-11-01',
    },
  ],
};
