import { planMachines, type MachinePlan } from '../../../constructs/site';
import {
  clusterRoles,
  flavorArgs,
  instanceArgs,
  keptProperties,
  KEPT_PROPERTIES,
  ruleArgs,
  subnetArgs,
  volumeArgs,
} from '../../../stacks/openstack/arguments';
import { naming, ownerPrefix, tagOf, taggedName } from '../../../stacks/openstack/tags';
import { siteNamed } from './sites';

const plan = planMachines(siteNamed('cnaf'));
const machine = (id: string): MachinePlan => {
  const found = plan.machines.find((m) => m.id === id);
  if (!found) throw new Error(`no machine ${id}`);
  return found;
};

describe('tags, by which an object is found again', () => {
  it('begin with the stack and end with the logical name', () => {
    expect(tagOf('cnaf', 't4-1-port')).toBe('ai-infn/cnaf/t4-1-port');
    expect(tagOf('cnaf', 't4-1').startsWith(ownerPrefix('cnaf'))).toBe(true);
    expect(tagOf('cnaf-b', 't4-1').startsWith(ownerPrefix('cnaf'))).toBe(false);
  });

  it('make names unique for kinds without a description, stable and different by stack and name', () => {
    const names = ['a', 'b'].flatMap((stack) => ['x', 'y'].map((logical) => taggedName(stack, logical)));
    expect(new Set(names).size).toBe(4);
    expect(taggedName('a', 'x')).toBe(names[0]);
    expect(names[0]).toMatch(/^a-x-[0-9a-f]{6}$/);
  });

  it('stay the beginning of a description that also has words', () => {
    expect(naming('cnaf')('sg-control', 'Control plane')).toEqual({
      name: 'cnaf-sg-control',
      description: 'ai-infn/cnaf/sg-control: Control plane',
    });
    expect(naming('cnaf')('network').name).toBe('cnaf');
  });
});

describe('arguments of OpenStack objects', () => {
  it('give the subnet its gateway, and a pool that no machine’s address is in', () => {
    const args = subnetArgs(plan.network);
    expect(args).toMatchObject({ cidr: '10.71.0.0/24', ipVersion: 4, gatewayIp: plan.network.gateway });
    const [pool] = args.allocationPools;
    const last = (address: string): number => Number(address.split('.')[3]);
    for (const { address } of plan.machines) {
      expect(last(address) < last(pool?.start ?? '') || last(address) > last(pool?.end ?? '')).toBe(true);
    }
  });

  it('translate a rule of the plan, leaving out what it leaves open', () => {
    expect(ruleArgs({ name: 'out', direction: 'egress' })).toEqual({
      direction: 'egress',
      ethertype: 'IPv4',
    });
    expect(
      ruleArgs({
        name: 'etcd',
        direction: 'ingress',
        protocol: 'tcp',
        from: 2379,
        to: 2381,
        cidr: '10.0.0.0/8',
      }),
    ).toEqual({
      direction: 'ingress',
      ethertype: 'IPv4',
      protocol: 'tcp',
      portRangeMin: 2379,
      portRangeMax: 2381,
      remoteIpPrefix: '10.0.0.0/8',
    });
  });

  it('give an instance its name, flavor and tag', () => {
    expect(instanceArgs('cnaf', machine('t4-1'))).toEqual({
      name: 'cnaf-t4-1',
      flavorName: 'gpu.t4.x4',
      configDrive: true,
      metadata: { 'ai-infn': 'ai-infn/cnaf/t4-1', group: 't4', role: 'accelerator' },
    });
  });

  it('give a data volume its type only where the site names one', () => {
    const storage = machine('storage-1');
    if (!storage.volume) throw new Error('the storage machine has no volume');
    expect(volumeArgs('cnaf', storage, storage.volume)).toMatchObject({
      name: 'cnaf-storage-1-data',
      size: 12 * 1024,
      volumeType: 'luks',
      metadata: { 'ai-infn': 'ai-infn/cnaf/cnaf-storage-1-data' },
    });
    const { type: _, ...untyped } = storage.volume;
    expect(volumeArgs('cnaf', storage, untyped)).not.toHaveProperty('volumeType');
  });

  it('give a flavor of our own the alias of its cards', () => {
    const flavor = plan.flavors.find(({ name }) => name === 'gpu.t4.x4');
    if (!flavor) throw new Error('no flavor');
    expect(flavorArgs('cnaf', flavor)).toMatchObject({
      ram: 180 * 1024,
      description: 'ai-infn/cnaf/flavor-gpu.t4.x4',
      extraSpecs: { 'pci_passthrough:alias': 't4:4' },
    });
  });
});

describe('what a machine keeps although the program changed', () => {
  it('is its image, user data, key and placement', () => {
    expect(keptProperties(machine('t4-1'), [])).toEqual(KEPT_PROPERTIES);
    expect(KEPT_PROPERTIES).toEqual(expect.arrayContaining(['imageId', 'imageName', 'userData', 'keyPair']));
  });

  it.each(['t4-1', 'cnaf-t4-1'])('is nothing once the operator named it (%s)', (name) => {
    expect(keptProperties(machine('t4-1'), [name])).toEqual([]);
    expect(keptProperties(machine('t4-2'), [name])).toEqual(KEPT_PROPERTIES);
  });
});

describe('roles of the cluster’s credential', () => {
  it.each([
    [['admin', 'member', 'reader'], false, ['member']],
    [['member', 'load-balancer_member'], true, ['member', 'load-balancer_member']],
    [['member', 'load-balancer_member'], false, ['member']],
    [['member'], true, ['member']],
  ])('of an operator with %p, load balancer %p, are %p', (roles, balanced, expected) => {
    expect(clusterRoles(roles, balanced)).toEqual(expected);
  });
});
