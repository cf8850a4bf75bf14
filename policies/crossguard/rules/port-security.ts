import type { StackRule } from '../rule';

/** Ports keep their filters. */
export const rule: StackRule = {
  name: 'port-security',
  description:
    'Without port security the security groups of a machine mean nothing and it may send in any name.',
  type: 'openstack:networking/port:Port',
  judge({ name, props }) {
    const groups = (props['securityGroupIds'] ?? []) as readonly unknown[];
    const pairs = (props['allowedAddressPairs'] ?? []) as readonly Readonly<Record<string, unknown>>[];
    return [
      ...(props['portSecurityEnabled'] === false ? [`port ${name} has port security switched off`] : []),
      ...(props['noSecurityGroups'] === true || groups.length === 0
        ? [`port ${name} is in no security group`]
        : []),
      ...(pairs.some((pair) => pair['ipAddress'] === '0.0.0.0/0')
        ? [`port ${name} may send from every address`]
        : []),
    ];
  },
};
