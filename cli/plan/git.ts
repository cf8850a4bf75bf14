import { execFileSync } from 'node:child_process';

import { type RenderedTree, UserError } from '../../constructs';
import { checkoutRoot } from '../../tools/programs';

const LARGE = 256 * 1024 * 1024;

function git(args: readonly string[], input?: string): Buffer {
  return execFileSync('git', args, {
    cwd: checkoutRoot(),
    maxBuffer: LARGE,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });
}

/** Text of a file at a revision, or undefined where it did not exist. @throws UserError for an unknown revision */
export function fileAt(revision: string, path: string): string | undefined {
  return [...filesAt(revision, path).values()][0];
}

/** All files below a path at a revision, by path relative to it. @throws UserError for an unknown revision */
export function filesAt(revision: string, path: string): RenderedTree {
  const listing = list(revision, path);
  const texts = batch(listing.map(({ id }) => id));
  return new Map(listing.map(({ file }, i) => [file.slice(path.length + 1) || file, texts[i] ?? '']));
}

function list(revision: string, path: string): readonly { readonly id: string; readonly file: string }[] {
  try {
    const lines = git(['ls-tree', '-r', '-z', revision, '--', path])
      .toString('utf8')
      .split('\0')
      .filter(Boolean);
    return lines.map((line) => ({ id: line.split(/\s/)[2] ?? '', file: line.slice(line.indexOf('\t') + 1) }));
  } catch {
    throw new UserError(
      `git knows no revision '${revision}' here; name a tag, branch or commit of this checkout`,
    );
  }
}

/** Contents of blobs in the order asked for; one git process for all. */
function batch(ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return [];
  const out = git(['cat-file', '--batch'], `${ids.join('\n')}\n`);
  let offset = 0;
  return ids.map(() => {
    const end = out.indexOf('\n', offset);
    const size = Number(out.subarray(offset, end).toString('utf8').split(' ')[2]);
    offset = end + 1 + size + 1;
    return out.subarray(end + 1, end + 1 + size).toString('utf8');
  });
}
