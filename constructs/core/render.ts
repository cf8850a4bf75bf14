import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';

import type { PlatformApp } from './component';
import { RenderError } from './errors';

/** File contents by path relative to `charts-out/<site>/`, in path order. */
export type RenderedTree = ReadonlyMap<string, string>;
/** A Kubernetes object as it is written. */
export interface RenderedObject {
  readonly component: string;
  readonly path: string;
  readonly object: Readonly<Record<string, unknown>>;
}

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

/**
 * All objects of the tree in path order. Own walk because `App.synth()` resolves the whole app once per chart, is exponential in
 * chart dependencies, overwrites colliding names and reads the environment (docs/decisions/0002-own-renderer.md).
 * @throws RenderError when validation fails, an object stands outside a component, or two components render one object
 */
export function renderObjects(app: PlatformApp): readonly RenderedObject[] {
  validateOnce(app);
  const found = new Map<string, RenderedObject>();
  for (const child of app.node.children) {
    if (!Chart.isChart(child))
      throw new RenderError(child.node.path, 'is not a component: its objects would have no folder');
    for (const node of objectsOf(child)) addOnce(found, child.node.id, node);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files of `charts-out/<site>/`: deterministic names, order and text. */
export function renderTree(app: PlatformApp): RenderedTree {
  return new Map(renderObjects(app).map(({ path, object }) => [path, toYaml(object)]));
}

/** YAML as every Kubernetes parser reads it: 1.1 scalars quoted, no line folding, keys in the order given. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

function validateOnce(app: PlatformApp): void {
  const faults = app.node
    .findAll()
    .flatMap((c) => c.node.validate().map((fault) => `${c.node.path}: ${fault}`));
  if (faults.length > 0) throw new RenderError(app.site.name, faults.join('\n'));
}

function objectsOf(construct: Construct): ApiObject[] {
  return construct.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c));
}

/** Two components must not share an object either: Argo CD would have two Applications fight over it. */
function addOnce(found: Map<string, RenderedObject>, component: string, node: ApiObject): void {
  const object = inKeyOrder(node.toJson() as Record<string, unknown>);
  const path = manifestPath(component, object, node.node.path);
  const key = path.slice(component.length + 1);
  const first = found.get(key);
  if (first) throw new RenderError(node.node.path, `renders a second ${key}; the first is ${first.path}`);
  found.set(key, { component, path, object });
}

/** apiVersion, kind, metadata, then by name: `toJson` leaves the order to an environment variable and to generated code. */
function inKeyOrder({
  apiVersion,
  kind,
  metadata,
  ...rest
}: Record<string, unknown>): Record<string, unknown> {
  return { apiVersion, kind, metadata: sorted(metadata), ...(sorted(rest) as Record<string, unknown>) };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/**
 * `<component>/<Kind>.<namespace>.<name>.yaml`, without namespace for cluster-scoped objects.
 * @throws RenderError when the object has no name
 */
export function manifestPath(
  component: string,
  object: Readonly<Record<string, unknown>>,
  constructPath = component,
): string {
  const { name, namespace } = (object['metadata'] ?? {}) as Metadata;
  if (!name) throw new RenderError(constructPath, 'has no metadata.name');
  return `${component}/${[object['kind'], namespace, name].filter(Boolean).join('.').replaceAll(/[:/]/g, '_')}.yaml`;
}
