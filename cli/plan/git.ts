import { execFileSync } from 'node:child_process';

import { type RenderedTree, UserError } from '../../constructs';

const LARGE = 256 * 1024 * 1024;

/** Committed files of a checkout. */
export class Revision {
  private constructor(
    private readonly root: string,
    private readonly commit: string,
  ) {}

  /** @throws UserError when the checkout is no git repository, has no such revision, or git is missing */
  static of(root: string, name: string): Revision {
    try {
      const spec = `${name}^{commit}`;
      const commit = git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', spec]).toString();
      return new Revision(root, commit.trim());
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? new UserError('git is needed to compare with what is committed; install it (apt install git)')
        : new UserError(
            `git knows no revision '${name}' here; name a tag, branch or commit of this checkout`,
          );
    }
  }

  /** Text of a file, or undefined where it does not exist. */
  file(path: string): string | undefined {
    return [...this.files(path).values()][0];
  }

  /** All files below a path, by path relative to it. */
  files(path: string): RenderedTree {
    const lines = git(this.root, ['ls-tree', '-r', '-z', this.commit, '--', path])
      .toString('utf8')
      .split('\0')
      .filter(Boolean);
    const texts = this.batch(lines.map((line) => line.split(/\s/)[2] ?? ''));
    const names = lines.map((line) => line.slice(line.indexOf('\t') + 1));
    return new Map(names.map((name, i) => [name.slice(path.length + 1) || name, texts[i] ?? '']));
  }

  /** Contents of blobs in the order asked for; one git process for all. */
  private batch(ids: readonly string[]): readonly string[] {
    if (ids.length === 0) return [];
    const out = git(this.root, ['cat-file', '--batch'], `${ids.join('\n')}\n`);
    let offset = 0;
    return ids.map(() => {
      const end = out.indexOf('\n', offset);
      const size = Number(out.subarray(offset, end).toString('utf8').split(' ')[2]);
      offset = end + 1 + size + 1;
      return out.subarray(end + 1, end + 1 + size).toString('utf8');
    });
  }
}

function git(root: string, args: readonly string[], input = ''): Buffer {
  return execFileSync('git', args, { cwd: root, maxBuffer: LARGE, input, stdio: ['pipe', 'pipe', 'pipe'] });
}
