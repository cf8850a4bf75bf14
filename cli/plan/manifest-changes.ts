import { isDeepStrictEqual } from 'node:util';

import { parse } from 'yaml';

import type { RenderedTree } from '../../constructs';

/** A Kubernetes object as parsed from a rendered file. */
export type KubeObject = Readonly<Record<string, unknown>>;

/** What a change of one object means to its users. */
export type Impact =
  /** The object did not exist. */
  | 'created'
  /** Argo CD prunes it. */
  | 'removed'
  /** Its volume stays, but nothing serves it any more. */
  | 'removed with data'
  /** Its pods are replaced. */
  | 'restarted'
  /** The API server refuses the change; a declared migration is needed. */
  | 'immutable field'
  | 'changed';

/** One changed object. */
export interface ObjectChange {
  readonly component: string;
  readonly object: string;
  readonly impact: Impact;
  /** Field paths that differ, at most a few. */
  readonly fields: readonly string[];
}

/** Fields that Kubernetes or Kueue refuse to change, by kind. */
const IMMUTABLE: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Deployment: [['spec', 'selector']],
  DaemonSet: [['spec', 'selector']],
  StatefulSet: [
    ['spec', 'selector'],
    ['spec', 'serviceName'],
    ['spec', 'podManagementPolicy'],
    ['spec', 'volumeClaimTemplates'],
  ],
  Job: [['spec', 'template']],
  PersistentVolumeClaim: [
    ['spec', 'storageClassName'],
    ['spec', 'accessModes'],
  ],
  StorageClass: [['provisioner'], ['parameters']],
  LocalQueue: [['spec', 'clusterQueue']],
};
const HOLDS_DATA = new Set(['StatefulSet', 'PersistentVolumeClaim', 'PersistentVolume', 'Namespace']);

/** Value at a field path, undefined where a part is missing. */
function at(object: KubeObject, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as KubeObject)[key] : undefined),
    object,
  );
}

/** Paths of the leaves that differ, in order of appearance. */
export function differingFields(before: unknown, after: unknown, prefix = ''): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMap(before) || !isMap(after)) return [prefix];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differingFields(before[key], after[key], prefix ? `${prefix}.${key}` : key),
  );
}

function isMap(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function impactOfChange(before: KubeObject, after: KubeObject): Impact {
  const kind = String(after['kind']);
  const frozen = (IMMUTABLE[kind] ?? []).some(
    (path) => !isDeepStrictEqual(at(before, path), at(after, path)),
  );
  if (frozen) return 'immutable field';
  return isDeepStrictEqual(at(before, ['spec', 'template']), at(after, ['spec', 'template']))
    ? 'changed'
    : 'restarted';
}

function change(path: string, before: string | undefined, after: string | undefined): ObjectChange {
  const [component = '', file = path] = path.split('/');
  const object = file.replace(/\.yaml$/, '');
  if (before === undefined) return { component, object, impact: 'created', fields: [] };
  const old = parse(before) as KubeObject;
  if (after === undefined) {
    return {
      component,
      object,
      impact: HOLDS_DATA.has(String(old['kind'])) ? 'removed with data' : 'removed',
      fields: [],
    };
  }
  const now = parse(after) as KubeObject;
  return {
    component,
    object,
    impact: impactOfChange(old, now),
    fields: differingFields(old, now).slice(0, 5),
  };
}

/** What changes between two rendered trees, in path order. */
export function manifestChanges(before: RenderedTree, after: RenderedTree): readonly ObjectChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => change(path, before.get(path), after.get(path)));
}
