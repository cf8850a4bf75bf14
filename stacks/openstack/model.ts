import type { Site } from '../../constructs/site';

export interface MachineSpec {
  readonly name: string;
  readonly group: string;
  readonly flavor: string;
  readonly address: string;
  readonly accelerated: boolean;
  readonly securityGroups: readonly string[];
  readonly serverGroup?: string;
  readonly volume?: { readonly name: string; readonly gib: number; readonly encrypted: boolean };
}
export interface RuleSpec {
  readonly name: string;
  readonly direction: 'ingress' | 'egress';
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
  readonly from?: number;
  readonly to?: number;
  readonly cidr?: string;
  readonly group?: string;
}
export interface Model {
  readonly machines: readonly MachineSpec[];
  readonly securityGroups: readonly { readonly name: string; readonly rules: readonly RuleSpec[] }[];
  readonly serverGroups: readonly { readonly name: string; readonly policy: string }[];
  readonly entryMachine: string;
}
export function modelOf(site: Site): Model {
  const base = site.cloud.subnet.split('.').slice(0, 3).join('.');
  let next = 10;
  const machines: MachineSpec[] = [];
  for (const [group, node] of Object.entries(site.nodes)) {
    for (let i = 1; i <= node.count; i++) {
      const name = `${group}-${i}`;
      machines.push({
        name,
        group,
        flavor: node.flavor,
        address: `${base}.${next++}`,
        accelerated: Object.keys(node.cards).length > 0,
        securityGroups: [
          'cluster',
          ...(group === 'control' ? ['control'] : []),
          ...(group === 'service' ? ['entry'] : []),
        ],
        serverGroup:
          Object.keys(node.cards).length > 0 ? 'accelerator' : group === 'control' ? 'control' : 'worker',
        ...(node.data ? { volume: { name: `${name}-data`, gib: node.data, encrypted: node.encrypted } } : {}),
      });
    }
  }
  return {
    machines,
    securityGroups: [
      {
        name: 'cluster',
        rules: [
          { name: 'inside', direction: 'ingress', group: 'cluster' },
          { name: 'out', direction: 'egress' },
        ],
      },
      {
        name: 'control',
        rules: site.cloud.adminFrom.map((cidr, i) => ({
          name: `api-${i}`,
          direction: 'ingress',
          protocol: 'tcp',
          from: 6443,
          to: 6443,
          cidr,
        })),
      },
      {
        name: 'entry',
        rules: [80, 443].map((p) => ({
          name: `web-${p}`,
          direction: 'ingress',
          protocol: 'tcp',
          from: p,
          to: p,
          cidr: '0.0.0.0/0',
        })),
      },
    ],
    serverGroups: [
      { name: 'control', policy: 'anti-affinity' },
      { name: 'worker', policy: 'soft-anti-affinity' },
      { name: 'accelerator', policy: 'soft-anti-affinity' },
    ],
    entryMachine: machines.find((m) => m.group === 'service')?.name ?? machines[0]?.name ?? '',
  };
}
