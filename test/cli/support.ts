import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { Checkout } from '../../cli/checkout';
import type { Io } from '../../cli/io';
import { main } from '../../cli/main';

/** The checkout under test. */
export const ROOT = join(__dirname, '..', '..');
/** The sites of this checkout; tests of other sites make their own. */
export const SITES = ['cnaf', 'lab', 'recas-bari'] as const;

/** What one command line came to. */
export interface Ran {
  readonly code: number;
  /** Result lines. */
  readonly out: string;
  /** Messages for people. */
  readonly err: string;
  readonly progress: readonly string[];
}

/** Runs a command line in this process and records what it writes, each stream by itself. */
export async function aiinfn(argv: readonly string[], checkout?: Checkout): Promise<Ran> {
  const [out, err, progress]: [string[], string[], string[]] = [[], [], []];
  const io: Io = {
    json: argv.includes('--json'),
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    progress: (line) => void progress.push(line),
  };
  const code = await main(argv, io, checkout ?? new Checkout(ROOT));
  return { code, out: out.join('\n'), err: err.join('\n'), progress };
}

/** The one JSON document that a command line with --json prints; anything beside it makes this throw. */
export async function json(argv: readonly string[], checkout?: Checkout): Promise<unknown> {
  return JSON.parse((await aiinfn([...argv, '--json'], checkout)).out);
}

/** A checkout of its own in a temporary folder: pins and the lab's site file, and what a test adds. */
export class TemporaryCheckout extends Checkout {
  constructor() {
    super(mkdtempSync(join(tmpdir(), 'aiinfn-cli-')));
    this.copy('versions.lock.yaml');
    this.copy('package-lock.json');
    this.copy('stacks/sites/lab.yaml');
    for (const folder of ['sbom', 'docs/reference']) mkdirSync(join(this.root, folder), { recursive: true });
  }

  /** Takes a file over from the checkout under test. */
  copy(path: string): void {
    this.write(path, readFileSync(join(ROOT, path), 'utf8'));
  }

  /** Writes a file. */
  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Reads a file. */
  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Changes a file; throws when the text to replace is not in it, so that no test compares a file with itself. */
  edit(path: string, from: string | RegExp, to: string): void {
    const before = this.read(path);
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${path} does not contain ${String(from)}`);
    this.write(path, after);
  }

  /** Runs git here, independent of the settings of whoever runs the tests. */
  git(...args: readonly string[]): string {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.root,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'test',
      GIT_AUTHOR_EMAIL: 'test@example.org',
      GIT_COMMITTER_NAME: 'test',
      GIT_COMMITTER_EMAIL: 'test@example.org',
    };
    return execFileSync('git', args, {
      cwd: this.root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Commits everything, making the repository where there is none. */
  commit(message: string): void {
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
  }

  /** Removes the folder. */
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
