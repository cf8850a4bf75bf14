import { SERVERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Servers say when they are ready. */
export const rule: Rule = {
  id: 'availability/readiness',
  title: 'Servers say when they are ready',
  why: 'Without a readiness probe a Service sends requests to a program that still starts.',
  sources: { kubescape: ['C-0018'], kubeScore: ['pod-probes'] },
  match: SERVERS,
  expressions: ['object.spec.template.spec.containers.all(c, !has(c.ports) || has(c.readinessProbe))'],
  found:
    '"container " + object.spec.template.spec.containers.filter(c, has(c.ports) && !has(c.readinessProbe)).map(c, c.name).join(", ")',
  message: 'a readinessProbe in every container that has ports',
  fix: 'set ContainerProps.readiness',
  admission: 'deny',
};
