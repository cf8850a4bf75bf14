import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Scratch space is bounded. */
export const rule: Rule = {
  id: 'resources/scratch-limit',
  title: 'Scratch space is bounded',
  why: 'An unbounded emptyDir fills the disk of the node and evicts its neighbours.',
  sources: { platform: 'kubelet evicts by disk pressure' },
  match: POD_CARRIERS,
  expressions: ['variables.pod.?volumes.orValue([]).all(v, !has(v.emptyDir) || has(v.emptyDir.sizeLimit))'],
  found:
    '"no sizeLimit in volume " + variables.pod.volumes.filter(v, has(v.emptyDir) && !has(v.emptyDir.sizeLimit)).map(v, v.name).join(", ")',
  message: 'emptyDir with sizeLimit',
  fix: 'use scratchVolume(name, size)',
  admission: 'warn',
};
