// Brings a fresh checkout to the point where its own TypeScript runs: npm packages and compiled sources.
// Plain JavaScript without packages, because it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCES = ['constructs', 'stacks', 'cli', 'policies', 'sbom', 'twin', 'tools', 'bench'];

/** Prints one progress line with the seconds since the program began, on stderr so that `--json` output stays clean. */
export function say(message) {
  process.stderr.write(`[${process.uptime().toFixed(0).padStart(4)} s] ${message}\n`);
}

/** Runs a program in the checkout; ends this process with its exit code when it fails. */
export function must(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) fail(`${command} cannot be run: ${result.error.message}`);
  if (result.status !== 0) process.exit(result.status ?? 2);
}

/** Ends with one clear message; exit code 2 marks the environment, not the user's input. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Installs npm packages and compiles, each only when its inputs changed. */
export function prepare() {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20) fail(`Node 20 or later is needed; this is ${process.version}.`);
  once('node_modules/.ai-infn', hashFiles(['package.json', 'package-lock.json']), () => {
    say('installing npm packages (package-lock.json)');
    must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  });
  once('dist/.ai-infn', hashFiles(['tsconfig.json', 'tsconfig.build.json', ...sources()]), () => {
    say('compiling TypeScript');
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    must(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json']);
  });
}

function once(stamp, key, work) {
  const path = join(root, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === key) return;
  work();
  writeFileSync(path, key);
}

function sources() {
  return SOURCES.filter((dir) => existsSync(join(root, dir))).flatMap((dir) => walk(dir));
}

function walk(dir) {
  return readdirSync(join(root, dir), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory()) return walk(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    });
}

function hashFiles(paths) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths)
    hash
      .update(`${path}\0`)
      .update(statSync(join(root, path)).isFile() ? readFileSync(join(root, path)) : '');
  return hash.digest('hex');
}
