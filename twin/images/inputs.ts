import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { UserError } from '../../constructs/core/errors';

/** One file of a build's context, as a build may see it: owner, times and the checkout's umask are no part of it. */
export interface InputFile {
  /** Path within the context. */
  readonly path: string;
  readonly kind: 'file' | 'program' | 'link';
  /** Bytes of the file, or where the link points. */
  readonly content: Buffer;
}

/** What one image is built from. */
export interface ImageSource {
  readonly name: string;
  /** Path of the Containerfile within the context. */
  readonly containerfile: string;
  readonly files: readonly InputFile[];
}

const CONTAINERFILE = 'Containerfile';
/** Beside a Containerfile whose context is not its own folder: paths of the checkout, one a line, that make up the context. */
const CONTEXT = 'context';
/** The base is made first for whatever is built, and is no image that runs. */
export const BASE = 'base';

/** Names of the images of ours, in order. */
export function imageNames(checkout: string): readonly string[] {
  const folder = join(checkout, 'images');
  return readdirSync(folder)
    .filter((name) => name !== BASE && existsSync(join(folder, name, CONTAINERFILE)))
    .sort();
}

/**
 * Reads what an image is built from, once, so that what is built is what the key was made of.
 *
 * @throws UserError if there is no such image or its context is incomplete.
 */
export function imageSource(checkout: string, name: string): ImageSource {
  const folder = join(checkout, 'images', name);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(join(folder, CONTAINERFILE)))
    throw new UserError(
      `there is no image '${name}' (images/${name}/Containerfile does not exist); there are: ${imageNames(checkout).join(', ')}`,
    );
  const list = join(folder, CONTEXT);
  if (!existsSync(list)) return { name, containerfile: CONTAINERFILE, files: filesBelow(folder, '') };
  const paths = contextPaths(readFileSync(list, 'utf8'));
  const missing = paths.filter((path) => !existsSync(join(checkout, path)));
  if (missing.length > 0)
    throw new UserError(
      `image '${name}' is built from ${missing.join(', ')} (images/${name}/${CONTEXT}), which does not exist yet: run npm run build`,
    );
  return {
    name,
    containerfile: join('images', name, CONTAINERFILE),
    files: paths.flatMap((path) => filesBelow(checkout, path)),
  };
}

/** The lines of a context list that are no comment. */
function contextPaths(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function filesBelow(root: string, path: string): readonly InputFile[] {
  const full = join(root, path);
  const stat = lstatSync(full);
  if (stat.isDirectory())
    return readdirSync(full)
      .sort()
      .flatMap((name) => filesBelow(root, join(path, name)));
  if (stat.isSymbolicLink()) return [{ path, kind: 'link', content: Buffer.from(readlinkSync(full)) }];
  return [{ path, kind: stat.mode & 0o100 ? 'program' : 'file', content: readFileSync(full) }];
}

/** Key of a build: equal for equal inputs, whatever the machine; `extras` are inputs that are no files. */
export function inputsKey(source: ImageSource, extras: readonly string[]): string {
  const files = source.files.map(({ path, kind, content }) => [path, kind, sha256(content)]);
  return sha256(JSON.stringify([source.containerfile, files, extras])).slice(0, 16);
}

/** Writes the files into an empty folder, with the same modes whatever the umask. */
export function stage(files: readonly InputFile[], folder: string): void {
  const umask = process.umask(0o022);
  try {
    mkdirSync(folder, { recursive: true });
    for (const { path, kind, content } of files) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      if (kind === 'link') symlinkSync(content.toString(), target);
      else writeFileSync(target, content, { mode: kind === 'program' ? 0o755 : 0o644 });
    }
  } finally {
    process.umask(umask);
  }
}

/** Hexadecimal SHA-256. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
