import { APPLICATIONS } from '../../kinds';
import type { Rule } from '../../rule';

/** Applications follow a pinned revision. */
export const rule: Rule = {
  id: 'delivery/pinned',
  title: 'Applications follow a pinned revision',
  why: 'A branch or a version range lets a site change without anybody changing the site.',
  sources: { platform: 'design: pinned revision per site' },
  match: APPLICATIONS,
  expressions: [
    '(has(object.spec.sources) ? object.spec.sources : [object.spec.source]).all(s, !(s.?targetRevision.orValue("") in ["", "HEAD", "main", "master"]) && !s.?targetRevision.orValue("").matches("[*^~><]|[.]x$"))',
  ],
  message: 'a tag, a commit or an exact chart version',
  fix: 'take it from site.delivery.revision or the lock',
  admission: 'deny',
};
