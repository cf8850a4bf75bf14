import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { table } from '../../cli/io';
import { ROOT } from './support';

describe('a table', () => {
  test('aligns text to the left, numbers to the right, and leaves no blanks at line ends', () => {
    const rows = [
      ['a', 5],
      ['longer', 500],
    ];
    expect(table(['name', 'n'], rows)).toEqual(['name      n', '------  ---', 'a         5', 'longer  500']);
    expect(table(['name', 'what'], [['a', '']])).toEqual(['name  what', '----  ----', 'a']);
  });
});

/** Runs the command line as its own process, as people do. */
function run(shell: string): {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
} {
  const main = `require(${JSON.stringify(join(ROOT, 'cli/main.ts'))}).main(process.argv.slice(1)).then((code) => { process.exitCode = code; })`;
  const env = { ...process.env, NODE: process.execPath, HOOK: join(ROOT, 'test/typescript.cjs'), MAIN: main };
  return spawnSync('bash', ['-c', `aiinfn() { "$NODE" -r "$HOOK" -e "$MAIN" -- "$@"; }; ${shell}`], {
    env,
    encoding: 'utf8',
  });
}

describe('the process', () => {
  test('writes results to standard output, progress with seconds to standard error, no colours', () => {
    const { stdout, stderr, status } = run('aiinfn sbom lab');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ bomFormat: 'CycloneDX' });
    expect(stderr).toMatch(/^\[ *\d+ s\] rendering lab\n$/);
    expect(stdout + stderr).not.toContain('\u001b');
  }, 60_000);

  test('ends quietly when its reader has gone', () => {
    const { stderr, status } = run('set -o pipefail; aiinfn explain lab | true');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  }, 60_000);
});
