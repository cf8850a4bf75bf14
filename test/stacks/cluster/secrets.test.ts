import { createHmac } from 'node:crypto';

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import {
  loadSite,
  Lock,
  NAMESPACES,
  secretCatalogue,
  UserError,
  type SecretSource,
  type SecretSpec,
} from '../../../constructs';
import {
  checkSecretInputs,
  deriveSecret,
  joinSecret,
  requiredSettings,
  secretValues,
  type SecretInputs,
} from '../../../stacks/cluster/secrets';

const SEED = 's'.repeat(43);
const INPUTS: SecretInputs = { seed: SEED, generations: {}, settings: {} };

const spec = (name: string, keys: Record<string, SecretSource>, namespace = 'hub'): SecretSpec => ({
  namespace,
  name,
  purpose: 'a test',
  keys,
  consumers: [],
  rotation: { days: 90, how: 'raise the generation' },
});
const random = (bytes = 32, encoding: 'hex' | 'base64url' = 'hex'): SecretSource => ({
  kind: 'random',
  bytes,
  encoding,
});
const copy = (name: string, key: string): SecretSource => ({
  kind: 'copy',
  of: { namespace: 'hub', name, key },
});
const valuesOf = (catalogue: readonly SecretSpec[], inputs: Partial<SecretInputs> = {}) =>
  secretValues(catalogue, { ...INPUTS, ...inputs }, 'cnaf');
const nameArbitrary = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/);
const seedArbitrary = fc.string({ minLength: 43, maxLength: 64 });

/** RFC 5869 written out, as an independent second opinion. */
function hkdf(seed: string, salt: string, info: string, bytes: number): Buffer {
  const key = createHmac('sha256', salt).update(seed).digest();
  const blocks: Buffer[] = [];
  while (blocks.length * 32 < bytes) {
    const block = createHmac('sha256', key)
      .update(blocks.at(-1) ?? Buffer.alloc(0))
      .update(info);
    blocks.push(block.update(Buffer.from([blocks.length + 1])).digest());
  }
  return Buffer.concat(blocks).subarray(0, bytes);
}

describe('random values', () => {
  it('are HKDF-SHA256 of the seed with namespace, name, key and generation', () => {
    const expected = hkdf(SEED, 'ai-infn-platform/secrets/1', 'hub/db/password/1', 48).toString('base64url');
    expect(valuesOf([spec('db', { password: random(48, 'base64url') })])['hub/db']).toEqual({
      password: expected,
    });
  });

  it('have the requested size in the requested encoding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom('hex', 'base64url'),
        (bytes, encoding) => {
          const value = valuesOf([spec('s', { k: random(bytes, encoding) })])['hub/s']?.['k'] ?? '';
          expect(Buffer.from(value, encoding).length).toBe(bytes);
          expect(Buffer.from(value, encoding).toString(encoding)).toBe(value);
        },
      ),
    );
  });

  it('are the same every time, whatever else the catalogue holds and in whatever order', () => {
    fc.assert(
      fc.property(
        seedArbitrary,
        fc.uniqueArray(nameArbitrary, { minLength: 2, maxLength: 8 }),
        (seed, names) => {
          const catalogue = names.map((name) => spec(name, { k: random() }));
          const all = valuesOf(catalogue, { seed });
          expect(valuesOf([...catalogue].reverse(), { seed })).toEqual(all);
          for (const one of catalogue)
            expect(valuesOf([one], { seed })[`hub/${one.name}`]).toEqual(all[`hub/${one.name}`]);
        },
      ),
    );
  });

  it('differ between any two names, generations and seeds', () => {
    const id = fc.tuple(
      seedArbitrary,
      nameArbitrary,
      nameArbitrary,
      nameArbitrary,
      fc.integer({ min: 1, max: 9 }),
    );
    const value = ([seed, namespace, name, key, generation]: [string, string, string, string, number]) =>
      valuesOf([spec(name, { [key]: random() }, namespace)], {
        seed,
        generations: { [`${namespace}/${name}/${key}`]: generation },
      })[`${namespace}/${name}`]?.[key];
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(value(a) === value(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('change for one key alone when its generation is raised, and copies follow', () => {
    const catalogue = [spec('a', { k: random(), other: random() }), spec('b', { k: copy('a', 'k') })];
    const before = valuesOf(catalogue);
    const after = valuesOf(catalogue, { generations: { 'hub/a/k': 2 } });
    expect(after['hub/a']?.['k']).not.toBe(before['hub/a']?.['k']);
    expect(after['hub/a']?.['other']).toBe(before['hub/a']?.['other']);
    expect(after['hub/b']?.['k']).toBe(after['hub/a']?.['k']);
  });
});

describe('values from elsewhere', () => {
  it('come from the settings, from other keys and from templates over both', () => {
    const catalogue = [
      spec('db', { password: random(8), user: { kind: 'static', setting: 'dbUser' } }),
      spec('app', {
        url: {
          kind: 'template',
          text: 'postgres://${user}:${pass}@db/$HOME?again=${user}',
          refs: {
            user: { namespace: 'hub', name: 'db', key: 'user' },
            pass: { namespace: 'hub', name: 'db', key: 'password' },
          },
        },
      }),
    ];
    const values = valuesOf(catalogue, { settings: { dbUser: 'anna$&' } });
    const password = values['hub/db']?.['password'] ?? '';
    expect(values['hub/app']).toEqual({ url: `postgres://anna$&:${password}@db/$HOME?again=anna$&` });
  });

  it('are refused when a key is copied from nowhere, in a circle, or into a template without a name', () => {
    expect(() => valuesOf([spec('a', { k: copy('gone', 'k') })])).toThrow(
      'Secret key hub/a/k refers to hub/gone/k, which no component declares',
    );
    expect(() => valuesOf([spec('a', { k: copy('b', 'k') }), spec('b', { k: copy('a', 'k') })])).toThrow(
      'circle: hub/a/k -> hub/b/k -> hub/a/k',
    );
    expect(() => valuesOf([spec('a', { k: { kind: 'template', text: '${x}', refs: {} } })])).toThrow(
      "Secret key hub/a/k has no reference named 'x' for its template",
    );
  });

  it('resolve through long chains of copies', () => {
    const chain = Array.from({ length: 500 }, (_, i) =>
      spec(`s${i}`, { k: i === 0 ? random() : copy(`s${i - 1}`, 'k') }),
    );
    const values = valuesOf(chain.reverse());
    expect(new Set(Object.values(values).map((data) => data['k'])).size).toBe(1);
  });
});

describe('faults of the inputs', () => {
  const catalogue = [
    spec('iam', {
      id: { kind: 'static', setting: 'iamClientId' },
      secret: { kind: 'static', setting: 'iamClientSecret' },
    }),
    spec('copy', { id: { kind: 'static', setting: 'iamClientId' }, cookie: random() }),
  ];
  const faulty = (): string => {
    try {
      secretValues(
        catalogue,
        {
          seed: 'short-and-known',
          generations: { 'hub/copy/cookie': 0, 'hub/copy/kookie': 2 },
          settings: {},
        },
        'cnaf',
      );
    } catch (error) {
      if (error instanceof UserError) return error.message;
    }
    throw new Error('no UserError came');
  };

  it('are reported all at once, each with the command that mends it', () => {
    const message = faulty();
    for (const part of [
      'pulumi config set --secret iamClientId --stack cnaf',
      'pulumi config set --secret iamClientSecret --stack cnaf',
      'a secret setting, used by hub/iam/id, hub/copy/id',
      'openssl rand -base64 48 | pulumi config set --secret secretSeed --stack cnaf',
      'secretGenerations["hub/copy/cookie"]: found 0; allowed: a whole number from 1',
      'secretGenerations["hub/copy/kookie"]: found a name that is no generated key',
    ])
      expect(message).toContain(part);
    expect(message.split('\n')).toHaveLength(6);
  });

  it('never show a value, whatever is wrong', () => {
    expect(faulty()).not.toContain('short-and-known');
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 42 }), fc.string({ minLength: 12 }), (seed, id) => {
        const findings = checkSecretInputs(
          catalogue,
          { seed, generations: {}, settings: { iamClientId: id } },
          'x',
        );
        const text = JSON.stringify(findings);
        expect(findings.length).toBe(2);
        expect(text.includes(JSON.stringify(seed)) || text.includes(JSON.stringify(id))).toBe(false);
      }),
    );
  });

  it('list what the operator has to give, each with the keys that need it', () => {
    expect([...requiredSettings(catalogue)]).toEqual([
      ['iamClientId', ['hub/iam/id', 'hub/copy/id']],
      ['iamClientSecret', ['hub/iam/secret']],
    ]);
  });
});

describe('the join secret', () => {
  it('follows from the same seed, apart from every other value', () => {
    expect(joinSecret(SEED)).toBe(deriveSecret(SEED, 'rke2/join/secret/1', 32, 'hex'));
    expect(joinSecret(`${SEED}x`)).not.toBe(joinSecret(SEED));
    expect(joinSecret(SEED)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the catalogue of each site', () => {
  const root = join(__dirname, '../../..');
  const files = readdirSync(join(root, 'stacks/sites')).filter((file) => file.endsWith('.yaml'));

  it.each(files)('of %s resolves whole once its settings are given, in namespaces that exist', (file) => {
    const site = loadSite(readFileSync(join(root, 'stacks/sites', file), 'utf8'), file);
    const lock = Lock.parse(readFileSync(join(root, 'versions.lock.yaml'), 'utf8'));
    const catalogue = secretCatalogue({ site, lock });
    const settings = Object.fromEntries(
      [...requiredSettings(catalogue).keys()].map((key) => [key, `given-${key}`]),
    );
    const values = secretValues(catalogue, { seed: SEED, generations: {}, settings }, site.name);
    expect(catalogue.length).toBeGreaterThan(3);
    const namespaces = new Set<string>(Object.values(NAMESPACES).map(({ name }) => name));
    for (const spec of catalogue) {
      expect(namespaces).toContain(spec.namespace);
      expect(Object.keys(values[`${spec.namespace}/${spec.name}`] ?? {})).toEqual(Object.keys(spec.keys));
    }
    for (const data of Object.values(values))
      for (const value of Object.values(data)) expect(value).not.toBe('');
  });
});
