import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Services do not appear in the environment. */
export const rule: Rule = {
  id: 'pod/no-service-links',
  title: 'Services do not appear in the environment',
  why: 'A variable per Service slows starts, and `HUB_PORT=tcp://...` breaks programs that read settings of that name.',
  sources: { platform: 'JupyterHub reads *_PORT variables' },
  match: POD_CARRIERS,
  expressions: ['variables.pod.?enableServiceLinks.orValue(true) == false'],
  message: 'enableServiceLinks: false',
  fix: 'keep the pod specification of addWorkload',
  admission: 'warn',
};
