import { SERVERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Liveness is judged more mildly than readiness. */
export const rule: Rule = {
  id: 'availability/probes-differ',
  title: 'Liveness is judged more mildly than readiness',
  why: 'With one probe for both, a busy program is restarted where it should only be left alone for a moment.',
  sources: { kubeScore: ['pod-probes-identical'] },
  match: SERVERS,
  expressions: [
    'object.spec.template.spec.containers.all(c, !has(c.readinessProbe) || !has(c.livenessProbe) || c.readinessProbe != c.livenessProbe)',
  ],
  found:
    '"container " + object.spec.template.spec.containers.filter(c, has(c.readinessProbe) && has(c.livenessProbe) && c.readinessProbe == c.livenessProbe).map(c, c.name).join(", ")',
  message: 'a livenessProbe that differs from the readinessProbe, or none',
  fix: 'ask another path or allow more failures in liveness',
  admission: 'warn',
};
