import { everyContainer, type Rule } from '../../rule';

/** No container is privileged. */
export const rule: Rule = {
  id: 'pod/not-privileged',
  title: 'No container is privileged',
  why: 'A privileged container is the node.',
  sources: {
    pss: ['Privileged Containers'],
    kubescape: ['C-0057'],
    ksv: ['KSV-0017'],
    kubeScore: ['container-security-context-privileged'],
  },
  ...everyContainer('c.?securityContext.?privileged.orValue(false) == false'),
  message: 'privileged absent or false',
  fix: 'remove privileged, or list an exemption with its reason',
  admission: 'deny',
};
