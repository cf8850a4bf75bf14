import type { StackRule } from '../rule';

const SPREADING: ReadonlySet<unknown> = new Set(['anti-affinity', 'soft-anti-affinity']);

/** Server groups keep machines apart. */
export const rule: StackRule = {
  name: 'server-group-policy',
  description: 'A group with affinity would gather on one host what should survive the loss of one.',
  type: 'openstack:compute/serverGroup:ServerGroup',
  judge({ name, props }) {
    const policies = [props['policies'] ?? []].flat();
    if (policies.length > 0 && policies.every((policy) => SPREADING.has(policy))) return [];
    return [
      `server group ${name} has policy ${policies.map(String).join(', ') || '(none)'}; only anti-affinity and soft-anti-affinity spread`,
    ];
  },
};
