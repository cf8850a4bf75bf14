import { NAMESPACE_KIND } from '../../kinds';
import type { Rule } from '../../rule';

/** Every namespace denies by default. */
export const rule: Rule = {
  id: 'network/default-deny',
  title: 'Every namespace denies by default',
  why: 'Only connections that a component declares exist; without the default everything else is open.',
  sources: { kubescape: ['C-0260', 'C-0030'], kubeScore: ['pod-networkpolicy'] },
  match: NAMESPACE_KIND,
  expressions: ['object.metadata.name in tree.denied'],
  message: 'a NetworkPolicy that selects all pods, types Ingress and Egress, without rules',
  fix: 'let the network component render the namespace',
  admission: 'none',
};
