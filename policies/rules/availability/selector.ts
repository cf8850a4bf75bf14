import { SERVERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Selectors select the pods of the template. */
export const rule: Rule = {
  id: 'availability/selector',
  title: 'Selectors select the pods of the template',
  why: 'A selector that misses its own pods is refused by the API server after the old ones are gone.',
  sources: {
    kubeScore: [
      'deployment-pod-selector-labels-match-template-metadata-labels',
      'statefulset-pod-selector-labels-match-template-metadata-labels',
    ],
  },
  match: SERVERS,
  expressions: [
    'object.spec.selector.matchLabels.all(k, variables.podLabels[?k].orValue("") == object.spec.selector.matchLabels[k])',
  ],
  message: 'spec.selector.matchLabels contained in the labels of the template',
  fix: 'use one labels value for both',
  admission: 'deny',
};
