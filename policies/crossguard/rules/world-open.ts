import type { StackRule } from '../rule';

const WORLD: ReadonlySet<unknown> = new Set(['0.0.0.0/0', '::/0', '', undefined]);
const WEB: ReadonlySet<unknown> = new Set([80, 443]);

/** Only the web ports are open to the whole Internet. */
export const rule: StackRule = {
  name: 'world-open',
  description:
    'SSH, the Kubernetes API, etcd, Redis and PostgreSQL open to the Internet are found within hours.',
  type: 'openstack:networking/secGroupRule:SecGroupRule',
  judge({ props }) {
    if (props['direction'] !== 'ingress' || !WORLD.has(props['remoteIpPrefix']) || props['remoteGroupId'])
      return [];
    const { portRangeMin: from, portRangeMax: to } = props;
    if (props['protocol'] === 'tcp' && from === to && WEB.has(from)) return [];
    const ports =
      from === undefined ? 'every port' : `ports ${JSON.stringify(from)} to ${JSON.stringify(to)}`;
    return [
      `${ports} of ${typeof props['protocol'] === 'string' ? props['protocol'] : 'every protocol'} open to the Internet; only tcp 80 and 443 may be. Name a range or a group`,
    ];
  },
};
