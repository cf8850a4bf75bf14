import fc from 'fast-check';

import {
  gpuTotal,
  loadSite,
  podCapacity,
  schedulable,
  systemReserve,
  type SchedulableKind,
  type SiteInput,
} from '../../../constructs/site';
import { SAMPLE, sample, textOf, validInput } from './sample';

const kind = (changes: Partial<SiteInput>, key: string): SchedulableKind | undefined =>
  schedulable(sample(changes)).find((k) => k.key === key);
const { nodes } = SAMPLE;

describe('capacity', () => {
  test.each([
    [16, { cpu: 1, memoryGiB: 3 }],
    [64, { cpu: 1, memoryGiB: 6 }],
    [256, { cpu: 1, memoryGiB: 15 }],
  ])('a machine of %i GiB keeps one core and 2 GiB and a twentieth', (memory, reserve) => {
    expect(systemReserve({ memory })).toEqual(reserve);
  });

  test('what is left for pods is never negative', () => {
    expect(podCapacity({ vcpus: 1, memory: 1, disk: 10 })).toEqual({ cpu: 0, memoryGiB: 0 });
    expect(podCapacity({ vcpus: 16, memory: 64, disk: 10 })).toEqual({ cpu: 15, memoryGiB: 58 });
  });
});

describe('schedulable kinds', () => {
  test('a whole card is one device', () => {
    expect(kind({}, 't4')).toEqual({
      key: 't4',
      title: 'NVIDIA Tesla T4 16 GB',
      accelerator: 't4',
      resource: 'nvidia.com/gpu',
      productLabel: 'Tesla-T4',
      count: 8,
      memoryGiB: 16,
      nodes: { cpu: 30, memoryGiB: 238 },
      nodeGroups: ['t4'],
      shareable: 8,
      reserved: {},
    });
  });

  test('a slice has its profile, its label and its memory', () => {
    expect(kind({}, 'a100-40gb-1g-5gb')).toMatchObject({
      profile: '1g.5gb',
      productLabel: 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb',
      resource: 'nvidia.com/gpu',
      count: 14,
      memoryGiB: 5,
    });
  });

  test('whole and sliced cards of one kind are two kinds of device', () => {
    const whole = { flavor: 'gpu.a100', host: 'server-1', cards: { 'a100-40gb': 1 } };
    const changes = { nodes: { ...nodes, whole } };
    expect(kind(changes, 'a100-40gb')?.count).toBe(1);
    expect(kind(changes, 'a100-40gb-1g-5gb')?.count).toBe(14);
  });

  test('groups with the same device are one kind over all their machines', () => {
    const more = { ...nodes.a100, count: 1 };
    expect(kind({ nodes: { ...nodes, more } }, 'a100-40gb-1g-5gb')).toMatchObject({
      count: 21,
      nodeGroups: ['a100', 'more'],
    });
  });

  test('slices of 40 and 80 GB cards with profiles of the same name have different keys', () => {
    const eighty = { flavor: 'eighty', host: 'server-2', cards: { 'a100-80gb': 1 }, mig: '1g.10gb' };
    const changes = {
      hosts: { ...SAMPLE.hosts, 'server-2': { 'a100-80gb': 1 } },
      flavors: { ...SAMPLE.flavors, eighty: SAMPLE.flavors['gpu.a100'] },
      nodes: { ...nodes, a100: { ...nodes.a100, mig: '1g.10gb' }, eighty },
    };
    expect(schedulable(sample(changes)).map(({ key, count }) => [key, count])).toEqual([
      ['t4', 8],
      ['a100-40gb-1g-10gb', 8],
      ['a100-80gb-1g-10gb', 7],
      ['cpu', 0],
    ]);
  });

  test('devices kept from batch are not shareable', () => {
    expect(kind({ batch: { reserve: { t4: 3 } } }, 't4')).toMatchObject({ count: 8, shareable: 5 });
  });

  test('devices of reserved machines are told by project', () => {
    const t4 = { ...nodes.t4, reserved: 'muography' };
    expect(kind({ nodes: { ...nodes, t4 } }, 't4')).toMatchObject({ count: 8, reserved: { muography: 8 } });
  });

  test('CPU-only work goes to service machines, or to the control plane of a site without any', () => {
    expect(kind({}, 'cpu')).toMatchObject({
      nodeGroups: ['service'],
      productLabel: 'none',
      nodes: { cpu: 30, memoryGiB: 116 },
    });
    const { service, ...without } = nodes;
    expect(service.count).toBe(2);
    expect(kind({ nodes: without }, 'cpu')).toMatchObject({ nodeGroups: ['control'] });
  });

  test('FPGAs are scheduled by their own resource and are no GPUs', () => {
    const site = sample({
      hosts: { ...SAMPLE.hosts, 'server-2': { u250: 2 } },
      flavors: { ...SAMPLE.flavors, fpga: { vcpus: 8, memory: '32Gi' } },
      nodes: { ...nodes, fpga: { flavor: 'fpga', host: 'server-2', cards: { u250: 2 } } },
    });
    expect(schedulable(site).find(({ key }) => key === 'u250')).toMatchObject({
      count: 2,
      productLabel: 'u250',
      resource: expect.stringMatching(/^amd\.com\//) as unknown,
    });
    expect(gpuTotal(site)).toBe(22);
  });

  test('keys are unique DNS labels, and labels are legal, for every valid site', () => {
    fc.assert(
      fc.property(validInput, (input) => {
        const kinds = schedulable(loadSite(textOf(input), 'sample.yaml'));
        expect(new Set(kinds.map(({ key }) => key)).size).toBe(kinds.length);
        for (const { key, productLabel } of kinds) {
          expect(key).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
          expect(productLabel).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
        }
      }),
    );
  });

  test('the total is the sum of cards, each counted as often as it is cut', () => {
    const cut: Readonly<Record<string, number>> = { '1g.5gb': 7, '2g.10gb': 3, '3g.20gb': 2, '7g.40gb': 1 };
    fc.assert(
      fc.property(validInput, (input) => {
        const site = loadSite(textOf(input), 'sample.yaml');
        const expected = Object.values(site.nodes).reduce(
          (sum, { count, cards, mig }) =>
            sum + count * Object.values(cards).reduce((n, c) => n + c, 0) * (cut[mig ?? ''] ?? 1),
          0,
        );
        expect(gpuTotal(site)).toBe(expected);
      }),
    );
  });
});
