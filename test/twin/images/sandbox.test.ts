import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withWorkFolder } from '../../../twin/images/sandbox';

describe('withWorkFolder', () => {
  let parent: string;
  beforeEach(() => {
    parent = join(mkdtempSync(join(tmpdir(), 'work-')), 'below');
  });
  afterEach(() => {
    rmSync(join(parent, '..'), { recursive: true });
  });

  it('gives a folder that only the owner sees and that is gone afterwards with all that is in it', async () => {
    const used = await withWorkFolder(parent, (folder) => {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      mkdirSync(join(folder, 'deep'));
      writeFileSync(join(folder, 'deep', 'file'), 'x');
      return Promise.resolve(folder);
    });
    expect(used.startsWith(parent)).toBe(true);
    expect(existsSync(used)).toBe(false);
  });

  it('removes the folder of an operation that fails and passes its error on', async () => {
    await expect(withWorkFolder(parent, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('removes first what a fallen machine has left', async () => {
    mkdirSync(join(parent, 'build-old', 'storage'), { recursive: true });
    await withWorkFolder(parent, (folder) => {
      expect(readdirSync(parent).map((name) => join(parent, name))).toEqual([folder]);
      return Promise.resolve();
    });
  });
});
