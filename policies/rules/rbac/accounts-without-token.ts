import { SERVICE_ACCOUNTS } from '../../kinds';
import type { Rule } from '../../rule';

/** Service accounts give no token by default. */
export const rule: Rule = {
  id: 'rbac/accounts-without-token',
  title: 'Service accounts give no token by default',
  why: 'A pod that forgot to say whether it wants a token must not get one.',
  sources: { kubescape: ['C-0034'], ksv: ['KSV-0036'] },
  match: SERVICE_ACCOUNTS,
  expressions: ['object.?automountServiceAccountToken.orValue(true) == false'],
  message: 'automountServiceAccountToken: false on every ServiceAccount',
  fix: 'let addWorkload render the account',
  admission: 'none',
};
