import type { StackRule } from '../rule';

/** Control-plane machines stand on different hosts. */
export const rule: StackRule = {
  name: 'server-group',
  description: 'Two etcd members on one host are lost together, and with them the quorum.',
  type: 'openstack:compute/instance:Instance',
  judge({ name, props }) {
    const { role } = (props['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
    const hints = (props['schedulerHints'] ?? []) as readonly Readonly<Record<string, unknown>>[];
    if (role !== 'control' || hints.some((hint) => Boolean(hint['group']))) return [];
    return [
      `machine ${name} belongs to the control plane but to no server group; put it into one with policy anti-affinity`,
    ];
  },
};
