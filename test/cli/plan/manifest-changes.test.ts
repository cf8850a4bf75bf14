import fc from 'fast-check';
import { stringify } from 'yaml';

import { differingFields, manifestChanges } from '../../../cli/plan/manifest-changes';

type Spec = Readonly<Record<string, unknown>>;
const pod = (image: string): Spec => ({ spec: { containers: [{ name: 'main', image }] } });
const object = (kind: string, parts: Spec): Spec => ({ kind, metadata: { name: 'x' }, ...parts });
const path = 'room/Kind.space.x.yaml';
const tree = (content?: Spec): ReadonlyMap<string, string> =>
  new Map(content === undefined ? [] : [[path, stringify(content)]]);
const impact = (before?: Spec, after?: Spec): unknown =>
  manifestChanges(tree(before), tree(after))[0]?.impact;

describe('a changed image', () => {
  const before = (kind: string): Spec => object(kind, { spec: { replicas: 1, template: pod('a:1') } });
  const after = (kind: string): Spec => object(kind, { spec: { replicas: 1, template: pod('a:2') } });

  test.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    'restarts a %s, and the field is named to the item',
    (kind) => {
      expect(manifestChanges(tree(before(kind)), tree(after(kind)))).toEqual([
        {
          component: 'room',
          object: 'Kind.space.x',
          impact: 'restarted',
          fields: ['spec.template.spec.containers[0].image'],
        },
      ]);
    },
  );

  test('of a Job is refused by the API server, of a Job that is a hook it is not', () => {
    expect(impact(before('Job'), after('Job'))).toBe('immutable field');
    const hook = { metadata: { annotations: { 'argocd.argoproj.io/hook': 'Sync' } } };
    expect(impact({ ...before('Job'), ...hook }, { ...after('Job'), ...hook })).toBe('changed');
  });

  test('of a CronJob ends nothing', () => {
    const cron = (image: string): Spec => object('CronJob', { spec: { jobTemplate: { spec: pod(image) } } });
    expect(impact(cron('a:1'), cron('a:2'))).toBe('changed');
  });
});

describe('the impact of a change', () => {
  test.each<[string, string, Spec, Spec, string]>([
    ['replicas', 'Deployment', { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, 'changed'],
    [
      'a selector',
      'Deployment',
      { spec: { selector: { a: 1 } } },
      { spec: { selector: { a: 2 } } },
      'immutable field',
    ],
    ['replicas', 'StatefulSet', { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, 'changed'],
    [
      'the size of claims',
      'StatefulSet',
      { spec: { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '1Gi' } } } }] } },
      { spec: { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '2Gi' } } } }] } },
      'immutable field',
    ],
    [
      'the service name',
      'StatefulSet',
      { spec: { serviceName: 'a' } },
      { spec: { serviceName: 'b' } },
      'immutable field',
    ],
    [
      'the size',
      'PersistentVolumeClaim',
      { spec: { resources: { requests: { storage: '1Gi' } } } },
      { spec: { resources: { requests: { storage: '2Gi' } } } },
      'changed',
    ],
    [
      'the class',
      'PersistentVolumeClaim',
      { spec: { storageClassName: 'a' } },
      { spec: { storageClassName: 'b' } },
      'immutable field',
    ],
    ['parameters', 'StorageClass', { parameters: { a: '1' } }, { parameters: { a: '2' } }, 'immutable field'],
    ['the value', 'PriorityClass', { value: 1 }, { value: 2 }, 'immutable field'],
    ['the role', 'RoleBinding', { roleRef: { name: 'a' } }, { roleRef: { name: 'b' } }, 'immutable field'],
    ['subjects', 'RoleBinding', { subjects: [{ name: 'a' }] }, { subjects: [{ name: 'b' }] }, 'changed'],
    [
      'the queue',
      'LocalQueue',
      { spec: { clusterQueue: 'a' } },
      { spec: { clusterQueue: 'b' } },
      'immutable field',
    ],
    ['data', 'ConfigMap', { data: { a: '1' } }, { data: { a: '2' } }, 'changed'],
    [
      'frozen data',
      'ConfigMap',
      { immutable: true, data: { a: '1' } },
      { immutable: true, data: { a: '2' } },
      'immutable field',
    ],
  ])('%s of a %s', (_, kind, before, after, expected) => {
    expect(impact(object(kind, before), object(kind, after))).toBe(expected);
  });

  test.each([
    ['StatefulSet', 'removed with data'],
    ['PersistentVolumeClaim', 'removed with data'],
    ['Namespace', 'removed with data'],
    ['Deployment', 'removed'],
    ['ConfigMap', 'removed'],
  ])('a %s that goes is %s', (kind, expected) => {
    expect(impact(object(kind, {}), undefined)).toBe(expected);
  });

  test('an object that comes is created', () => {
    expect(impact(undefined, object('ConfigMap', {}))).toBe('created');
  });
});

describe('two trees', () => {
  test('that are equal have no changes; others are told in path order with at most five fields each', () => {
    const before = new Map([
      ['b/B.yaml', stringify({ kind: 'B', a: 1 })],
      ['a/A.yaml', stringify(object('A', { one: 1, two: 1, three: 1, four: 1, five: 1, six: 1 }))],
    ]);
    const after = new Map([
      ['c/C.yaml', stringify({ kind: 'C' })],
      ['a/A.yaml', stringify(object('A', {}))],
    ]);
    expect(manifestChanges(before, before)).toEqual([]);
    const changes = manifestChanges(before, after);
    expect(changes.map(({ component, impact: what }) => [component, what])).toEqual([
      ['a', 'changed'],
      ['b', 'removed'],
      ['c', 'created'],
    ]);
    expect(changes[0]?.fields).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  test('whose text differs but not their meaning are changed in no field', () => {
    const [one, two] = [new Map([[path, 'kind: A\n']]), new Map([[path, 'kind: "A"\n']])];
    expect(manifestChanges(one, two)).toMatchObject([{ impact: 'changed', fields: [] }]);
  });
});

describe('differing fields', () => {
  test('are named by path; lists of another length as a whole', () => {
    expect(differingFields({ a: { b: [1, 2], c: 3 } }, { a: { b: [1, 3], c: 3 } })).toEqual(['a.b[1]']);
    expect(differingFields({ a: [1] }, { a: [1, 2] })).toEqual(['a']);
    expect(differingFields({ a: 1 }, { b: 1 })).toEqual(['a', 'b']);
    expect(differingFields({ a: null }, { a: {} })).toEqual(['a']);
  });

  test('are none exactly when the values are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(differingFields(a, a)).toEqual([]);
        expect(differingFields({ v: a }, { v: b }).length === 0).toBe(
          JSON.stringify(a) === JSON.stringify(b) || isSame(a, b),
        );
      }),
    );
  });
});

/** Equal up to the order of keys and the sign of zero. */
function isSame(a: unknown, b: unknown): boolean {
  try {
    expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
    return true;
  } catch {
    return false;
  }
}
