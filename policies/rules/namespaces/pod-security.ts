import { NAMESPACE_KIND } from '../../kinds';
import type { Rule } from '../../rule';

/** Namespaces state their Pod Security level. */
export const rule: Rule = {
  id: 'namespaces/pod-security',
  title: 'Namespaces state their Pod Security level',
  why: 'An unlabelled namespace enforces nothing; a privileged one must be on the list with its reason.',
  sources: { pss: ['Namespace labels'], platform: 'constructs/network/namespaces.ts' },
  match: NAMESPACE_KIND,
  expressions: [
    '["enforce", "audit", "warn"].all(m, object.metadata.?labels[?"pod-security.kubernetes.io/" + m].orValue("") in ["restricted", "baseline", "privileged"])',
    'object.metadata.?labels[?"pod-security.kubernetes.io/enforce"].orValue("") != "privileged" || object.metadata.name in variables.privileged',
  ],
  message:
    'labels pod-security.kubernetes.io/enforce, audit and warn; privileged only where constructs/network/namespaces.ts says why',
  fix: 'let the network component render the namespace',
  admission: 'warn',
};
