import fc from 'fast-check';

import { contains, parseCidr } from '../../../constructs/site/cidr';
import {
  blocksOf,
  capacityOf,
  machineAddress,
  networkPlan,
} from '../../../constructs/site/machines/addresses';
import {
  loadSite,
  openToTheWorld,
  planMachines,
  PORTS,
  type MachinePlan,
  type SiteInput,
  type SitePlan,
} from '../../../constructs/site';
import { SAMPLE, sample, textOf, validInput } from './sample';

const { nodes, cloud } = SAMPLE;
const plan = (changes: Partial<SiteInput> = {}): SitePlan => planMachines(sample(changes));
const planOf = (input: SiteInput): SitePlan => planMachines(loadSite(textOf(input), 'sample.yaml'));
const machine = (name: string, changes: Partial<SiteInput> = {}): MachinePlan | undefined =>
  plan(changes).machines.find((m) => m.id === name);

describe('address blocks', () => {
  test.each([
    ['10.71.0.0/24', 16, 16],
    ['10.71.0.0/26', 8, 8],
    ['10.71.0.0/25', 16, 8],
    ['10.64.0.0/20', 64, 64],
    ['10.0.0.0/16', 256, 256],
  ])('%s has blocks of %i addresses, %i of them', (subnet, size, count) => {
    expect(blocksOf(subnet)).toMatchObject({ size, count });
  });

  test("the first block is the cloud's: gateway, pool, load balancer", () => {
    expect(networkPlan('x', { subnet: '10.71.0.0/24', dns: ['192.0.2.1'] })).toEqual({
      name: 'x',
      cidr: '10.71.0.0/24',
      gateway: '10.71.0.1',
      pool: { start: '10.71.0.2', end: '10.71.0.14' },
      loadBalancer: '10.71.0.15',
      dns: ['192.0.2.1'],
    });
  });

  test('blocks that are full to the last machine never share an address, and leave the broadcast address alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 26 }), (prefix) => {
        const blocks = blocksOf(`10.0.0.0/${prefix}`);
        const seen = new Set<string>();
        for (let block = 1; block < blocks.count; block += 1)
          for (const n of [1, capacityOf(blocks, block)]) seen.add(machineAddress(blocks, block, n));
        expect(seen.size).toBe(2 * (blocks.count - 1));
        expect(() =>
          machineAddress(blocks, blocks.count - 1, capacityOf(blocks, blocks.count - 1) + 2),
        ).toThrow(RangeError);
      }),
    );
  });
});

describe('machine plan', () => {
  test('a machine has everything the stack and its first boot need', () => {
    expect(machine('a100-2')).toEqual({
      id: 'a100-2',
      name: 'sample-a100-2',
      group: 'a100',
      index: 2,
      role: 'accelerator',
      flavor: 'gpu.a100',
      cards: { 'a100-40gb': 1 },
      address: '10.71.0.81',
      securityGroups: ['machines'],
      serverGroup: 'accelerator',
      labels: {
        'ai-infn.it/role': 'accelerator',
        'ai-infn.it/group': 'a100',
        'nvidia.com/mig.config': 'all-1g.5gb',
        reserved: 'none',
      },
      taints: ['nvidia.com/gpu=present:PreferNoSchedule'],
      reserve: { cpu: 1, memoryGiB: 15 },
    });
  });

  test('cards that could be in MIG mode from a former owner are told to leave it', () => {
    const { mig, ...whole } = nodes.a100;
    expect(mig).toBe('1g.5gb');
    expect(machine('a100-1', { nodes: { ...nodes, a100: whole } })?.labels['nvidia.com/mig.config']).toBe(
      'all-disabled',
    );
    expect(machine('t4-1')?.labels).not.toHaveProperty('nvidia.com/mig.config');
  });

  test('machines without NVIDIA cards carry the product label that queues select by', () => {
    expect(machine('service-1')?.labels['nvidia.com/gpu.product']).toBe('none');
    expect(machine('t4-1')?.labels).not.toHaveProperty('nvidia.com/gpu.product');
  });

  test('reserved machines are closed to everybody else', () => {
    const t4 = { ...nodes.t4, reserved: 'muography' };
    const reserved = machine('t4-1', { nodes: { ...nodes, t4 } });
    expect(reserved?.labels['reserved']).toBe('muography');
    expect(reserved?.taints).toContain('reserved=muography:NoSchedule');
  });

  test('the control plane works for itself where service machines exist, else for all', () => {
    const { service, ...without } = nodes;
    expect(service.flavor).toBe('large');
    expect(machine('control-1')?.taints).toEqual(['CriticalAddonsOnly=true:NoSchedule']);
    expect(machine('control-1', { nodes: without })?.taints).toEqual([]);
    expect(machine('control-1', { nodes: without })?.securityGroups).toEqual([
      'machines',
      'control',
      'gateway',
    ]);
  });

  test.each([
    [false, { volumeType: 'hdd' }, 'hdd'],
    [false, {}, undefined],
    [true, { encryptedVolumeType: 'luks', volumeType: 'hdd' }, 'luks'],
  ])('a data volume (encrypted: %s, cloud: %j) is of type %s', (encrypted, types, type) => {
    const storage = { ...nodes.storage, encrypted };
    const { volume, dataGiB } =
      machine('storage-1', { cloud: { ...cloud, ...types }, nodes: { ...nodes, storage } }) ?? {};
    expect(volume).toEqual({
      name: 'sample-storage-1-data',
      gib: 8192,
      encrypted,
      ...(type === undefined ? {} : { type }),
    });
    expect(dataGiB).toBe(volume?.gib);
  });

  test('only the control plane is kept apart strictly', () => {
    expect(plan().serverGroups).toEqual([
      { name: 'control', policy: 'anti-affinity' },
      { name: 'service', policy: 'soft-anti-affinity' },
      { name: 'accelerator', policy: 'soft-anti-affinity' },
    ]);
  });

  test('flavors with cards ask for them by alias', () => {
    const specs = Object.fromEntries(plan().flavors.map(({ name, extraSpecs }) => [name, extraSpecs]));
    expect(specs).toEqual({
      small: {},
      large: {},
      'gpu.t4': { 'pci_passthrough:alias': 't4:4' },
      'gpu.a100': { 'pci_passthrough:alias': 'a100-40gb:1' },
    });
  });

  test('flavors that no group uses are not made', () => {
    const flavors = { ...SAMPLE.flavors, unused: { vcpus: 1, memory: '1Gi' } };
    expect(plan({ flavors }).flavors.map(({ name }) => name)).not.toContain('unused');
  });

  test('users come in by a floating address on the first gateway machine', () => {
    expect(plan().floatingAddresses).toEqual([{ name: 'entry', machine: 'service-1' }]);
    expect(plan().loadBalancer).toBeUndefined();
  });

  test('or by a load balancer in front of all of them', () => {
    const balanced = plan({ cloud: { ...cloud, entry: 'octavia' } });
    expect(balanced.floatingAddresses).toEqual([{ name: 'entry' }]);
    expect(balanced.loadBalancer).toEqual({ address: '10.71.0.15', members: ['service-1', 'service-2'] });
  });

  test('administrators get an address of the API only where some are named', () => {
    const adminFrom = ['131.154.0.0/16'];
    expect(plan({ cloud: { ...cloud, adminFrom } }).floatingAddresses).toContainEqual({
      name: 'api',
      machine: 'control-1',
    });
  });

  test('adds up what the project needs', () => {
    expect(plan().quota).toEqual({
      instances: 10,
      cores: 3 * 4 + 16 + 2 * 16 + 2 * 16 + 2 * 32,
      ramMiB: 1024 * (3 * 16 + 64 + 2 * 64 + 2 * 128 + 2 * 256),
      serverGroups: 3,
      serverGroupMembers: 4,
      volumes: 1,
      gigabytes: 8192,
      networks: 1,
      subnets: 1,
      routers: 1,
      ports: 11,
      floatingIps: 1,
      securityGroups: 4,
      securityGroupRules: 12,
      loadBalancers: 0,
    });
  });

  test('an existing cluster needs no control plane and no gateway of ours', () => {
    const joined = plan({
      kubernetes: { cluster: { existing: true, server: 'https://api.k8s.infn.it:6443' } },
      nodes: { t4: nodes.t4 },
    });
    expect(joined.securityGroups.map(({ name }) => name)).toEqual(['machines']);
    expect(joined.floatingAddresses).toEqual([]);
    expect(joined.quota).toMatchObject({ instances: 2, loadBalancers: 0, floatingIps: 0 });
  });

  test('a site without machines asks for nothing', () => {
    const nothing = plan({
      kubernetes: { cluster: { existing: true, server: 'https://api.k8s.infn.it:6443' } },
      nodes: {},
    });
    expect(Object.values(nothing.quota).every((n) => n === 0)).toBe(true);
  });
});

describe('security groups', () => {
  const remote = {
    api: 'https://interlink.recas.example:3000',
    cpu: 1,
    memory: '1Gi',
    addresses: ['198.51.100.0/24'],
  };
  const open = plan({ cloud: { ...cloud, adminFrom: ['131.154.0.0/16'] }, offload: { remote } });
  const rules = open.securityGroups.flatMap(({ name, rules: list }) =>
    list.map((rule) => ({ in: name, ...rule })),
  );

  test('the world reaches the web ports of the gateway and nothing else', () => {
    expect(rules.filter(openToTheWorld).map((r) => [r.in, r.protocol, r.from, r.to])).toEqual([
      ['gateway', 'tcp', 80, 80],
      ['gateway', 'tcp', 443, 443],
    ]);
    expect(open.machines.filter((m) => m.securityGroups.includes('gateway')).map(({ id }) => id)).toEqual([
      'service-1',
      'service-2',
    ]);
  });

  test('administrators reach SSH and the API', () => {
    expect(rules.filter((r) => r.cidr === '131.154.0.0/16').map((r) => [r.in, r.from])).toEqual([
      ['machines', PORTS.ssh],
      ['control', PORTS.api],
    ]);
  });

  test('jobs at a remote centre reach Redis and objects on the storage machine', () => {
    expect(rules.filter((r) => r.cidr === '198.51.100.0/24').map((r) => [r.in, r.from])).toEqual([
      ['storage', PORTS.redis],
      ['storage', PORTS.objects],
    ]);
  });

  test('machines reach each other on listed ports only, and etcd is for the control plane', () => {
    const inside = rules
      .filter((r) => r.group !== undefined)
      .map((r) => `${r.in} ${r.protocol ?? ''} ${r.from ?? '*'}-${r.to ?? '*'} from ${r.group ?? ''}`);
    expect(inside).toEqual([
      'machines icmp *-* from machines',
      'machines udp 8472-8472 from machines',
      'machines tcp 10250-10250 from machines',
      'machines tcp 9099-9099 from machines',
      'machines tcp 9100-9100 from machines',
      'control tcp 6443-6443 from machines',
      'control tcp 9345-9345 from machines',
      'control tcp 2379-2381 from control',
      'storage tcp 2049-2049 from machines',
    ]);
  });

  test('rules have unique names in their group, also when two centres share a range', () => {
    const twice = plan({ offload: { remote, other: { ...remote, api: 'https://other.example:3000' } } });
    for (const { rules: list } of twice.securityGroups)
      expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
  });

  test('a rule from anywhere without a range is open too', () => {
    expect(openToTheWorld({ name: 'x', direction: 'ingress' })).toBe(true);
    expect(openToTheWorld({ name: 'x', direction: 'egress' })).toBe(false);
    expect(openToTheWorld({ name: 'x', direction: 'ingress', group: 'machines' })).toBe(false);
  });
});

/** Each run loads one or two files, some milliseconds each. */
const RUNS = { numRuns: 50 };

describe('plans of all valid sites', () => {
  const byName = ({ machines }: SitePlan): ReadonlyMap<string, MachinePlan> =>
    new Map(machines.map((m) => [m.name, m]));

  test('have unique names and addresses, inside the subnet and outside what the cloud hands out', () => {
    fc.assert(
      fc.property(validInput, (input) => {
        const { machines, network } = planOf(input);
        expect(new Set(machines.map(({ name }) => name)).size).toBe(machines.length);
        expect(new Set(machines.map(({ address }) => address)).size).toBe(machines.length);
        const block0 = parseCidr(network.cidr.replace('/24', '/28'));
        const subnet = parseCidr(network.cidr);
        const misplaced = machines.filter(
          ({ address }) => !contains(subnet, address) || contains(block0, address),
        );
        expect(misplaced).toEqual([]);
        expect(machines.filter(({ name }) => name.length > 63)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('do not change for other machines when a group is added at the end', () => {
    fc.assert(
      fc.property(validInput, fc.integer({ min: 1, max: 15 }), (input, count) => {
        const before = byName(planOf(input));
        const after = byName(
          planOf({ ...input, nodes: { ...input.nodes, 'z-last': { count, flavor: 'small' } } }),
        );
        expect([...before.keys()].map((name) => after.get(name))).toEqual([...before.values()]);
        expect(after.size).toBe(before.size + count);
      }),
      RUNS,
    );
  });

  test('do not change for other machines when a count is raised or lowered', () => {
    fc.assert(
      fc.property(validInput, fc.integer({ min: 1, max: 15 }), (input, count) => {
        const before = byName(planOf(input));
        const after = byName(
          planOf({ ...input, nodes: { ...input.nodes, service: { flavor: 'large', count } } }),
        );
        const both = [...after.keys()].filter((name) => before.has(name));
        expect(both.map((name) => after.get(name))).toEqual(both.map((name) => before.get(name)));
      }),
      RUNS,
    );
  });

  test('keep their addresses when a group is removed and the others have their blocks written down', () => {
    const pinned = { ...nodes, a100: { ...nodes.a100, block: 5 } };
    const { t4, ...without } = pinned;
    expect(t4.count).toBe(2);
    expect(machine('a100-1', { nodes: without })).toEqual(machine('a100-1', { nodes: pinned }));
  });

  test('never use more cards than the hosts have', () => {
    fc.assert(
      fc.property(validInput, (input) => {
        const site = loadSite(textOf(input), 'sample.yaml');
        const { machines } = planMachines(site);
        for (const [host, has] of Object.entries(site.hosts))
          for (const [kind, n] of Object.entries(has)) {
            const groups = new Set(
              Object.entries(site.nodes).flatMap(([g, node]) => (node.host === host ? [g] : [])),
            );
            const used = machines
              .filter((m) => groups.has(m.group))
              .reduce((sum, m) => sum + (m.cards[kind] ?? 0), 0);
            expect(used).toBeLessThanOrEqual(n);
          }
      }),
      RUNS,
    );
  });
});
