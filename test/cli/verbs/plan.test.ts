import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { aiinfn, json, TemporaryCheckout } from '../support';

/** A repository with the lab rendered and committed under the tag `first`. */
const checkout = new TemporaryCheckout();
const SITE = 'stacks/sites/lab.yaml';
beforeAll(async () => {
  expect((await aiinfn(['render', 'lab'], checkout)).code).toBe(0);
  checkout.commit('first');
  checkout.git('tag', 'first');
});
afterAll(() => {
  checkout.remove();
});
afterEach(() => {
  checkout.git('checkout', '--quiet', 'first', '--', '.');
});

interface Answer {
  readonly machines: readonly { readonly machine: string; readonly change: string }[];
  readonly gpus: { readonly before: number; readonly after: number };
  readonly objects: readonly {
    readonly object: string;
    readonly impact: string;
    readonly fields: readonly string[];
  }[];
}
const planned = async (...more: readonly string[]): Promise<Answer> =>
  (await json(['plan', 'lab', ...more], checkout)) as Answer;
const withImpact = (answer: Answer, impact: string): readonly string[] =>
  answer.objects.filter((o) => o.impact === impact).map((o) => o.object);

describe('plan', () => {
  test('of what is committed: nothing changes', async () => {
    const { code, out, err, progress } = await aiinfn(['plan', 'lab'], checkout);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe('lab: compared with HEAD\nGPUs: 9 -> 9\nnothing changes');
    expect(progress).toEqual(['rendering lab']);
  });

  test('of another MIG layout and a machine more: who drains, what comes, how many devices are left', async () => {
    checkout.edit(SITE, 'mig: 1g.5gb', 'mig: 3g.20gb');
    checkout.edit(SITE, 'service: { flavor', 'service: { count: 2, flavor');
    const answer = await planned();
    expect(answer).toMatchObject({
      site: 'lab',
      against: 'HEAD',
      volumes: [],
      gpus: { before: 9, after: 4 },
    });
    expect(answer.machines.map(({ machine, change }) => `${machine} ${change}`).sort()).toEqual([
      'lab-a100-1 drained',
      'lab-service-2 created',
    ]);
    expect(withImpact(answer, 'removed')).toContainEqual(expect.stringMatching(/^ClusterQueue\..*1g-5gb/));
    expect(checkout.git('status', '--porcelain').trim()).toBe(`M ${SITE}`);
  });

  test('of a new image pin: the workload restarts and the field is named', async () => {
    checkout.edit('versions.lock.yaml', /(\n {2}hub:\n(?: {4}.*\n)*? {4}tag: )\S+/, '$1"99.9"');
    const answer = await planned();
    const restarted = answer.objects.filter(({ impact }) => impact === 'restarted');
    expect(restarted.map(({ object }) => object)).toContainEqual(expect.stringMatching(/^Deployment\..*hub/));
    expect(restarted.flatMap(({ fields }) => fields)).toContainEqual(
      expect.stringMatching(/^spec\.template\.spec\.containers\[\d+\]\.image$/),
    );
    expect(answer.machines).toEqual([]);
  });

  test('of a larger database and an object store owned elsewhere: what is refused, what goes with its data', async () => {
    checkout.edit(SITE, 'database: { capacity: 2Gi }', 'database: { capacity: 4Gi }');
    checkout.edit(
      SITE,
      'objects: seaweedfs, capacity: 20Gi',
      'objects: s3, endpoint: https://s3.example.org',
    );
    checkout.edit(SITE, 'mig: 1g.5gb', 'mig: 3g.20gb');
    const { code, out, err } = await aiinfn(['plan', 'lab'], checkout);
    expect(code).toBe(0);
    expect(out).toContain('GPUs: 9 -> 4');
    expect(out).toMatch(/^lab-a100-1 +drained +MIG layout/m);
    expect(out).toMatch(/StatefulSet\.\S+ +immutable field +spec\.volumeClaimTemplates\[0\]/);
    expect(out).toMatch(/StatefulSet\.storage\.objects +removed with data$/m);
    expect(err).toMatch(/^immutable fields change in \d+ objects/);
  });

  test('against an older revision: a site that was not there is all new', async () => {
    checkout.copy('stacks/sites/cnaf.yaml');
    const answer = (await json(['plan', 'cnaf', '--against', 'first'], checkout)) as Answer;
    expect(new Set(answer.machines.map(({ change }) => change))).toEqual(new Set(['created']));
    expect(answer.gpus).toEqual({ before: 0, after: 42 });
    expect(new Set(answer.objects.map(({ impact }) => impact))).toEqual(new Set(['created']));
    checkout.git('clean', '--quiet', '--force', 'stacks');
  });
});

describe('plan refuses', () => {
  test.each(['no-such-tag', '--upload-pack=x', 'HEAD:stacks'])('the revision %j', async (revision) => {
    const { code, err } = await aiinfn(['plan', 'lab', `--against=${revision}`], checkout);
    expect(code).toBe(1);
    expect(err).toContain(`git knows no revision '${revision}'`);
  });

  test('a folder that is no git repository', async () => {
    const bare = new TemporaryCheckout();
    try {
      const { code, err } = await aiinfn(['plan', 'lab'], bare);
      expect(code).toBe(1);
      expect(err).toContain("git knows no revision 'HEAD'");
    } finally {
      bare.remove();
    }
  });

  test('a committed site file that does not hold by the rules, with its faults and where they stand', async () => {
    const other = new TemporaryCheckout();
    try {
      other.edit(SITE, 'mig: 1g.5gb', 'mig: 3g.30gb');
      other.commit('broken');
      other.copy(SITE);
      const { code, err } = await aiinfn(['plan', 'lab'], other);
      expect(code).toBe(1);
      expect(err).toContain('the site file of HEAD is not valid');
      expect(err).toMatch(/HEAD:stacks\/sites\/lab\.yaml:\d+:\d+ .*3g\.30gb/);
    } finally {
      other.remove();
    }
  });

  test('the example is not empty', () => {
    expect(readdirSync(join(checkout.root, 'charts-out/lab')).length).toBeGreaterThan(5);
  });
});
