import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Pods mount no folder of the node. */
export const rule: Rule = {
  id: 'pod/no-host-path',
  title: 'Pods mount no folder of the node',
  why: 'A folder of the node outlives the pod, is not backed up and may hold the credentials of the kubelet.',
  sources: { pss: ['HostPath Volumes'], kubescape: ['C-0048'], ksv: ['KSV-0023'] },
  match: POD_CARRIERS,
  expressions: ['variables.pod.?volumes.orValue([]).all(v, !has(v.hostPath))'],
  found: '"hostPath of volume " + variables.pod.volumes.filter(v, has(v.hostPath)).map(v, v.name).join(", ")',
  message: 'no hostPath volume',
  fix: 'use a PersistentVolumeClaim, or list an exemption with its reason',
  admission: 'deny',
};
