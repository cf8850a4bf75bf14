import fc from 'fast-check';

import { UserError } from '../../../constructs/core/errors';
import { type HostsJson, cardsByAlias, parseHosts, pciSection } from '../../../twin/openstack/hosts';

const server = { name: 'gpu-1', vcpus: 64, memory_mb: 524_288, local_gb: 8000 };
const t4 = { alias: 't4', vendor: '10de', product: '1eb8', count: 4 };
const a100 = { alias: 'a100-40gb', vendor: '10de', product: '20f1', type: 'type-PF', count: 1 } as const;

describe('the description of simulated servers', () => {
  it('needs sizes only; a server without cards is in the default zone and starts guests at once', () => {
    expect(parseHosts({ hosts: [server] }).hosts[0]).toEqual({
      ...server,
      pci: [],
      resources: {},
      traits: [],
      spawn_seconds: 0,
    });
  });

  it('keeps what it says of cards, zones, resource classes and traits', () => {
    const full = {
      ...server,
      zone: 'east',
      pci: [a100],
      resources: { CUSTOM_MIG_1G_5GB: 7 },
      traits: ['CUSTOM_NVME'],
      spawn_seconds: 0.5,
    };
    expect(parseHosts({ hosts: [full] }).hosts).toEqual([full]);
  });

  it.each<[string, unknown, string]>([
    ['no server', { hosts: [] }, 'hosts'],
    ['an unknown key', { hosts: [{ ...server, cards: 3 }] }, 'cards'],
    ['a size of zero', { hosts: [{ ...server, vcpus: 0 }] }, 'hosts.0.vcpus'],
    [
      'a PCI id in the wrong form',
      { hosts: [{ ...server, pci: [{ ...t4, product: '0x1EB8' }] }] },
      'hosts.0.pci.0.product',
    ],
    [
      'an unknown way of passing a card through',
      { hosts: [{ ...server, pci: [{ ...t4, type: 'PF' }] }] },
      'hosts.0.pci.0.type',
    ],
    [
      'a resource class placement would refuse',
      { hosts: [{ ...server, resources: { gpu: 1 } }] },
      'hosts.0.resources.gpu',
    ],
    ['a name that is no host name', { hosts: [{ ...server, name: 'a b' }] }, 'hosts.0.name'],
  ])('with %s is refused, with the place', (_, value, place) => {
    expect(() => parseHosts(value, 'hosts.json')).toThrow(UserError);
    expect(() => parseHosts(value, 'hosts.json')).toThrow(place);
    expect(() => parseHosts(value, 'hosts.json')).toThrow('hosts.json');
  });

  it('reports every fault at once', () => {
    const value = {
      hosts: [
        { ...server, vcpus: -1, memory_mb: 'much' },
        { ...server, local_gb: 1.5 },
      ],
    };
    const fault = catchError(() => parseHosts(value));
    expect(fault.findings.map((f) => f.path)).toEqual([
      'hosts.0.vcpus',
      'hosts.0.memory_mb',
      'hosts.1.local_gb',
    ]);
  });

  it('refuses two servers of one name', () => {
    expect(() => parseHosts({ hosts: [server, server] })).toThrow(
      'two simulated servers have the name gpu-1',
    );
  });
});

describe("nova's PCI section", () => {
  it('has an alias for each card model and a device specification for each PCI id', () => {
    expect(pciSection(parseHosts({ hosts: [{ ...server, pci: [t4, a100] }] }))).toBe(
      [
        'alias = {"vendor_id":"10de","product_id":"1eb8","device_type":"type-PCI","name":"t4"}',
        'alias = {"vendor_id":"10de","product_id":"20f1","device_type":"type-PF","name":"a100-40gb"}',
        'device_spec = {"vendor_id":"10de","product_id":"1eb8"}',
        'device_spec = {"vendor_id":"10de","product_id":"20f1"}',
      ].join('\n'),
    );
  });

  it('lets one alias stand for two models of a card', () => {
    const other = { ...t4, product: '1eb9' };
    const lines = pciSection(parseHosts({ hosts: [{ ...server, pci: [t4, other] }] })).split('\n');
    expect(lines.filter((l) => l.includes('"name":"t4"'))).toHaveLength(2);
  });

  it('is empty without cards', () => {
    expect(pciSection(parseHosts({ hosts: [server] }))).toBe('');
  });

  const models = fc.constantFrom<HostsJson['hosts'][number]['pci']>([t4], [a100], [t4, a100], []);
  const clouds = fc.array(models, { minLength: 1, maxLength: 6 });
  const cloud = (pci: readonly HostsJson['hosts'][number]['pci'][]): HostsJson => ({
    hosts: pci.map((cards, index) => ({ ...server, name: `server-${index}`, pci: cards })),
  });

  it('says each thing once, in an order that the order of servers does not change', () => {
    fc.assert(
      fc.property(clouds, (pci) => {
        const lines = pciSection(parseHosts(cloud(pci))).split('\n');
        expect(new Set(lines).size).toBe(lines.length);
        expect(pciSection(parseHosts(cloud([...pci].reverse())))).toBe(lines.join('\n'));
      }),
    );
  });

  it('counts every card of every server once', () => {
    fc.assert(
      fc.property(clouds, (pci) => {
        const all = pci.flatMap((cards) => cards ?? []);
        const total = (alias: string): number =>
          all.filter((c) => c.alias === alias).reduce((sum, c) => sum + c.count, 0);
        const counted = cardsByAlias(parseHosts(cloud(pci)));
        expect([counted['t4'] ?? 0, counted['a100-40gb'] ?? 0]).toEqual([total('t4'), total('a100-40gb')]);
      }),
    );
  });
});

function catchError(operation: () => unknown): UserError {
  try {
    operation();
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error('no UserError was thrown');
}
