import { PODS } from '../../kinds';
import type { Rule } from '../../rule';

/** Sessions carry their owner. */
export const rule: Rule = {
  id: 'sessions/owner',
  title: 'Sessions carry their owner',
  why: "Accounting, idle culling and quotas attribute devices by label; a session without owner would be nobody's.",
  sources: { platform: 'accounting attributes use by label' },
  match: PODS,
  expressions: [
    'object.metadata.?labels[?"component"].orValue("") != "singleuser-server" || object.metadata.labels[?"hub.jupyter.org/username"].orValue("") != ""',
  ],
  message: 'label hub.jupyter.org/username on session pods',
  fix: 'let KubeSpawner set its common labels',
  admission: 'deny',
};
