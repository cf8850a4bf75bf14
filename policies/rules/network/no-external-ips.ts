import { SERVICES } from '../../kinds';
import type { Rule } from '../../rule';

/** Services claim no foreign addresses. */
export const rule: Rule = {
  id: 'network/no-external-ips',
  title: 'Services claim no foreign addresses',
  why: 'externalIPs let whoever may write a Service take over traffic to any address (CVE-2020-8554).',
  sources: { ksv: ['KSV-0108'] },
  match: SERVICES,
  expressions: ['size(object.spec.?externalIPs.orValue([])) == 0'],
  message: 'no externalIPs',
  fix: 'remove externalIPs',
  admission: 'deny',
};
