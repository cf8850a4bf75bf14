import { fits, KNOWN_FINDINGS, UNCHECKED_GROUPS } from '../../policies/known-findings';

describe('known findings', () => {
  it('state a reason each, one entry per check and group', () => {
    const checks = KNOWN_FINDINGS.map(({ check }) => check);
    const groups = UNCHECKED_GROUPS.map(({ group }) => group);
    expect(new Set(checks).size).toBe(checks.length);
    expect(new Set(groups).size).toBe(groups.length);
    expect([...KNOWN_FINDINGS, ...UNCHECKED_GROUPS].filter(({ reason }) => reason.length < 20)).toEqual([]);
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
