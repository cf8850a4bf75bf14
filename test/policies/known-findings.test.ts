import { fits, KNOWN_FINDINGS } from '../../policies/known-findings';

describe('known findings', () => {
  it('state a reason each, and name no object twice for one check', () => {
    const pairs = KNOWN_FINDINGS.flatMap(({ check, objects }) =>
      objects.map((object) => `${check} ${object}`),
    );
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(KNOWN_FINDINGS.filter(({ reason }) => reason.length < 20)).toEqual([]);
  });

  it.each([
    ['*', 'Deployment:hub/hub', true],
    ['Deployment:hub/hub', 'Deployment:hub/hub', true],
    ['Deployment:hub/hub', 'Deployment:hub/hub-2', false],
    ['NetworkPolicy:hub/*', 'NetworkPolicy:hub/a-to-b', true],
    ['NetworkPolicy:hub/*', 'NetworkPolicy:hubs/a', false],
    ['a.b', 'axb', false],
  ])('%j fits %j: %j', (pattern, name, expected) => {
    expect(fits(pattern, name)).toBe(expected);
  });
});
