import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Pods share no namespace with the node. */
export const rule: Rule = {
  id: 'pod/no-host-namespaces',
  title: 'Pods share no namespace with the node',
  why: 'Host network passes by every NetworkPolicy; host processes can be read and signalled.',
  sources: {
    pss: ['Host Namespaces'],
    kubescape: ['C-0038', 'C-0041'],
    ksv: ['KSV-0008', 'KSV-0009', 'KSV-0010'],
  },
  match: POD_CARRIERS,
  expressions: [
    '!variables.pod.?hostNetwork.orValue(false)',
    '!variables.pod.?hostPID.orValue(false)',
    '!variables.pod.?hostIPC.orValue(false)',
  ],
  message: 'no hostNetwork, hostPID or hostIPC',
  fix: 'remove the field, or list an exemption with its reason',
  admission: 'deny',
};
