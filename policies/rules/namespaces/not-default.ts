import { POD_CARRIERS } from '../../kinds';
import type { Rule } from '../../rule';

/** Nothing lives in the default or system namespaces. */
export const rule: Rule = {
  id: 'namespaces/not-default',
  title: 'Nothing lives in the default or system namespaces',
  why: 'What lands in `default` was usually meant for elsewhere, and no policy of ours holds in kube-system.',
  sources: { ksv: ['KSV-0037', 'KSV-0110'], kubescape: ['C-0061'] },
  match: POD_CARRIERS,
  expressions: [
    '!(object.metadata.?namespace.orValue("default") in ["default", "kube-system", "kube-public", "kube-node-lease"])',
  ],
  message: 'a namespace of the platform',
  fix: 'state metadata.namespace',
  admission: 'none',
};
