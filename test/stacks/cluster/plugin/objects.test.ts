import fc from 'fast-check';

import type { KubeObject } from '../../../../stacks/cluster/api-server';
import {
  changes,
  idOf,
  project,
  refusals,
  withoutServerFields,
  type Json,
  type Properties,
} from '../../../../stacks/cluster/plugin/objects';

const NAMESPACE: Properties = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'hub', labels: { 'pod-security.kubernetes.io/enforce': 'restricted', team: 'a' } },
};
const json = fc.jsonValue() as fc.Arbitrary<Json>;
const properties = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 6 }).filter((k) => k !== '__proto__'),
  json,
) as fc.Arbitrary<Properties>;

describe('what differs', () => {
  it('is nothing between equal objects', () => {
    fc.assert(
      fc.property(properties, (value) => {
        expect(changes(value, JSON.parse(JSON.stringify(value)) as Properties)).toEqual([]);
      }),
    );
  });

  it('is something between unequal ones', () => {
    fc.assert(
      fc.property(properties, properties, (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(changes(a, b).length === 0).toBe(same);
      }),
    );
  });

  it('is named property by property, with names that hold dots in brackets', () => {
    const now: Properties = {
      ...NAMESPACE,
      metadata: { name: 'hub', labels: { 'pod-security.kubernetes.io/enforce': 'baseline', owner: 'b' } },
    };
    expect(changes(NAMESPACE, now)).toEqual([
      { path: 'metadata.labels.owner', kind: 'add', replace: false },
      { path: 'metadata.labels["pod-security.kubernetes.io/enforce"]', kind: 'update', replace: false },
      { path: 'metadata.labels.team', kind: 'delete', replace: false },
    ]);
  });

  it.each([
    ['another name', { metadata: { name: 'lab' } }, 'metadata.name'],
    ['another kind', { kind: 'Node' }, 'kind'],
    ['another type of Secret', { type: 'kubernetes.io/tls' }, 'type'],
  ])('makes the object anew for %s', (_, change, path) => {
    const found = changes(
      { ...NAMESPACE, metadata: { name: 'hub' } },
      { ...NAMESPACE, metadata: { name: 'hub' }, ...change },
    );
    expect(found.filter((c) => c.replace).map((c) => c.path)).toEqual([path]);
  });
});

describe('the part of a living object that the inputs speak of', () => {
  it('is the inputs themselves when the server only added to them', () => {
    fc.assert(
      fc.property(properties, properties, (inputs, added) => {
        expect(project({ ...added, ...inputs }, inputs)).toEqual(inputs);
      }),
    );
  });

  it('shows what others changed or removed, and hides what they added', () => {
    const live: Properties = {
      ...NAMESPACE,
      metadata: { name: 'hub', uid: 'x', labels: { team: 'changed', extra: 'y' } },
      status: { phase: 'Active' },
    };
    const seen = project(live, NAMESPACE) as Properties;
    expect(seen).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'hub', labels: { team: 'changed' } },
    });
    expect(changes(seen, NAMESPACE).map((c) => `${c.kind} ${c.path}`)).toEqual([
      'add metadata.labels["pod-security.kubernetes.io/enforce"]',
      'update metadata.labels.team',
    ]);
  });

  it('looks into lists of the same length and shows others whole', () => {
    expect(project([{ a: 1, default: true }], [{ a: 1 }])).toEqual([{ a: 1 }]);
    expect(project([{ a: 1 }, { b: 2 }], [{ a: 1 }])).toEqual([{ a: 1 }, { b: 2 }]);
  });
});

describe('refusals', () => {
  it('name what this plugin does not do, and nothing else', () => {
    expect(refusals(NAMESPACE)).toEqual([]);
    expect(refusals({ kind: 'Secret', metadata: {}, stringData: { a: 'b' } }).map((r) => r.property)).toEqual(
      ['metadata.name', 'stringData'],
    );
  });
});

describe('an imported object', () => {
  const live = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'b', uid: 'c', managedFields: [], labels: { d: 'e' } },
    data: { f: 'Zw==' },
    status: {},
  } as KubeObject;

  it('comes without what only the server writes', () => {
    expect(withoutServerFields(live)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'b', labels: { d: 'e' } },
      data: { f: 'Zw==' },
    });
  });

  it('is known by namespace and name', () => {
    expect(idOf(live)).toBe('b/a');
    expect(idOf({ ...live, metadata: { name: 'a' } })).toBe('a');
  });
});

/** Keys in order, at every depth, so that equality is equality of text. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item));
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}
