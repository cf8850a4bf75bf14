import type { StackRule } from '../rule';

/** The cluster's credential can do no more than it needs. */
export const rule: StackRule = {
  name: 'credential-restricted',
  description:
    'An unrestricted application credential can make further ones, so that revoking it does not end the access.',
  type: 'openstack:identity/applicationCredential:ApplicationCredential',
  judge({ name, props }) {
    const roles = (props['roles'] ?? []) as readonly unknown[];
    return [
      ...(props['unrestricted'] === true ? [`credential ${name} is unrestricted`] : []),
      ...(roles.length === 0 ? [`credential ${name} takes every role of the operator; list the roles`] : []),
      ...(roles.includes('admin') ? [`credential ${name} holds the role admin`] : []),
    ];
  },
};
