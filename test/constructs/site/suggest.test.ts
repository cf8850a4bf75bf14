import fc from 'fast-check';

import { didYouMean, nearest } from '../../../constructs/site/suggest';

const KEYS = ['cards', 'count', 'flavor', 'host', 'mig', 'data', 'encrypted', 'reserved'];

describe('suggestions for mistyped words', () => {
  test.each([
    ['crads', 'cards'],
    ['card', 'cards'],
    ['Cards', 'cards'],
    ['flavour', 'flavor'],
    ['encripted', 'encrypted'],
    ['hosts', 'host'],
    ['mgi', 'mig'],
    ['enc', 'encrypted'],
  ])('%s was meant to be %s', (word, meant) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  test.each(['password', 'x', 'completely-different', ''])('nothing is near to %s', (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });

  test('very long words get no suggestion, so that a file cannot make the loader slow', () => {
    expect(nearest('c'.repeat(65), ['c'.repeat(65)])).toBeUndefined();
  });

  test('a word one letter away from a candidate always gets a candidate at most as far away', () => {
    const word = fc.stringMatching(/^[a-z]{3,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.stringMatching(/^[a-z]$/), (candidate, at, letter) => {
        const i = at % candidate.length;
        const typed = candidate.slice(0, i) + letter + candidate.slice(i + 1);
        expect(nearest(typed, [candidate])).toBe(candidate);
      }),
    );
  });

  test('the advice names the word, or says what to do instead', () => {
    expect(didYouMean('crads', KEYS, 'remove it')).toBe("did you mean 'cards'?");
    expect(didYouMean('password', KEYS, 'remove it')).toBe('remove it');
  });
});
