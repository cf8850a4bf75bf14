import { parse } from 'yaml';
import { z } from 'zod';

/**
 * Where a digest stands: `resolved` with the place it was looked up, or `unresolved` because nobody could look yet.
 * A digest is never invented; a release refuses unresolved entries.
 */
const digest = z.union([
  z.strictObject({ resolved: z.string().regex(/^sha256:[0-9a-f]{64}$/), from: z.string().min(1) }),
  z.strictObject({ unresolved: z.string().min(1).describe('Reason, for example "no registry access yet".') }),
]);

const image = z.strictObject({
  ref: z
    .string()
    .regex(/^[^\s@:/]+(:\d+)?(\/[^\s@:/]+)+$/, 'registry/repository without tag')
    .describe('Registry and repository.'),
  tag: z
    .string()
    .regex(/^[\w][\w.-]{0,127}$/)
    .describe('Version people read.'),
  digest,
  licence: z.string().min(1).describe('SPDX expression.'),
  source: z.string().min(1).describe('Project page, or the Containerfile for images of ours.'),
});

const chart = z.strictObject({
  repo: z.url().describe('Helm repository, or oci:// address.'),
  chart: z.string().min(1),
  version: z.string().min(1),
  licence: z.string().min(1),
  source: z.string().min(1),
});

const tool = z.strictObject({
  version: z.string().min(1),
  licence: z.string().min(1),
  source: z.string().min(1),
});

/** The pin file: every image, chart, operating-system image and tool that a site runs. */
export const lockSchema = z.strictObject({
  images: z.record(z.string(), image).describe('Container images.'),
  charts: z.record(z.string(), chart).describe('Upstream Helm charts that Argo CD installs.'),
  software: z
    .record(z.string(), tool)
    .describe('Kubernetes, drivers and tools on the machines and on the operator side.'),
});

/** Parsed versions.lock.yaml. */
export type LockData = z.output<typeof lockSchema>;
/** One pinned image. */
export type LockedImage = LockData['images'][string];
/** One pinned chart. */
export type LockedChart = LockData['charts'][string];

/** An image as manifests name it: `ref:tag@sha256:...`, or `ref:tag` while nobody looked its digest up. */
export function imageReference({ ref, tag, digest }: LockedImage): string {
  return 'resolved' in digest ? `${ref}:${tag}@${digest.resolved}` : `${ref}:${tag}`;
}

/** The pins as the constructs ask for them; asking for what is not pinned is a bug and throws. */
export class Lock {
  private readonly used = new Set<string>();

  constructor(readonly data: LockData) {}

  /** Reads versions.lock.yaml. @throws ZodError when the file does not fit the schema */
  static parse(text: string): Lock {
    return new Lock(lockSchema.parse(parse(text)));
  }

  /** Image reference for a manifest. */
  image(name: string): string {
    return imageReference(this.entry('images', name));
  }

  /** The pinned chart of an upstream controller. */
  chart(name: string): LockedChart {
    return this.entry('charts', name);
  }

  /** Version of a program that is neither image nor chart (`rke2`, `nvidia-driver`, ...). */
  version(name: string): string {
    return this.entry('software', name).version;
  }

  /** Names asked for so far, as `section/name`; the SBOM lists these. */
  get usedNames(): readonly string[] {
    return [...this.used].sort();
  }

  private entry<S extends keyof LockData>(section: S, name: string): LockData[S][string] {
    const entries = this.data[section];
    const found = Object.hasOwn(entries, name) ? (entries[name] as LockData[S][string]) : undefined;
    if (!found) throw new Error(`versions.lock.yaml pins no ${section} entry '${name}'`);
    this.used.add(`${section}/${name}`);
    return found;
  }
}
