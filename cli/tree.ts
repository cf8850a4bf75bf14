import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/** Text files by path relative to a folder; `/` separates folders. */
export type Tree = ReadonlyMap<string, string>;

/** What writing a tree did to the folder; paths are sorted. All empty: the folder was as wanted and was not touched. */
export interface TreeChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/**
 * Makes `dir` hold exactly `tree`. The new tree is written and flushed beside the old one, then takes its place by two renames:
 * a full disk, a crash or a kill leaves the old tree whole (after a kill between the renames, the next call puts it back).
 * Modes are 0644 and 0755 under any umask; files the tree does not name go.
 * @throws Error when the tree cannot be written; the folder on disk is then unchanged
 */
export function writeTree(dir: string, tree: Tree): TreeChange {
  const target = resolve(dir);
  for (const path of tree.keys()) refuseEscape(path);
  try {
    recoverTree(target);
    const change = compareTree(target, tree);
    if (!isNothing(change) || !hasModes(target, tree)) replace(target, tree);
    return change;
  } catch (cause) {
    throw new Error(`cannot write ${dir}: ${reason(cause)}; what was there is unchanged`, { cause });
  }
}

/** What `writeTree` would do to the folder, without doing it. */
export function compareTree(dir: string, tree: Tree): TreeChange {
  const old = new Set(listFiles(dir));
  const wanted = [...tree.keys()].sort();
  const kept = wanted.filter((path) => old.has(path));
  return {
    added: wanted.filter((path) => !old.has(path)),
    changed: kept.filter((path) => readFileSync(join(dir, path), 'utf8') !== tree.get(path)),
    removed: [...old].filter((path) => !tree.has(path)).sort(),
  };
}

/**
 * Clears what a killed `writeTree` left beside `dir`: puts the old tree back if the kill fell between the renames, removes half-written
 * trees. Leftovers of processes that still run are not touched.
 */
export function recoverTree(dir: string): void {
  const target = resolve(dir);
  const parent = dirname(target);
  if (!existsSync(parent)) return;
  for (const leftover of readdirSync(parent).filter((name) => isLeftover(target, name))) {
    const path = join(parent, leftover);
    if (leftover.includes('.old-') && !existsSync(target)) renameSync(path, target);
    else rmSync(path, { recursive: true, force: true });
  }
}

/** Paths of all files below `dir`, `/`-separated; empty when there is no such folder. */
function listFiles(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

function replace(target: string, tree: Tree): void {
  const fresh = sibling(target, 'new');
  try {
    writeFresh(fresh, tree);
    swap(fresh, target);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
}

function writeFresh(root: string, tree: Tree): void {
  const folders = foldersOf(root, tree);
  for (const folder of folders) makeFolder(folder);
  for (const [path, text] of tree) writeFile(join(root, path), text);
  for (const folder of [...folders].reverse()) flush(folder);
}

/** Every folder the tree needs, parents first. */
function foldersOf(root: string, tree: Tree): readonly string[] {
  const found = new Set<string>([root]);
  for (const path of tree.keys()) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, i) => found.add(join(root, ...parts.slice(0, i + 1))));
  }
  return [...found];
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  const folder = openSync(path, 'r');
  fchmodSync(folder, FOLDER_MODE);
  closeSync(folder);
}

function writeFile(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    let rest = Buffer.from(text);
    while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
    fchmodSync(file, FILE_MODE);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A folder is flushed too: else a power cut may lose the names of files whose contents are safe. */
function flush(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function swap(fresh: string, target: string): void {
  const old = sibling(target, 'old');
  const hadOld = existsSync(target);
  if (hadOld) renameSync(target, old);
  try {
    renameSync(fresh, target);
  } catch (error) {
    if (hadOld && !existsSync(target)) renameSync(old, target);
    throw error;
  }
  flush(dirname(target));
  rmSync(old, { recursive: true, force: true });
}

/** Hidden name beside the target that says which process it belongs to. */
function sibling(target: string, what: 'new' | 'old'): string {
  return join(dirname(target), `.${basename(target)}.${what}-${process.pid}`);
}

function isLeftover(target: string, name: string): boolean {
  const prefix = `.${basename(target)}.`;
  if (!name.startsWith(prefix)) return false;
  const [, pid] = /^(?:new|old)-(\d+)$/.exec(name.slice(prefix.length)) ?? [];
  return pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid)));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // It runs, for another user.
  }
}

function isNothing(change: TreeChange): boolean {
  return change.added.length + change.changed.length + change.removed.length === 0;
}

/** Folders that only a stale tree needs are found here too: an empty folder would be left over otherwise. */
function hasModes(dir: string, tree: Tree): boolean {
  if (!existsSync(dir)) return false;
  const wanted = new Set(foldersOf(dir, tree));
  const folders = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  return (
    folders.every((folder) => wanted.has(folder)) &&
    [...wanted].every((folder) => mode(folder) === FOLDER_MODE) &&
    [...tree.keys()].every((path) => mode(join(dir, path)) === FILE_MODE)
  );
}

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

function refuseEscape(path: string): void {
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`'${path}' is not a path below the folder to write`);
}

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return 'no space left on the disk';
  return cause instanceof Error ? cause.message : String(cause);
}

/** Writes one file whole or not at all: beside the target first, then by rename. */
export function writeFileAtomic(path: string, text: string): void {
  const target = resolve(path);
  const fresh = sibling(target, 'new');
  rmSync(fresh, { force: true });
  try {
    writeFile(fresh, text);
    renameSync(fresh, target);
    flush(dirname(target));
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new Error(`cannot write ${path}: ${reason(cause)}; what was there is unchanged`, { cause });
  }
}
