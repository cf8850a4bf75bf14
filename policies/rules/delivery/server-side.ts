import { APPLICATIONS } from '../../kinds';
import type { Rule } from '../../rule';

/** Applications apply server-side. */
export const rule: Rule = {
  id: 'delivery/server-side',
  title: 'Applications apply server-side',
  why: "Client-side apply stores the object in an annotation of at most 256 KiB, less than Kueue's CRDs, and overwrites fields of others.",
  sources: { platform: 'Argo CD sync options' },
  match: APPLICATIONS,
  expressions: ['"ServerSideApply=true" in object.spec.?syncPolicy.?syncOptions.orValue([])'],
  message: 'syncOptions with ServerSideApply=true',
  fix: 'let the delivery component render the Application',
  admission: 'deny',
};
