import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ownRecord } from '../../../twin/local/processes';
import { parseStatus, sweepMachines, warningsOf } from '../../../twin/machine/machine';

describe("cloud-init's status", () => {
  it('is read from its report', () => {
    const report =
      '{"status": "error", "detail": "scripts_user", "errors": ["(\'scripts_user\', 1 failed)"], "boot_status_code": "x"}';
    expect(parseStatus(report)).toEqual({
      status: 'error',
      stage: 'scripts_user',
      errors: ["('scripts_user', 1 failed)"],
    });
  });

  it.each(['', 'Failed to connect to bus', '{"half'])('is unknown before there is a report: %j', (text) => {
    expect(parseStatus(text)).toEqual({ status: 'unknown', stage: '', errors: [] });
  });
});

describe("cloud-init's log", () => {
  it('gives its warnings and worse, without their times', () => {
    const log = [
      '2026-11-24 20:00:01,100 - util.py[DEBUG]: Reading [WARNING]: in a text',
      '2026-11-24 20:00:01,200 - util.py[WARNING]: Failed loading yaml blob',
      '2026-11-24 20:00:01,300 - cc_scripts_user.py[ERROR]: it failed',
      'Traceback',
    ].join('\n');
    expect(warningsOf(log)).toEqual([
      'util.py[WARNING]: Failed loading yaml blob',
      'cc_scripts_user.py[ERROR]: it failed',
    ]);
  });

  it('may hold none', () => {
    expect(warningsOf('2026-11-24 20:00:01,100 - util.py[DEBUG]: fine\n')).toEqual([]);
  });
});

describe('sweeping', () => {
  it('removes what owners that have ended left, and nothing else', async () => {
    const runs = mkdtempSync(join(tmpdir(), 'sweep-'));
    try {
      for (const name of ['aiinfn-mine', 'aiinfn-dead', 'aiinfn-early']) mkdirSync(join(runs, name));
      writeFileSync(join(runs, 'aiinfn-mine', 'owner'), ownRecord());
      const dead = ownRecord().replace(/^.*\n/, 'b1c0ffee-0000-4000-8000-000000000000\n');
      writeFileSync(join(runs, 'aiinfn-dead', 'owner'), dead);
      await sweepMachines(runs);
      expect(['aiinfn-mine', 'aiinfn-dead', 'aiinfn-early'].map((n) => existsSync(join(runs, n)))).toEqual([
        true,
        false,
        false,
      ]);
    } finally {
      rmSync(runs, { recursive: true });
    }
  });

  it('has nothing to do before the first machine', async () => {
    await expect(sweepMachines('/no/such/folder')).resolves.toBeUndefined();
  });
});
