import { APPLICATIONS } from '../../kinds';
import type { Rule } from '../../rule';

/** Applications belong to a project of ours. */
export const rule: Rule = {
  id: 'delivery/project',
  title: 'Applications belong to a project of ours',
  why: 'The default project allows every repository, every cluster and every kind.',
  sources: { platform: 'Argo CD projects' },
  match: APPLICATIONS,
  expressions: ['!(object.spec.?project.orValue("") in ["", "default"])'],
  message: 'a project other than default',
  fix: 'name the project',
  admission: 'deny',
};
