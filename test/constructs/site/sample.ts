import fc from 'fast-check';
import { stringify } from 'yaml';

import { loadSite, type Site, type SiteInput } from '../../../constructs/site';

/** A small site that is valid as it stands; tests vary it. */
export const SAMPLE = {
  name: 'sample',
  title: 'Sample',
  domain: 'hub.ai.infn.it',
  cloud: { name: 'sample', image: 'debian-12', externalNetwork: 'public', subnet: '10.71.0.0/24' },
  hosts: { 'server-1': { t4: 8, 'a100-40gb': 4 } },
  flavors: {
    small: { vcpus: 4, memory: '16Gi' },
    large: { vcpus: 16, memory: '64Gi' },
    'gpu.t4': { vcpus: 16, memory: '128Gi' },
    'gpu.a100': { vcpus: 32, memory: '256Gi' },
  },
  nodes: {
    control: { count: 3, flavor: 'small' },
    storage: { flavor: 'large', data: '8Ti' },
    service: { count: 2, flavor: 'large' },
    t4: { count: 2, flavor: 'gpu.t4', host: 'server-1', cards: { t4: 4 } },
    a100: { count: 2, flavor: 'gpu.a100', host: 'server-1', cards: { 'a100-40gb': 1 }, mig: '1g.5gb' },
  },
  identity: { issuer: 'https://iam.cloud.infn.it/', users: ['users/ai-infn'], admins: ['admins/ai-infn'] },
  projects: { muography: { group: 'muography', storage: '1Ti' } },
  delivery: { repo: 'https://baltig.infn.it/ai-infn/platform.git', revision: '2026.11.0' },
} as const satisfies SiteInput;

/** The file text of a site input. */
export const textOf = (input: object): string => stringify(input, { aliasDuplicateObjects: false });

/** A site through the loader, so that tests only see sites that users can have. */
export function sample(changes: Partial<SiteInput> = {}): Site {
  const input = { ...SAMPLE, ...changes };
  return loadSite(textOf(input), `${input.name}.yaml`);
}

/** Node groups of CPU machines besides the base ones, with counts that fit a block of a /24. */
const extraGroups = fc.dictionary(
  fc.stringMatching(/^x[a-z0-9]{0,8}$/),
  fc.record({ count: fc.integer({ min: 1, max: 15 }), flavor: fc.constantFrom('small', 'large') }),
  { maxKeys: 7, noNullPrototype: true },
);

/** Inputs that are valid: a control plane, storage, any CPU groups, and cards within what the host has. */
export const validInput: fc.Arbitrary<SiteInput> = fc
  .record({
    control: fc.constantFrom(1, 3, 5),
    extra: extraGroups,
    t4: fc.integer({ min: 1, max: 2 }),
    a100: fc.integer({ min: 1, max: 4 }),
    mig: fc.constantFrom(undefined, '1g.5gb', '2g.10gb', '3g.20gb', '7g.40gb'),
    entry: fc.constantFrom('floating-ip' as const, 'octavia' as const),
    adminFrom: fc.subarray(['131.154.0.0/16', '192.84.128.0/24']),
  })
  .map(({ control, extra, t4, a100, mig, entry, adminFrom }) => ({
    ...SAMPLE,
    cloud: { ...SAMPLE.cloud, entry, adminFrom },
    nodes: {
      control: { count: control, flavor: 'small' },
      storage: SAMPLE.nodes.storage,
      t4: { ...SAMPLE.nodes.t4, count: t4 },
      a100: {
        count: a100,
        flavor: 'gpu.a100',
        host: 'server-1',
        cards: { 'a100-40gb': 1 },
        ...(mig === undefined ? {} : { mig }),
      },
      service: SAMPLE.nodes.service,
      ...extra,
    },
  }));
