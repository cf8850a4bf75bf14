import { APP_PROJECTS } from '../../kinds';
import type { Rule } from '../../rule';

/** Projects name repositories and destinations. */
export const rule: Rule = {
  id: 'delivery/project-scope',
  title: 'Projects name repositories and destinations',
  why: 'A wildcard lets one stolen repository credential deploy anything anywhere.',
  sources: { platform: 'Argo CD projects' },
  match: APP_PROJECTS,
  expressions: [
    '!object.spec.sourceRepos.exists(r, r == "*")',
    'object.spec.destinations.all(d, d.?namespace.orValue("*") != "*" && d.?server.orValue("") != "*" && d.?name.orValue("") != "*")',
  ],
  message: 'no * in sourceRepos and destinations',
  fix: 'list them',
  admission: 'deny',
};
