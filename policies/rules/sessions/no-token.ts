import { PODS } from '../../kinds';
import type { Rule } from '../../rule';

/** Sessions hold no Kubernetes token. */
export const rule: Rule = {
  id: 'sessions/no-token',
  title: 'Sessions hold no Kubernetes token',
  why: 'A notebook runs what its owner types; it talks to the hub and to vkd, never to the Kubernetes API.',
  sources: { platform: 'docs/explanation: sessions', kubescape: ['C-0034'] },
  match: PODS,
  expressions: [
    'object.metadata.?labels[?"component"].orValue("") != "singleuser-server" || object.spec.?automountServiceAccountToken.orValue(true) == false',
  ],
  message: 'automountServiceAccountToken: false in session pods',
  fix: 'set it in the spawner',
  admission: 'deny',
};
