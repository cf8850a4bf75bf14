import { siteSchema, type Site, type SiteInput } from '../../../constructs';
import type { BootMachine } from '../../../stacks/cluster/boot';

/** A small site; what is given replaces whole sections. */
export function exampleSite(change: Partial<SiteInput> = {}): Site {
  return siteSchema.parse({
    name: 'example',
    title: 'Example',
    domain: 'hub.example.org',
    cloud: { name: 'example', image: 'debian-12', externalNetwork: 'public', subnet: '10.71.0.0/24' },
    nodes: { control: { count: 3, flavor: 'm1' } },
    identity: { issuer: 'https://iam.example.org/', users: ['users'], admins: ['admins'] },
    delivery: { repo: 'https://git.example.org/platform.git', revision: '2026.11.0' },
    ...change,
  });
}

/** A machine of a role, with what that role usually carries. */
export function exampleMachine(role: BootMachine['role'], index = 0): BootMachine {
  const base = {
    name: `${role}-${index + 1}`,
    role,
    address: `10.71.0.${10 + index}`,
    labels: {},
    taints: [],
    reserve: { cpu: 1, memoryGiB: 3 },
  };
  if (role === 'storage') return { ...base, dataGiB: 12 };
  if (role !== 'accelerator') return base;
  return {
    ...base,
    labels: { 'nvidia.com/mig.config': 'all-1g.5gb', 'ai-infn.it/group': 'a100' },
    taints: ['nvidia.com/gpu=present:NoSchedule'],
  };
}

/** Three control machines, the first of which starts the cluster. */
export const CONTROL = [0, 1, 2].map((index) => exampleMachine('control', index));
