import { imageReference, type LockData, type RenderedObject, UserError, type Finding } from '../constructs';

/** A workload and the images its pods, or the sessions it starts, run. */
export interface WorkloadUse {
  /** `<Kind>/<namespace>/<name>`. */
  readonly name: string;
  /** Names of lock entries, sorted. */
  readonly images: readonly string[];
}

/** What the manifests of a site run, in terms of the lock. */
export interface Inventory {
  /** Lock names of images, sorted. */
  readonly images: readonly string[];
  /** Lock names of charts, sorted. */
  readonly charts: readonly string[];
  readonly workloads: readonly WorkloadUse[];
}

interface Known {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly source?: ChartSource; readonly sources?: readonly ChartSource[] };
}
interface ChartSource {
  readonly chart?: string;
  readonly repoURL?: string;
  readonly targetRevision?: string;
}

/**
 * Reads images and charts off the manifests: image fields, references inside configuration (the session images of the hub), and the
 * chart sources of Applications. One pass over the objects.
 * @throws UserError naming every image and chart that the lock does not pin
 */
export function inventoryOf(lock: LockData, objects: readonly RenderedObject[]): Inventory {
  const imageNames = new Map(
    Object.entries(lock.images).map(([name, entry]) => [imageReference(entry), name]),
  );
  const chartNames = new Map(
    Object.entries(lock.charts).map(([name, entry]) => [
      chartKey(entry.repo, entry.chart, entry.version),
      name,
    ]),
  );
  const mentioned = imagePattern([...imageNames.keys()]);
  const faults: Finding[] = [];
  const charts = new Set<string>();
  const workloads: WorkloadUse[] = [];
  for (const { path, object } of objects) {
    const used = new Set<string>();
    for (const text of stringsOf(object)) {
      for (const [reference] of mentioned ? text.value.matchAll(mentioned) : [])
        used.add(imageNames.get(reference) ?? '');
      if (IMAGE_FIELDS.has(text.field) && !imageNames.has(text.value))
        faults.push(unpinned(path, 'image', text.value));
    }
    for (const key of chartKeys(object as unknown as Known)) {
      const name = chartNames.get(key);
      if (name === undefined) faults.push(unpinned(path, 'chart', key));
      else charts.add(name);
    }
    if (used.size > 0) workloads.push({ name: nameOf(object as unknown as Known), images: [...used].sort() });
  }
  if (faults.length > 0)
    throw new UserError('the manifests run what versions.lock.yaml does not pin', faults);
  const images = new Set(workloads.flatMap((workload) => workload.images));
  return { images: [...images].sort(), charts: [...charts].sort(), workloads };
}

/** Fields that hold an image reference: of containers, and of CloudNativePG's Cluster. */
const IMAGE_FIELDS: ReadonlySet<string> = new Set(['image', 'imageName']);

/** Finds references inside longer texts; longest first, and never in the middle of a longer name or tag. */
function imagePattern(references: readonly string[]): RegExp | undefined {
  if (references.length === 0) return undefined;
  const longestFirst = [...references].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(?<![\\w./-])(?:${escaped.join('|')})(?![\\w@-]|\\.\\w)`, 'g');
}

/** Every string of an object with the name of the field it stands in. A `image: {repository, tag}` of chart values is no string. */
function* stringsOf(
  value: unknown,
  field = '',
): Generator<{ readonly field: string; readonly value: string }> {
  if (typeof value === 'string') yield { field, value };
  else if (Array.isArray(value)) for (const item of value) yield* stringsOf(item, field);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) yield* stringsOf(item, key);
}

function chartKeys({ kind, spec }: Known): string[] {
  if (kind !== 'Application') return [];
  const sources = spec?.sources ?? (spec?.source ? [spec.source] : []);
  return sources.flatMap(({ chart, repoURL, targetRevision }) =>
    chart === undefined ? [] : [chartKey(repoURL ?? '', chart, targetRevision ?? '')],
  );
}

/** Argo CD writes OCI repositories without their scheme. */
function chartKey(repo: string, chart: string, version: string): string {
  return `${repo.replace(/^oci:\/\//, '').replace(/\/$/, '')} ${chart} ${version}`;
}

function nameOf({ kind, metadata }: Known): string {
  return [kind, metadata.namespace, metadata.name].filter(Boolean).join('/');
}

function unpinned(file: string, what: 'image' | 'chart', found: string): Finding {
  return {
    rule: `sbom/${what}-pinned`,
    file,
    path: what,
    found,
    allowed: `${what}s of versions.lock.yaml`,
    fix: `pin it there and take it with lock.${what}(name)`,
  };
}
