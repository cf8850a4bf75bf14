import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Measurement } from './measure';
import { provisioning } from './provision';
import { median, table } from './report';

/** Runs of each case; the median is shown. */
const RUNS = 5;

/** What is measured, in the order of the table. */
const NAMES: readonly (readonly [string, string])[] = [
  ['sites-render', 'render 5,000 objects over 10 sites, in memory'],
  ['sites-render-write', 'the same, written by the atomic swap'],
  ['sites-synth', "the same with cdk8s' app.synth()"],
  ['charts-10-render', 'render 5,000 objects in 10 charts'],
  ['charts-100-render', 'render 5,000 objects in 100 charts'],
  ['charts-10-synth', 'app.synth() in 10 charts'],
  ['charts-100-synth', 'app.synth() in 100 charts'],
  ['load-site', 'load and validate cnaf.yaml'],
  ['project-site', 'render cnaf, judge by all policies, write the SBOM'],
];

/** Each run is a process of its own in a folder of its own: no warm caches, an honest peak of memory. */
function runOnce(name: string): Measurement {
  const cwd = mkdtempSync(join(tmpdir(), 'aiinfn-bench-'));
  try {
    const args = [...process.execArgv, require.resolve('./measure'), name];
    return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })) as Measurement;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Measures rendering and prints a table, or JSON with `--json`; progress goes to standard error. */
function rendering(json: boolean): void {
  const results = NAMES.map(([name, title]) => {
    process.stderr.write(`${title} ...\n`);
    const runs = Array.from({ length: RUNS }, () => runOnce(name));
    return { name, title, ms: median(runs.map(({ ms }) => ms)), mib: median(runs.map(({ mib }) => mib)) };
  });
  process.stdout.write(json ? `${JSON.stringify(results, undefined, 2)}\n` : `${table(results)}\n`);
}

/** `--provision` times the engine and the lab instead; minutes, so it is asked for. */
async function main(args: readonly string[]): Promise<void> {
  const json = args.includes('--json');
  if (!args.includes('--provision')) {
    rendering(json);
    return;
  }
  const timings = await provisioning();
  const lines = timings.map(
    ({ title, seconds }) => `${title.padEnd(34)} ${seconds.toFixed(1).padStart(7)} s`,
  );
  process.stdout.write(json ? `${JSON.stringify(timings, undefined, 2)}\n` : `${lines.join('\n')}\n`);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
}
