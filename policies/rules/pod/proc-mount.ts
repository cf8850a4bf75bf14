import { everyContainer, type Rule } from '../../rule';

/** /proc is masked as usual. */
export const rule: Rule = {
  id: 'pod/proc-mount',
  title: '/proc is masked as usual',
  why: 'An unmasked /proc shows and changes the kernel of the node.',
  sources: { pss: ['/proc Mount Type'], ksv: ['KSV-0027'] },
  ...everyContainer('c.?securityContext.?procMount.orValue("Default") == "Default"'),
  message: 'procMount Default',
  fix: 'remove procMount',
  admission: 'deny',
};
