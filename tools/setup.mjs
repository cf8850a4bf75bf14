#!/usr/bin/env node
// What `npm test`, `npm run check` and `npm run bench` run; each does its own set-up.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fail, must, prepare, root, say } from './prepare.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Static checks; they run beside each other because each uses one core. */
const CHECKS = {
  types: [bin('tsc'), ['-p', 'tsconfig.json']],
  lint: [
    bin('eslint'),
    ['.', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '--max-warnings', '0'],
  ],
  dependencies: [
    bin('depcruise'),
    [
      '--config',
      '.dependency-cruiser.cjs',
      'constructs',
      'stacks',
      'cli',
      'policies',
      'sbom',
      'twin',
      'tools',
      'bench',
      'test',
    ],
  ],
  format: [bin('prettier'), ['--check', '--log-level', 'warn', '--cache', '.']],
};

/** Runs a program; resolves to exit code and output. */
function run(name, [command, args], env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', (error) => resolve({ name, code: 2, output: error.message }));
    child.on('exit', (code) => resolve({ name, code: code ?? 2, output }));
  });
}

async function checks() {
  say(`checking ${Object.keys(CHECKS).join(', ')}`);
  const results = await Promise.all(Object.entries(CHECKS).map(([name, command]) => run(name, command)));
  for (const { name, code, output } of results) {
    say(`${name}: ${code === 0 ? 'ok' : `FAILED (exit ${code})`}`);
    if (code !== 0) process.stdout.write(`${output}\n`);
  }
  return results.filter(({ code }) => code !== 0).length;
}

/** Runs one jest project with its own output; returns counts read from jest's report. */
function jest(project, extra = []) {
  const dir = mkdtempSync(join(tmpdir(), 'ai-infn-jest-'));
  const report = join(dir, 'report.json');
  say(`running ${project} tests`);
  return new Promise((resolve) => {
    const args = ['--selectProjects', project, '--json', '--outputFile', report, ...extra];
    const child = spawn(bin('jest'), args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('exit', () => {
      const counts = existsSync(report)
        ? countsOf(JSON.parse(readFileSync(report, 'utf8')))
        : { passed: 0, failed: 1, skipped: 0 };
      rmSync(dir, { recursive: true, force: true });
      resolve(counts);
    });
  });
}

/** A test file that could not even be loaded counts as one failed test. */
function countsOf(report) {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Debian packages that the end-to-end tests run as real programs: the lab's OpenStack and the list in test/e2e/packages.txt. */
async function systemPackages() {
  const load = createRequire(import.meta.url);
  const log = join(mkdtempSync(join(tmpdir(), 'ai-infn-apt-')), 'apt.log');
  const tell = ({ message }) => say(message);
  await load(join(root, 'dist/twin/openstack/index.js')).installPackages(log, tell);
  const listed = readFileSync(join(root, 'test/e2e/packages.txt'), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  await load(join(root, 'dist/twin/local/packages.js')).installOf(listed, log, tell);
}

function finish(failedChecks, ...counts) {
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  const failed = sum('failed') + failedChecks;
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  process.stdout.write(`\n${sum('passed')} passed, ${failed} failed${skipped}\n`);
  process.exit(failed > 0 || sum('passed') === 0 ? 1 : 0);
}

const verbs = {
  check: async () => finish(await checks(), await jest('fast', ['--maxWorkers=100%'])),
  test: async () => {
    const failedChecks = await checks();
    const fast = await jest('fast', ['--coverage', '--maxWorkers=100%']);
    await systemPackages();
    finish(failedChecks, fast, await jest('e2e', ['--runInBand']));
  },
  bench: async () => must(process.execPath, [join(root, 'dist/bench/run.js'), ...process.argv.slice(3)]),
};

const verb = verbs[process.argv[2]];
if (!verb) fail(`usage: node tools/setup.mjs ${Object.keys(verbs).join('|')}`);
prepare();
await verb();
