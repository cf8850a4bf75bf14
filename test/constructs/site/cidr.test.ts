import fc from 'fast-check';

import { addressAt, canonical, contains, overlap, parseCidr } from '../../../constructs/site/cidr';

const cidr = fc
  .record({ address: fc.ipV4(), prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, prefix }) => `${address}/${prefix}`);

describe('address ranges', () => {
  test.each([
    ['10.71.0.0/24', 256, true],
    ['10.71.0.5/24', 256, false],
    ['0.0.0.0/0', 2 ** 32, true],
    ['255.255.255.255/32', 1, true],
    ['192.168.128.0/17', 32_768, true],
  ])('%s has %i addresses and is canonical: %s', (text, size, isCanonical) => {
    expect(parseCidr(text)).toMatchObject({ size, canonical: isCanonical });
  });

  test.each([
    ['10.71.0.0/24', '10.71.0.0/16', true],
    ['10.71.0.0/24', '10.71.1.0/24', false],
    ['0.0.0.0/0', '203.0.113.7/32', true],
    ['10.71.0.255/32', '10.71.0.0/24', true],
    ['10.70.255.0/24', '10.71.0.0/24', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlap(parseCidr(a), parseCidr(b))).toBe(expected);
  });

  test.each([
    ['10.71.0.0/24', 0, '10.71.0.0'],
    ['10.71.0.0/24', 255, '10.71.0.255'],
    ['10.71.0.0/16', 256, '10.71.1.0'],
    ['200.0.0.0/6', 2 ** 25, '202.0.0.0'],
  ])('address of %s number %i is %s', (text, n, expected) => {
    expect(addressAt(parseCidr(text), n)).toBe(expected);
  });

  test.each([-1, 256])('a /24 has no address number %i', (n) => {
    expect(() => addressAt(parseCidr('10.71.0.0/24'), n)).toThrow(RangeError);
  });

  test('overlap does not depend on order, and every range overlaps itself', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const [x, y] = [parseCidr(a), parseCidr(b)];
        expect(overlap(x, y)).toBe(overlap(y, x));
        expect(overlap(x, x)).toBe(true);
      }),
    );
  });

  test('two ranges overlap exactly if one contains the first address of the other', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const [x, y] = [parseCidr(a), parseCidr(b)];
        const meet = contains(x, addressAt(y, 0)) || contains(y, addressAt(x, 0));
        expect(overlap(x, y)).toBe(meet);
      }),
    );
  });

  test('the canonical form has the same addresses and is canonical', () => {
    fc.assert(
      fc.property(cidr, (text) => {
        const range = parseCidr(text);
        const again = parseCidr(canonical(range));
        expect(again.canonical).toBe(true);
        expect([again.first, again.size]).toEqual([range.first, range.size]);
      }),
    );
  });

  test('every address of a range is in it, and the one after it is not', () => {
    fc.assert(
      fc.property(cidr, fc.double({ min: 0, max: 0.999, noNaN: true }), (text, part) => {
        const range = parseCidr(text);
        expect(contains(range, addressAt(range, Math.floor(part * range.size)))).toBe(true);
        fc.pre(range.first + range.size < 2 ** 32);
        expect(contains(range, addressAt(parseCidr('0.0.0.0/0'), range.first + range.size))).toBe(false);
      }),
    );
  });
});
