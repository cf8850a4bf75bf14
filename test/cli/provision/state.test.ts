import { statSync } from 'node:fs';
import { join } from 'node:path';

import { stateDir, stateName, stateRoot } from '../../../cli/provision/state';
import { TemporaryCheckout } from '../support';

describe('the state of a site', () => {
  test('has a folder per cloud, so that no run takes the machines of another cloud for gone', () => {
    const names = [undefined, 'lab', 'mine', 'a/b', '..'].map((cloud) => stateName('lab', cloud));
    expect(names).toEqual(['lab', 'lab@lab', 'lab@mine', 'lab@a%2Fb', 'lab@..']);
    expect(new Set(names).size).toBe(names.length);
  });

  test('is in the checkout unless AIINFN_STATE says otherwise', () => {
    expect(stateRoot('/checkout', {})).toBe('/checkout/.aiinfn');
    expect(stateRoot('/checkout', { AIINFN_STATE: '/elsewhere' })).toBe('/elsewhere');
  });

  test('is readable by its owner only', () => {
    const checkout = new TemporaryCheckout();
    const before = process.env['AIINFN_STATE'];
    process.env['AIINFN_STATE'] = join(checkout.root, 'state');
    try {
      const dir = stateDir(checkout.root, 'cnaf', 'cnaf');
      expect(dir).toBe(join(checkout.root, 'state/cnaf@cnaf'));
      expect(statSync(dir).mode & 0o777).toBe(0o700);
    } finally {
      if (before === undefined) delete process.env['AIINFN_STATE'];
      else process.env['AIINFN_STATE'] = before;
      checkout.remove();
    }
  });
});
