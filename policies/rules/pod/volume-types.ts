import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Pods use the restricted volume types. */
export const rule: Rule = {
  id: 'pod/volume-types',
  title: 'Pods use the restricted volume types',
  why: 'Other types reach the node or take credentials in the manifest.',
  sources: { pss: ['Volume Types'], ksv: ['KSV-0028'] },
  match: POD_CARRIERS,
  expressions: [
    'variables.pod.?volumes.orValue([]).all(v, has(v.hostPath) || has(v.configMap) || has(v.csi) || has(v.downwardAPI) || has(v.emptyDir) || has(v.ephemeral) || has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))',
  ],
  message: 'configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret',
  fix: 'use one of the allowed types',
  admission: 'deny',
};
