import { isMap, isNode, isScalar, parseDocument } from 'yaml';

import { type Finding, imageReference, Lock, type LockData, type LockedImage } from '../constructs';
import type { FoundDigest, RegistryClient } from './registry';

/** A pin whose digest nobody has looked up yet. */
export interface UnresolvedImage {
  /** Name in the lock. */
  readonly name: string;
  /** `registry/repository:tag`. */
  readonly image: string;
  /** Why, as the lock says. */
  readonly reason: string;
}

/** Every image without a digest, by name; a release needs this to be empty. */
export function unresolved(lock: LockData): readonly UnresolvedImage[] {
  return Object.entries(lock.images)
    .flatMap(([name, entry]) =>
      'unresolved' in entry.digest
        ? [{ name, image: imageReference(entry), reason: entry.digest.unresolved }]
        : [],
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What asking the registries gave. */
export interface Resolution {
  /** The lock file with the digests that were found; all else, comments included, is untouched. */
  readonly text: string;
  /** Names that got their digest now. */
  readonly resolved: readonly string[];
  /** One finding per image whose digest could not be had. */
  readonly failures: readonly Finding[];
}

/**
 * Asks the registries for every digest that is still unresolved. Resolved pins are not asked for again, so a second run changes nothing.
 * One failure does not stop the others; all are returned together.
 * @throws ZodError when the text is no lock file
 */
export async function resolveDigests(
  lockText: string,
  client: RegistryClient,
  progress: (message: string) => void = () => undefined,
): Promise<Resolution> {
  const { data } = Lock.parse(lockText);
  const found = new Map<string, FoundDigest>();
  const failures: Finding[] = [];
  for (const { name, image } of unresolved(data)) {
    const entry = data.images[name];
    if (!entry) continue;
    progress(`asking for ${image}`);
    try {
      found.set(name, await client.digestOf(entry.ref, entry.tag));
    } catch (error) {
      failures.push(failure(lockText, name, entry, error instanceof Error ? error.message : String(error)));
    }
  }
  const text = withDigests(lockText, found);
  Lock.parse(text);
  return { text, resolved: [...found.keys()], failures };
}

/** Replaces the digest values of images by name, in place, last first, so that positions stay true and every other byte stays. */
export function withDigests(text: string, found: ReadonlyMap<string, FoundDigest>): string {
  return [...found]
    .map(([name, value]) => ({ value, range: rangeOf(text, name) }))
    .sort((a, b) => b.range[0] - a.range[0])
    .reduce((rest, { value, range: [start, end] }) => {
      const digest = `{ resolved: ${value.digest}, from: ${value.from} }`;
      return rest.slice(0, start) + digest + rest.slice(end);
    }, text);
}

/** Start and end of the value of an image's `digest`. */
function rangeOf(text: string, name: string): readonly [number, number] {
  const node = parseDocument(text).getIn(['images', name, 'digest'], true);
  if (!isNode(node) || !node.range)
    throw new Error(`versions.lock.yaml: images.${name} has no digest to replace`);
  // A block mapping ends after its line break, which belongs to what follows.
  const [start, end] = node.range;
  return [start, isMap(node) ? text.slice(0, end).trimEnd().length : end];
}

function failure(text: string, name: string, entry: LockedImage, reason: string): Finding {
  return {
    rule: 'lock/digest',
    file: 'versions.lock.yaml',
    line: lineOf(text, name),
    path: `images.${name}`,
    found: reason,
    allowed: 'an image that its registry knows',
    fix: entry.source.startsWith('images/')
      ? `build ${entry.source} and push it, then run this again`
      : 'mend ref or tag, or log in to the registry, then run this again',
  };
}

/** 1-based line on which an image's entry begins. */
function lineOf(text: string, name: string): number {
  const images = parseDocument(text).get('images', true);
  const pair = isMap(images)
    ? images.items.find(({ key }) => isScalar(key) && key.value === name)
    : undefined;
  const start = isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
  return text.slice(0, start).split('\n').length;
}
