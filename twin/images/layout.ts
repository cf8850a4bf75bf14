import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { ProgramError } from '../local/errors';
import { sha256 } from './inputs';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(DIGEST),
  size: z.number().int().nonnegative(),
});
const indexSchema = z.object({ manifests: z.array(descriptor).length(1) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor).min(1) });
type Descriptor = z.output<typeof descriptor>;

/** An image as a registry would hold it. */
export interface ImageManifest {
  /** Digest by which it is pulled: the checksum of the manifest's bytes. */
  readonly digest: string;
  /** Digests of the layers, lowest first. */
  readonly layers: readonly string[];
  /** Bytes that a pull transfers: manifest, configuration and compressed layers. */
  readonly size: number;
}

/**
 * Reads the one image of an OCI layout (image-layout specification 1.0) and checks that its parts are what they claim to be.
 *
 * @throws ProgramError if a part is missing or has another size or checksum.
 */
export function readLayout(folder: string): ImageManifest {
  const { manifests } = indexSchema.parse(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')));
  const [top] = manifests;
  if (top === undefined) throw new ProgramError(`${folder} holds no image`);
  const { config, layers } = manifestSchema.parse(JSON.parse(checked(folder, top).toString('utf8')));
  checked(folder, config);
  for (const layer of layers) checkSize(folder, layer);
  const size = [top, config, ...layers].reduce((sum, part) => sum + part.size, 0);
  return { digest: top.digest, layers: layers.map(({ digest }) => digest), size };
}

const blob = (folder: string, digest: string): string => join(folder, 'blobs', ...digest.split(':'));

function checkSize(folder: string, { digest, size, mediaType }: Descriptor): void {
  const found = statSync(blob(folder, digest), { throwIfNoEntry: false })?.size;
  if (found !== size)
    throw new ProgramError(`${folder}: ${mediaType} ${digest} has ${found ?? 'no'} bytes instead of ${size}`);
}

function checked(folder: string, part: Descriptor): Buffer {
  checkSize(folder, part);
  const bytes = readFileSync(blob(folder, part.digest));
  if (`sha256:${sha256(bytes)}` !== part.digest)
    throw new ProgramError(`${folder}: ${part.mediaType} ${part.digest} has other bytes`);
  return bytes;
}
