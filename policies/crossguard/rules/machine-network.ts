import type { StackRule } from '../rule';

/** Machines are connected by declared ports and boot a named image. */
export const rule: StackRule = {
  name: 'machine-network',
  description:
    'A network given by name makes a port without fixed address and with the default group; an image given by name may be another one tomorrow.',
  type: 'openstack:compute/instance:Instance',
  judge({ name, props }) {
    const networks = (props['networks'] ?? []) as readonly Readonly<Record<string, unknown>>[];
    return [
      ...(networks.length > 0 && networks.every((network) => Boolean(network['port']))
        ? []
        : [`machine ${name} must be connected by ports of the stack`]),
      ...(props['imageId'] ? [] : [`machine ${name} must name its image by id`]),
    ];
  },
};
