import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { infrastructureChanges } from '../../../cli/plan/machine-changes';
import { loadSite, type Site } from '../../../constructs';
import { ROOT } from '../support';

const LAB = readFileSync(join(ROOT, 'stacks/sites/lab.yaml'), 'utf8');

/** The lab with some lines replaced; every replacement must hit. */
function lab(...edits: readonly (readonly [from: string, to: string])[]): Site {
  const text = edits.reduce((current, [from, to]) => {
    if (!current.includes(from)) throw new Error(`lab.yaml has no '${from}'`);
    return current.replace(from, to);
  }, LAB);
  return loadSite(text, 'lab.yaml');
}
const now = lab();

describe('machines', () => {
  test('nothing changes between a site and itself', () => {
    expect(infrastructureChanges(now, lab())).toEqual({
      machines: [],
      volumes: [],
      devices: [],
      gpus: { before: 9, after: 9 },
    });
  });

  test('a new site is all new', () => {
    const { machines, volumes, gpus } = infrastructureChanges(undefined, now);
    expect(machines.every(({ change }) => change === 'created')).toBe(true);
    expect(machines).toHaveLength(5);
    expect(volumes).toEqual([{ volume: 'lab-storage-1-data', change: 'created', effect: '200 GiB' }]);
    expect(gpus).toEqual({ before: 0, after: 9 });
  });

  const t4 = 't4: { flavor: lab.t4.x2, host: host-1, cards: { t4: 2 } }';
  const a100 = 'a100: { flavor: lab.a100, host: host-1, cards: { a100-40gb: 1 }, mig: 1g.5gb }';
  const service = 'service: { flavor: lab.medium }';
  test.each([
    {
      name: 'a machine added',
      edits: [[service, 'service: { count: 2, flavor: lab.medium }']],
      machine: 'lab-service-2',
      change: 'created',
      effect: 'more capacity',
    },
    {
      name: 'a machine with cards removed',
      edits: [[`  ${a100}\n`, '']],
      machine: 'lab-a100-1',
      change: 'removed',
      effect: 'sessions and jobs on its accelerators end',
    },
    {
      name: 'a MIG layout changed',
      edits: [[a100, a100.replace('1g.5gb', '3g.20gb')]],
      machine: 'lab-a100-1',
      change: 'drained',
      effect: /^MIG layout \S*1g.5gb\S* -> \S*3g.20gb\S*: sessions and jobs on its accelerators end$/,
    },
    {
      name: 'MIG turned off',
      edits: [[a100, a100.replace(', mig: 1g.5gb', '')]],
      machine: 'lab-a100-1',
      change: 'drained',
      effect: /sessions and jobs on its accelerators end/,
    },
    {
      name: 'another flavor',
      edits: [[service, 'service: { flavor: lab.small }']],
      machine: 'lab-service-1',
      change: 'resized',
      effect: 'restarts; its pods move',
    },
    {
      name: 'another flavor under accelerators',
      edits: [
        ['  lab.a100:', '  lab.big: { vcpus: 16, memory: 64Gi, disk: 40Gi }\n  lab.a100:'],
        [t4, t4.replace('lab.t4.x2', 'lab.big')],
        ['  lab.t4.x2: { vcpus: 8, memory: 32Gi, disk: 40Gi }\n', ''],
      ],
      machine: 'lab-t4-1',
      change: 'resized',
      effect: 'restarts; sessions and jobs on its accelerators end',
    },
    {
      name: 'fewer cards under the same flavor',
      edits: [[t4, t4.replace('t4: 2', 't4: 1')]],
      machine: 'lab-t4-1',
      change: 'kept',
      effect: 'other cards: takes effect with --replace-machine t4-1',
    },
    {
      name: 'a reservation',
      edits: [[t4, t4.replace('cards', 'reserved: demo, cards')]],
      machine: 'lab-t4-1',
      change: 'kept',
      effect: 'other first boot: takes effect with --replace-machine t4-1',
    },
    {
      name: 'another address block',
      edits: [[service, 'service: { flavor: lab.medium, block: 9 }']],
      machine: 'lab-service-1',
      change: 'replaced',
      effect: /^moves to 10\.79\.0\.\d+; its pods move$/,
    },
  ] as const)('$name: $change, told in one row', ({ edits, machine, change, effect }) => {
    const { machines } = infrastructureChanges(now, lab(...edits));
    expect(machines).toEqual([
      {
        machine,
        change,
        effect: (typeof effect === 'string' ? effect : expect.stringMatching(effect)) as unknown,
      },
    ]);
  });

  test('another image concerns every machine and replaces none', () => {
    const { machines } = infrastructureChanges(now, lab(['image: debian-12', 'image: debian-13']));
    expect(machines).toHaveLength(5);
    for (const { change, effect } of machines) {
      expect(change).toBe('kept');
      expect(effect).toMatch(/^other image: takes effect with --replace-machine [a-z0-9]+-1$/);
    }
  });

  test('devices gained and lost are counted by kind', () => {
    const { devices, gpus } = infrastructureChanges(
      now,
      lab([`  ${a100}\n`, ''], [t4, t4.replace('t4: 2', 't4: 1')]),
    );
    expect(gpus).toEqual({ before: 9, after: 1 });
    expect(devices.map(({ before, after }) => [before, after]).sort()).toEqual([
      [2, 1],
      [7, 0],
    ]);
  });
});

describe('data volumes', () => {
  const storage = 'storage: { flavor: lab.small, data: 200Gi }';
  const encrypted: [string, string] = [
    'externalNetwork: public',
    'externalNetwork: public\n  encryptedVolumeType: luks',
  ];
  test.each([
    ['grown', 'storage: { flavor: lab.small, data: 300Gi }', '200 -> 300 GiB, in place'],
    ['refused', 'storage: { flavor: lab.small, data: 100Gi }', 'a volume cannot shrink'],
    [
      'refused',
      'storage: { flavor: lab.small, data: 200Gi, encrypted: true }',
      'another volume type would replace',
    ],
  ])('%s by %s', (change, line, effect) => {
    expect(infrastructureChanges(now, lab([storage, line], encrypted)).volumes).toEqual([
      { volume: 'lab-storage-1-data', change, effect: expect.stringContaining(effect) as unknown },
    ]);
  });

  test('that lose their machine stop the run until they are named', () => {
    const edit = ['service: { flavor: lab.medium }', 'service: { flavor: lab.medium, data: 10Gi }'] as const;
    expect(infrastructureChanges(lab(edit), now).volumes).toEqual([
      {
        volume: 'lab-service-1-data',
        change: 'refused',
        effect: expect.stringContaining('up stops unless --destroy-data lab-service-1-data') as unknown,
      },
    ]);
  });

  test('that stay the same are not told', () => {
    expect(infrastructureChanges(now, lab(['title: AI_INFN', 'title: The AI_INFN'])).volumes).toEqual([]);
  });
});
