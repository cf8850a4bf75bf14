import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ProgramError, tail } from '../../../twin/local/errors';

describe('errors of programs', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'errors-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('end with the last lines of the log, blank lines left out', () => {
    const log = join(folder, 'nova.log');
    writeFileSync(log, 'starting\n\ncannot bind\n');
    expect(new ProgramError('nova ended at its start', [log]).message).toBe(
      `nova ended at its start\nlast lines of ${log}:\n  starting\n  cannot bind`,
    );
  });

  it('do without a log that is absent or empty', () => {
    const empty = join(folder, 'empty.log');
    writeFileSync(empty, '');
    expect(new ProgramError('it failed', [empty, join(folder, 'none')]).message).toBe('it failed');
  });

  it('read the end of a large log only', () => {
    const log = join(folder, 'large.log');
    writeFileSync(log, Array.from({ length: 100_000 }, (_, index) => `line ${index}`).join('\n'));
    expect(tail(log, 2)).toEqual(['line 99998', 'line 99999']);
  });
});
