import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Leaving the centre is opted in to. */
export const rule: Rule = {
  id: 'offload/opt-in',
  title: 'Leaving the centre is opted in to',
  why: 'Data, licences and accounting change when a job runs elsewhere; nobody is sent away unasked.',
  sources: { platform: 'interLink taint virtual-node.interlink/no-schedule' },
  match: POD_CARRIERS,
  expressions: [
    '!variables.pod.?tolerations.orValue([]).exists(t, t.?key.orValue("") == "virtual-node.interlink/no-schedule" || (t.?operator.orValue("Equal") == "Exists" && t.?key.orValue("") == "")) || variables.podLabels[?"ai-infn.it/offload"].orValue("") == "true"',
  ],
  message: 'label ai-infn.it/offload: "true" beside a toleration of virtual nodes',
  fix: 'submit with offloading chosen',
  admission: 'deny',
};
