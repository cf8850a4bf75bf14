import { everyContainer, type Rule } from '../../rule';

/** Containers drop all capabilities. */
export const rule: Rule = {
  id: 'pod/drop-capabilities',
  title: 'Containers drop all capabilities',
  why: 'Default capabilities allow raw sockets and changing owners of files, which no service here needs.',
  sources: {
    pss: ['Capabilities'],
    kubescape: ['C-0046'],
    ksv: ['KSV-0003', 'KSV-0004', 'KSV-0005', 'KSV-0022', 'KSV-0106', 'KSV-0119', 'KSV-0120'],
  },
  ...everyContainer(
    '"ALL" in c.?securityContext.?capabilities.?drop.orValue([]) && c.?securityContext.?capabilities.?add.orValue([]).all(a, a == "NET_BIND_SERVICE")',
  ),
  message: 'capabilities.drop: [ALL], and at most NET_BIND_SERVICE added',
  fix: 'keep RESTRICTED as the security context',
  admission: 'deny',
  exemptions: [
    {
      namespace: 'homes',
      workload: 'nfs',
      reason:
        'a file server creates and reads files of every user id; it stands alone in a namespace of its own',
      expiry: '2027-11-01',
    },
  ],
};
