import { everyContainer, type Rule } from '../../rule';

/** Containers do not run as root. */
export const rule: Rule = {
  id: 'pod/run-as-non-root',
  title: 'Containers do not run as root',
  why: 'Root in a container is one kernel fault away from root on the node.',
  sources: { pss: ['Running as Non-root'], kubescape: ['C-0013'], ksv: ['KSV-0012'] },
  ...everyContainer(
    'c.?securityContext.?runAsNonRoot.orValue(variables.pod.?securityContext.?runAsNonRoot.orValue(false)) == true',
  ),
  message: 'runAsNonRoot: true for the pod or each container',
  fix: 'set WorkloadProps.user and let the image cope with it',
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
