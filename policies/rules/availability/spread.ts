import { SERVERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Replicas avoid sharing a node. */
export const rule: Rule = {
  id: 'availability/spread',
  title: 'Replicas avoid sharing a node',
  why: 'Two replicas on one node are one replica when it fails.',
  sources: { kubeScore: ['deployment-has-host-podantiaffinity', 'statefulset-has-host-podantiaffinity'] },
  match: SERVERS,
  expressions: [
    'object.spec.?replicas.orValue(1) < 2 || has(object.spec.template.spec.topologySpreadConstraints) || has(object.spec.template.spec.affinity) && has(object.spec.template.spec.affinity.podAntiAffinity)',
  ],
  message: 'podAntiAffinity or topologySpreadConstraints for two or more replicas',
  fix: 'let addWorkload render it',
  admission: 'warn',
};
