import { isDeepStrictEqual } from 'node:util';

import { parse } from 'yaml';

import type { RenderedTree } from '../../constructs';

/** A Kubernetes object as parsed from a rendered file. */
type KubeObject = Readonly<Record<string, unknown>>;

/** What a change of one object means to its users. */
export type Impact =
  /** The object did not exist. */
  | 'created'
  /** Argo CD prunes it. */
  | 'removed'
  /** What it holds is no longer served, or goes with it. */
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

const MOST_FIELDS = 5;

/** Fields that the API server refuses to change, by kind (validation of Kubernetes 1.36 and Kueue 0.19). */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec.selector'],
  DaemonSet: ['spec.selector'],
  Job: ['spec.selector', 'spec.template', 'spec.completionMode'],
  StorageClass: ['provisioner', 'parameters', 'reclaimPolicy', 'volumeBindingMode'],
  PriorityClass: ['value', 'preemptionPolicy'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  IngressClass: ['spec.controller'],
  LocalQueue: ['spec.clusterQueue'],
};

/** Kinds that refuse any change of their spec but of these fields. */
const MUTABLE: Readonly<Record<string, readonly string[]>> = {
  StatefulSet: [
    'replicas',
    'ordinals',
    'template',
    'updateStrategy',
    'revisionHistoryLimit',
    'persistentVolumeClaimRetentionPolicy',
    'minReadySeconds',
  ],
  PersistentVolumeClaim: ['resources', 'volumeAttributesClassName'],
};
const HOLDS_DATA = new Set(['StatefulSet', 'PersistentVolumeClaim', 'PersistentVolume', 'Namespace']);
/** Kinds whose controller replaces running pods when the template changes; a CronJob's next run takes the new one. */
const RESTARTS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Value at a dotted field path, undefined where a part is missing. */
function at(object: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), object);
}

function isMap(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Paths of the leaves that differ, in order of appearance; lists are compared item by item while their length is the same. */
export function differingFields(before: unknown, after: unknown, prefix = ''): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, i) => differingFields(item, after[i], `${prefix}[${i}]`));
  if (!isMap(before) || !isMap(after)) return [prefix];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differingFields(before[key], after[key], prefix ? `${prefix}.${key}` : key),
  );
}

/** Argo CD deletes a hook before it creates it anew, so nothing of it is immutable. */
function isHook(object: KubeObject): boolean {
  const annotations = at(object, 'metadata.annotations');
  return isMap(annotations) && 'argocd.argoproj.io/hook' in annotations;
}

function touchesFrozen(before: KubeObject, after: KubeObject): boolean {
  if (isHook(before)) return false;
  const kind = String(after['kind']);
  const mutable = MUTABLE[kind];
  if (mutable) {
    const frozen = (object: KubeObject): object =>
      Object.fromEntries(
        Object.entries(at(object, 'spec') as object).filter(([key]) => !mutable.includes(key)),
      );
    return !isDeepStrictEqual(frozen(before), frozen(after));
  }
  const paths = before['immutable'] === true ? ['data', 'stringData', 'immutable'] : (IMMUTABLE[kind] ?? []);
  return paths.some((path) => !isDeepStrictEqual(at(before, path), at(after, path)));
}

function impactOfChange(before: KubeObject, after: KubeObject): Impact {
  if (touchesFrozen(before, after)) return 'immutable field';
  const same = isDeepStrictEqual(at(before, 'spec.template'), at(after, 'spec.template'));
  return !same && RESTARTS.has(String(after['kind'])) ? 'restarted' : 'changed';
}

function change(path: string, before: string | undefined, after: string | undefined): ObjectChange {
  const [component = '', file = path] = path.split('/');
  const object = file.replace(/\.yaml$/, '');
  if (before === undefined) return { component, object, impact: 'created', fields: [] };
  const old = parse(before) as KubeObject;
  if (after === undefined) {
    const impact = HOLDS_DATA.has(String(old['kind'])) ? 'removed with data' : 'removed';
    return { component, object, impact, fields: [] };
  }
  const now = parse(after) as KubeObject;
  const fields = differingFields(old, now).slice(0, MOST_FIELDS);
  return { component, object, impact: impactOfChange(old, now), fields };
}

/** What changes between two rendered trees, in path order. */
export function manifestChanges(before: RenderedTree, after: RenderedTree): readonly ObjectChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => change(path, before.get(path), after.get(path)));
}
