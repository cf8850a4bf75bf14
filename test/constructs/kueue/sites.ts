import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { parse } from 'yaml';

import { siteSchema, type Site, type SiteInput } from '../../../constructs/site';

/** One remote centre. */
export const OFFLOAD = {
  recas: {
    api: 'https://interlink.recas.ba.infn.it:3000',
    cpu: 200,
    memory: '800Gi',
    gpus: { 'a100-40gb': 4 },
  },
};

/** The real site file of CNAF, with changes of its top-level fields. */
export function cnaf(change: Partial<SiteInput> = {}): Site {
  const text = readFileSync(join(__dirname, '../../../stacks/sites/cnaf.yaml'), 'utf8');
  return siteSchema.parse({ ...(parse(text) as SiteInput), ...change });
}

const CARDS = ['t4', 'rtx5000', 'a30', 'a100-40gb', 'u250'] as const;
const MIG: Readonly<Record<string, string>> = { a30: '1g.6gb', 'a100-40gb': '1g.5gb' };

const group = fc
  .record({
    kind: fc.constantFrom(...CARDS),
    cards: fc.integer({ min: 1, max: 4 }),
    count: fc.integer({ min: 1, max: 3 }),
    mig: fc.boolean(),
    reserved: fc.boolean(),
  })
  .map(({ kind, cards, count, mig, reserved }) => ({
    count,
    flavor: 'gpu',
    host: 'server',
    cards: { [kind]: cards },
    ...(mig && MIG[kind] !== undefined ? { mig: MIG[kind] } : {}),
    ...(reserved ? { reserved: 'diamond' } : {}),
  }));

/** Sites with any mixture of cards, MIG layouts, reserved machines, reserves, projects and remote centres. */
export const anySite: fc.Arbitrary<Site> = fc
  .record({
    groups: fc.array(group, { maxLength: 6 }),
    service: fc.boolean(),
    offload: fc.boolean(),
    projects: fc.dictionary(fc.constantFrom('muography', 'diamond', 'pinn'), fc.integer({ min: 1, max: 50 })),
    reserve: fc.dictionary(
      fc.constantFrom('t4', 'rtx5000', 'a30', 'a30-1g-6gb', 'a100-40gb', 'a100-40gb-1g-5gb', 'u250'),
      fc.integer({ min: 1, max: 40 }),
    ),
  })
  .map(({ groups, service, offload, projects, reserve }) =>
    cnaf({
      flavors: { small: { vcpus: 8, memory: '16Gi' }, gpu: { vcpus: 32, memory: '128Gi' } },
      nodes: {
        control: { count: 3, flavor: 'small' },
        ...(service ? { service: { flavor: 'small' } } : {}),
        ...Object.fromEntries(groups.map((g, i) => [`g${i}`, g])),
      },
      offload: offload ? OFFLOAD : {},
      projects: Object.fromEntries(
        Object.entries(projects).map(([name, share]) => [
          name,
          { group: name, batch: { share: share / 10 } },
        ]),
      ),
      batch: { reserve },
    }),
  );
