import { RULES, type Site } from '../../../constructs/site';
import { repeated, rule } from '../../../constructs/site/rules/rule';
import { checkSite, type SiteInput } from '../../../constructs/site';
import { SAMPLE, sample, textOf } from './sample';

const found = (changes: Partial<SiteInput>): readonly string[] =>
  checkSite(textOf({ ...SAMPLE, ...changes }), 'sample.yaml').findings.map(
    ({ rule: id, path }) => `${id} ${path}`,
  );

describe('rules', () => {
  test('have unique ids of the form area/what and say what must hold', () => {
    const ids = RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(25);
    for (const { id, about } of RULES) {
      expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
      expect(about).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('find nothing in a valid site', () => {
    expect(RULES.flatMap(({ check }) => check(sample()))).toEqual([]);
  });

  test('are silent about sections that are not sound', () => {
    const broken: Partial<Site> = {};
    expect(RULES.flatMap(({ check }) => check(broken))).toEqual([]);
  });

  test('see all sections they read, or are not asked', () => {
    const needsBoth = rule('test/both', 'Both.', ['name', 'title'], ({ name, title }) => [
      { path: ['name'], found: name, allowed: title, fix: 'x' },
    ]);
    expect(needsBoth.check({ name: 'a' })).toEqual([]);
    expect(needsBoth.check({ name: 'a', title: 'b' })).toHaveLength(1);
  });

  test('name the later of two equal entries and the first one that had it', () => {
    expect(repeated(['a', 'b', 'a', 'a'], (x) => x)).toEqual([
      ['a', 'a'],
      ['a', 'a'],
    ]);
    expect(
      repeated(
        [
          { k: 1, n: 'x' },
          { k: 2, n: 'y' },
          { k: 1, n: 'z' },
        ],
        ({ k }) => k,
      ).map(([a, b]) => [a.n, b.n]),
    ).toEqual([['z', 'x']]);
  });
});

const { nodes, cloud } = SAMPLE;

describe('rules at their limits', () => {
  test('a host may give all its cards, and not one more', () => {
    const a100 = (count: number): Partial<SiteInput> => ({
      nodes: { ...nodes, a100: { ...nodes.a100, count } },
    });
    expect(found(a100(4))).toEqual([]);
    expect(found(a100(5))).toEqual(['nodes/host-has-cards nodes.a100.cards.a100-40gb']);
  });

  test('every host and kind that is short is reported, not only the first', () => {
    const hosts = { 'server-1': { t4: 7, 'a100-40gb': 1 } };
    expect(found({ hosts })).toEqual([
      'nodes/host-has-cards nodes.t4.cards.t4',
      'nodes/host-has-cards nodes.a100.cards.a100-40gb',
    ]);
  });

  test('a block of a /24 holds sixteen machines, the last one fifteen', () => {
    const service = (count: number, block: number): Partial<SiteInput> => ({
      nodes: { ...nodes, service: { flavor: 'large', count, block } },
    });
    expect(found(service(16, 14))).toEqual([]);
    expect(found(service(17, 14))).toEqual(['network/subnet-size nodes.service.count']);
    expect(found(service(15, 15))).toEqual([]);
    expect(found(service(16, 15))).toEqual(['network/subnet-size nodes.service.count']);
    expect(found(service(1, 16))).toEqual(['network/subnet-size nodes.service']);
  });

  test('projects and objects may fill the data volume to the last GiB', () => {
    const project = (storage: string): Partial<SiteInput> => ({ projects: { p: { group: 'g', storage } } });
    expect(found(project('7Ti'))).toEqual([]);
    expect(found(project('7169Gi'))).toEqual(['projects/storage-fits projects.p.storage']);
  });

  test('an object store elsewhere, or on other volumes, takes nothing from the data volume', () => {
    const projects = { p: { group: 'g', storage: '8Ti' } };
    expect(found({ projects })).toEqual(['projects/storage-fits projects.p.storage']);
    expect(found({ projects, storage: { objects: 'rgw', endpoint: 'https://rgw.cloud.infn.it' } })).toEqual(
      [],
    );
    expect(found({ projects, storage: { class: 'ceph-rbd' } })).toEqual([]);
  });

  test('a session may use a whole machine, less what the system keeps', () => {
    expect(found({ sessions: { cpu: 31, memory: '241Gi' } })).toEqual([]);
    expect(found({ sessions: { cpu: 32, memory: '241Gi' } })).toEqual(['sessions/fits sessions.cpu']);
    expect(found({ sessions: { cpu: 31, memory: '242Gi' } })).toEqual(['sessions/fits sessions.memory']);
  });

  test.each(['131.154.0.0/16', '131.154.7.9/32', '10.0.0.0/8'])(
    'administrators may come from %s',
    (range) => {
      expect(found({ cloud: { ...cloud, adminFrom: [range] } })).toEqual([]);
    },
  );

  test.each(['main', 'HEAD', 'latest', 'refs/heads/x', 'release', '>=1.0', 'v1.*', '~1.2', 'HEAD~1'])(
    'revision %s is refused',
    (revision) => {
      expect(found({ delivery: { ...SAMPLE.delivery, revision } })).toEqual([
        'delivery/revision delivery.revision',
      ]);
    },
  );

  test.each([
    '2026.11.0',
    'v1.2.3',
    'refs/tags/2026.11.0',
    '0123456789abcdef0123456789abcdef01234567',
    'release-2026-11',
  ])('revision %s is accepted', (revision) => {
    expect(found({ delivery: { ...SAMPLE.delivery, revision } })).toEqual([]);
  });

  test.each([
    'ssh://git@baltig.infn.it/x.git',
    'https://baltig.infn.it/x.git',
    'http://localhost:3000/x.git',
    'http://git.lab.localhost/x.git',
    'http://127.0.0.1/x.git',
  ])('repository %s is accepted', (repo) => {
    expect(found({ delivery: { ...SAMPLE.delivery, repo } })).toEqual([]);
  });

  test.each([
    'http://localhost.evil.org/x.git',
    'git://baltig.infn.it/x.git',
    'https://token@baltig.infn.it/x.git',
    'ssh://git:secret@baltig.infn.it/x.git',
    'file:///srv/x.git',
  ])('repository %s is refused', (repo) => {
    expect(found({ delivery: { ...SAMPLE.delivery, repo } })).toEqual(['delivery/repo delivery.repo']);
  });

  test.each(['hub.ai.infn.it', 'hub.lab.localhost', 'hub.example.org'])('domain %s is accepted', (domain) => {
    expect(found({ domain })).toEqual([]);
  });

  test.each([
    ['https://iam.cloud.infn.it/', true],
    ['https://iam.cloud.infn.it/realms/ai/', true],
    ['https://iam.cloud.infn.it/realms/ai', false],
    ['https://iam.cloud.infn.it/?x=1', false],
    ['https://IAM.cloud.infn.it/', false],
  ])('issuer %s is as IAM writes it: %s', (issuer, accepted) => {
    expect(found({ identity: { ...SAMPLE.identity, issuer } })).toEqual(
      accepted ? [] : ['identity/issuer identity.issuer'],
    );
  });

  test.each(['1g.5gb', '7x1g.5gb', 'all-1g.5gb', '2x3g.20gb', '7g.40gb', '1g.10gb', 'all-disabled'])(
    'layout %s fills an A100',
    (mig) => {
      expect(found({ nodes: { ...nodes, a100: { ...nodes.a100, mig } } })).toEqual([]);
    },
  );

  test.each([
    ['all-balanced', 'mig/one-profile'],
    ['6x1g.5gb', 'mig/fills-card'],
    ['3x3g.20gb', 'mig/layout'],
  ])('layout %s is refused by %s', (mig, id) => {
    expect(found({ nodes: { ...nodes, a100: { ...nodes.a100, mig } } })).toEqual([`${id} nodes.a100.mig`]);
  });
});
