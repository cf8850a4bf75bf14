import fc from 'fast-check';

import { UserError } from '../../../constructs/core/errors';
import { checkSite, loadSite } from '../../../constructs/site';
import { SAMPLE, sample, textOf, validInput } from './sample';

const rulesOf = (input: object, file = 'sample.yaml'): readonly string[] =>
  checkSite(textOf(input), file).findings.map(({ rule }) => rule);

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe('site loader', () => {
  test('resolves every default', () => {
    const site = sample();
    expect(site.kubernetes).toEqual({ podCidr: '10.42.0.0/16', serviceCidr: '10.43.0.0/16' });
    expect(site.nodes['storage']).toEqual({
      count: 1,
      flavor: 'large',
      cards: {},
      data: 8192,
      encrypted: false,
    });
    expect(site.batch).toEqual({ grace: 10, reserve: {}, halfLife: 604_800 });
    expect(site.cloud).toMatchObject({
      region: 'RegionOne',
      entry: 'floating-ip',
      createFlavors: false,
      adminFrom: [],
    });
    expect(site.flavors['small']?.disk).toBe(80);
  });

  test('freezes the whole site, because everything is projected from it', () => {
    expect(isDeeplyFrozen(sample())).toBe(true);
  });

  test.each(['sample.yaml', 'stacks/sites/sample.yaml', 'C:\\sites\\sample.yaml', '/tmp/x/sample.yaml'])(
    'accepts the site in file %s',
    (file) => {
      expect(loadSite(textOf(SAMPLE), file).name).toBe('sample');
    },
  );

  test.each(['other.yaml', 'sample.yml', 'sample.yaml.bak', ''])('refuses the site in file "%s"', (file) => {
    expect(rulesOf(SAMPLE, file)).toEqual(['site/file-name']);
  });

  test('throws a UserError whose headline counts the faults', () => {
    const load = (): unknown => loadSite(textOf({ ...SAMPLE, domain: 'hub', title: '' }), 'sample.yaml');
    expect(load).toThrow(UserError);
    expect(load).toThrow(/^sample\.yaml has 2 faults:\n/);
  });

  test('orders findings as they stand in the file', () => {
    const { findings } = checkSite(
      textOf({
        ...SAMPLE,
        domain: 'hub.local',
        title: '',
        delivery: { ...SAMPLE.delivery, revision: 'main' },
      }),
      'sample.yaml',
    );
    const lines = findings.map(({ line }) => line ?? 0);
    expect(findings.map(({ path }) => path)).toEqual(['title', 'domain', 'delivery.revision']);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  test('rules still see sound sections when others are at fault', () => {
    expect(rulesOf({ ...SAMPLE, title: '', domain: 'hub.local' })).toEqual(['schema/value', 'site/domain']);
  });

  test('a mistyped section does not make the rules that read it complain too', () => {
    const { hosts, ...rest } = SAMPLE;
    expect(rulesOf({ ...rest, hots: hosts })).toEqual(['schema/unknown-key']);
  });

  test('a fault inside a section is not followed by what it implies', () => {
    const { storage, ...nodes } = SAMPLE.nodes;
    expect(rulesOf({ ...SAMPLE, nodes: { ...nodes, storage: { ...storage, data: '8TB' } } })).toEqual([
      'schema/value',
    ]);
  });

  test('accepts every valid input', () => {
    fc.assert(
      fc.property(validInput, (input) => {
        expect(rulesOf(input)).toEqual([]);
      }),
    );
  });

  test('gives the same site whatever the order of sections, groups and cards', () => {
    const reversed = (value: object): object => Object.fromEntries(Object.entries(value).reverse());
    const { nodes, ...rest } = SAMPLE;
    const turned = reversed({ ...rest, nodes, hosts: { 'server-1': reversed(SAMPLE.hosts['server-1']) } });
    expect(loadSite(textOf(turned), 'sample.yaml')).toEqual(sample());
  });

  test('any single character changed never makes the loader throw anything but a UserError', () => {
    const text = textOf(SAMPLE);
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 1 }),
        fc.string({ unit: 'grapheme', minLength: 0, maxLength: 3 }),
        (at, put) => {
          try {
            loadSite(text.slice(0, at) + put + text.slice(at + 1), 'sample.yaml');
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
            expect((error as UserError).findings.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('any value replaced by another kind of value is refused or accepted, never a crash', () => {
    const paths = [
      'cloud',
      'hosts',
      'flavors',
      'nodes',
      'identity',
      'projects',
      'delivery',
      'offload',
      'batch',
    ] as const;
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('constructor', '__proto__', 'toString', 1e308, -0),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.dictionary(fc.string(), value, { maxKeys: 3, noNullPrototype: true }),
        (path, put) => {
          const { site, findings } = checkSite(textOf({ ...SAMPLE, [path]: put }), 'sample.yaml');
          expect(site === undefined).toBe(findings.length > 0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
