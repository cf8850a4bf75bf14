import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Pods say whether they get a token. */
export const rule: Rule = {
  id: 'pod/token-stated',
  title: 'Pods say whether they get a token',
  why: 'By default every pod gets a token for the Kubernetes API, which most never use and an intruder would.',
  sources: { kubescape: ['C-0034'], ksv: ['KSV-0036'] },
  match: POD_CARRIERS,
  expressions: [
    'has(variables.pod.automountServiceAccountToken)',
    'variables.pod.automountServiceAccountToken == false || variables.pod.?serviceAccountName.orValue("default") != "default"',
  ],
  message: 'automountServiceAccountToken stated; true only with a ServiceAccount of its own',
  fix: 'set WorkloadProps.apiAccess',
  admission: 'deny',
};
