import type { KubeObject } from '../api-server';

/** JSON as it passes between engine and plugin. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** Properties of a resource. */
export type Properties = Readonly<Record<string, Json>>;

/** One property that differs, as the engine names it, for example `metadata.labels.team`. */
export interface Change {
  readonly path: string;
  readonly kind: 'add' | 'delete' | 'update';
  /** The object has to be made anew. */
  readonly replace: boolean;
}

/** A property that was refused and why. */
export interface Refusal {
  readonly property: string;
  readonly reason: string;
}

const isObject = (value: Json | undefined): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Properties that the API server never changes on a living object. */
const FIXED = ['apiVersion', 'kind', 'metadata.name', 'metadata.namespace', 'type', 'immutable'];

/** What the official plugin would do and this one does not, said before anything happens. */
export function refusals(inputs: Properties): readonly Refusal[] {
  const metadata = inputs['metadata'];
  const name = isObject(metadata) ? metadata['name'] : undefined;
  return [
    ...(name
      ? []
      : [{ property: 'metadata.name', reason: 'every object of the platform has an explicit name' }]),
    ...(inputs['kind'] === 'Secret' && inputs['stringData'] !== undefined
      ? [
          {
            property: 'stringData',
            reason: 'the API server never shows it again, so drift would go unseen; give `data`',
          },
        ]
      : []),
  ];
}

/** What differs between the inputs last applied (or found by a refresh) and those wanted now. */
export function changes(olds: Properties, news: Properties): readonly Change[] {
  return compare(olds, news, '').map((change) => ({ ...change, replace: FIXED.includes(change.path) }));
}

function compare(old: Json | undefined, now: Json | undefined, path: string): Omit<Change, 'replace'>[] {
  if (now === undefined) return old === undefined ? [] : [{ path, kind: 'delete' }];
  if (old === undefined) return [{ path, kind: 'add' }];
  if (isObject(old) && isObject(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => compare(old[key], now[key], join(path, key)));
  }
  return equal(old, now) ? [] : [{ path, kind: 'update' }];
}

/** `a.b`, or `a["b.c"]` where a name would be misread. */
const join = (path: string, key: string): string =>
  /^[\w-]+$/.test(key) ? (path ? `${path}.${key}` : key) : `${path}[${JSON.stringify(key)}]`;

const equal = (a: Json, b: Json): boolean => {
  if (Array.isArray(a) && Array.isArray(b))
    return (
      a.length === b.length && a.every((item, i) => equal(item as Json, (b as readonly Json[])[i] ?? null))
    );
  if (isObject(a) && isObject(b)) return compare(a, b, '').length === 0;
  return a === b;
};

/**
 * The part of a living object that the inputs speak of: what others added (defaults, status, their labels) is left out,
 * what they changed or removed shows.
 */
export function project(live: Json | undefined, inputs: Json): Json | undefined {
  if (live === undefined) return undefined;
  if (isObject(live) && isObject(inputs)) {
    const entries = Object.entries(inputs).map(([key, value]) => [key, project(live[key], value)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
  }
  if (Array.isArray(live) && Array.isArray(inputs) && live.length === inputs.length)
    return live.map((item: Json, i) => project(item, inputs[i] as Json) ?? null);
  return live;
}

/** A living object without what only the server writes; what an import starts from. */
export function withoutServerFields(live: KubeObject): Properties {
  const pick = (from: object, wanted: (key: string) => boolean): Properties =>
    Object.fromEntries(Object.entries(from).filter(([key]) => wanted(key)));
  const written = ['name', 'namespace', 'labels', 'annotations'];
  return {
    ...pick(live, (key) => key !== 'status' && key !== 'metadata'),
    metadata: pick(live.metadata, (key) => written.includes(key)),
  };
}

/** Identity of an object inside its kind: `namespace/name`, or `name`. */
export const idOf = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace ? `${namespace}/${name}` : name;
