import { type Facts, isReady, judge } from '../../../cli/doctor/judge';

/** A machine that has everything. */
const GOOD: Facts = {
  node: '22.1.0',
  npm: '10.0.0',
  git: '2.39.5',
  go: 'go1.26.1',
  unbuilt: [],
  pulumi: 'v3.259.0',
  pulumiPin: 'v3.259.0',
  packages: [],
  mayInstall: true,
  disk: 100,
  memory: 16,
};
const without = (...keys: readonly (keyof Facts)[]): Facts =>
  Object.fromEntries(
    Object.entries(GOOD).filter(([key]) => !keys.includes(key as keyof Facts)),
  ) as unknown as Facts;
const states = (facts: Facts): string[] => [...new Set(judge(facts).map(({ state }) => state))].sort();

describe('a machine', () => {
  test('with everything is ready, and nothing is to be mended', () => {
    expect(states(GOOD)).toEqual(['ok']);
    expect(isReady(judge(GOOD))).toBe(true);
    expect(judge(GOOD).filter(({ fix }) => fix !== undefined)).toEqual([]);
  });

  test.each<[string, Facts, string, RegExp]>([
    ['an old Node', { ...GOOD, node: '18.20.0' }, '18.20.0', /nodejs/],
    ['no npm', without('npm'), 'nothing', /npm/],
    ['nothing built and no Go', { ...without('go'), unbuilt: ['pulumi'] }, 'nothing', /golang-go/],
    [
      'nothing built and an old Go',
      { ...GOOD, go: 'go1.19.8', unbuilt: ['pulumi'] },
      'go1.19.8',
      /golang-go/,
    ],
    [
      'nothing built and little disk',
      { ...GOOD, disk: 5, unbuilt: ['pulumi'] },
      '5.0 GiB free',
      /AIINFN_CACHE/,
    ],
    ['no disk', { ...GOOD, disk: 1 }, '1.0 GiB free', /free some/],
    ['little memory', { ...GOOD, memory: 1.25 }, '1.3 GiB available', /end other/],
    ['no Debian', without('packages'), 'no dpkg', /Debian 12 or Ubuntu/],
    [
      'missing packages and no rights',
      { ...GOOD, packages: ['python3-nova'], mayInstall: false },
      'missing: python3-nova',
      /as root: apt-get install .*python3-nova/,
    ],
  ])('with %s is not ready and is told what to do', (_, facts, found, fix) => {
    const missing = judge(facts).filter(({ state }) => state === 'missing');
    expect(missing).toEqual([expect.objectContaining({ found, fix: expect.stringMatching(fix) as unknown })]);
    expect(isReady(judge(facts))).toBe(false);
  });

  test.each<[string, Facts, string]>([
    ['no git', without('git'), 'optional'],
    ['no Go but a built engine', without('go'), 'optional'],
    ['no official pulumi', without('pulumi'), 'optional'],
    ['programs to build', { ...GOOD, unbuilt: ['pulumi'] }, 'later'],
    ['packages to install', { ...GOOD, packages: ['python3-nova'] }, 'later'],
  ])('with %s is ready all the same, and that is said', (_, facts, state) => {
    expect(states(facts)).toEqual([state, 'ok'].sort());
    expect(isReady(judge(facts))).toBe(true);
    expect(judge(facts).find((check) => check.state === state)?.fix).toMatch(/\S/);
  });

  test.each([
    ['go1.20.14', false],
    ['go1.21', true],
    ['go1.21rc2', true],
    ['go2.0', true],
    ['devel', false],
  ])('Go %s is new enough to fetch its toolchain: %s', (go, ready) => {
    expect(isReady(judge({ ...GOOD, go, unbuilt: ['pulumi'] }))).toBe(ready);
  });

  test('with another pulumi than the embedded one hears both versions', () => {
    const found = judge({ ...GOOD, pulumi: 'v3.1.0' }).map((check) => check.found);
    expect(found).toContain('v3.1.0 (embedded: v3.259.0)');
  });
});

describe('for a cloud of the operator', () => {
  test('Debian packages are not needed, Keystone is', () => {
    const cloud: Facts = { ...without('packages'), cloud: { name: 'cnaf' } };
    expect(isReady(judge(cloud))).toBe(true);
    const refused = judge({
      ...cloud,
      cloud: { name: 'cnaf', fault: { found: 'no such entry', fix: 'add it' } },
    });
    expect(isReady(refused)).toBe(false);
    expect(refused).toContainEqual(
      expect.objectContaining({ found: 'no such entry', fix: 'add it', state: 'missing' }),
    );
  });
});
