import { CERTIFICATES } from '../../kinds';
import type { Rule } from '../../rule';

/** Certificates change their key. */
export const rule: Rule = {
  id: 'certificates/fresh-keys',
  title: 'Certificates change their key',
  why: 'A key that survives renewals keeps working for whoever copied it.',
  sources: {
    platform: 'cert-manager; certificates live 90 days, a year where a program reads its own only once',
  },
  match: CERTIFICATES,
  expressions: [
    'object.spec.?privateKey.?rotationPolicy.orValue("Never") == "Always"',
    'duration(object.spec.?duration.orValue("2160h")) <= duration("8784h")',
  ],
  message: 'privateKey.rotationPolicy Always and at most a year',
  fix: 'use addCertificate',
  admission: 'deny',
  exemptions: [
    {
      namespace: 'cert-manager',
      workload: 'platform-ca',
      reason:
        'the authority keeps its key for its ten years: a new one would break every certificate it signed at once',
      expiry: '2027-11-01',
    },
  ],
};
