import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkoutRoot } from '../../../twin/local/root';

describe('checkoutRoot', () => {
  it('finds the checkout from the sources', () => {
    expect(existsSync(join(checkoutRoot(), 'twin', 'openstack', 'config', 'nova.conf'))).toBe(true);
  });

  it('finds the same folder from compiled files, which have no package.json of their own', () => {
    const root = mkdtempSync(join(tmpdir(), 'root-'));
    try {
      writeFileSync(join(root, 'package.json'), '{}');
      mkdirSync(join(root, 'dist', 'twin', 'local'), { recursive: true });
      expect(checkoutRoot(join(root, 'dist', 'twin', 'local'))).toBe(root);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('says that a checkout is needed where there is none', () => {
    expect(() => checkoutRoot('/')).toThrow('no package.json above /: run from a checkout');
  });
});
