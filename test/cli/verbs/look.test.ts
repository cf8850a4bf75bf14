import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { aiinfn, json, ROOT, SITES, TemporaryCheckout } from '../support';

const INVALID = join(ROOT, 'test/fixtures/invalid');

describe('validate', () => {
  test('finds the committed sites valid', async () => {
    const rows = SITES.map((name) => ({ name, title: expect.any(String) as unknown, valid: true }));
    expect(await json(['validate'])).toEqual(rows);
    const { code, out } = await aiinfn(['validate']);
    expect(code).toBe(0);
    for (const site of SITES) expect(out).toMatch(new RegExp(`^${site} .* valid$`, 'm'));
  });

  test('takes a site that is named twice once', async () => {
    expect(await json(['validate', 'lab', 'lab'])).toHaveLength(1);
  });

  describe('with many faulty files', () => {
    const checkout = new TemporaryCheckout();
    const names = readdirSync(INVALID)
      .filter((file) => file.endsWith('.yaml') && !/^yaml-/.test(file))
      .map((file) => file.slice(0, -'.yaml'.length))
      .filter((name) => name.length <= 40)
      .slice(0, 12);
    beforeAll(() => {
      for (const name of names)
        checkout.write(`stacks/sites/${name}.yaml`, readFileSync(join(INVALID, `${name}.yaml`), 'utf8'));
    });
    afterAll(() => {
      checkout.remove();
    });

    test('reports the faults of all files in one run, each with file, line and fix, exit 1', async () => {
      expect(names.length).toBe(12);
      const { code, out, err } = await aiinfn(['validate'], checkout);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      for (const name of names)
        expect(err).toMatch(new RegExp(`${name}\\.yaml:\\d+:\\d+  \\S+: found .* Fix: `));
    });

    test('gives the same findings as one JSON document', async () => {
      const answer = (await json(['validate'], checkout)) as {
        findings: { file: string }[];
        exitCode: number;
      };
      expect(answer.exitCode).toBe(1);
      const files = new Set(answer.findings.map(({ file }) => file.split('/').at(-1)));
      expect([...files].sort()).toEqual(names.map((name) => `${name}.yaml`).sort());
    });

    test('a sound site is still found sound beside them', async () => {
      expect((await aiinfn(['validate', 'lab'], checkout)).code).toBe(0);
    });
  });
});

describe('gpus', () => {
  test.each([
    ['cnaf', 42],
    ['recas-bari', 28],
    ['lab', 9],
  ])('%s has %i', async (site, total) => {
    const answer = (await json(['gpus', site])) as {
      site: string;
      total: number;
      kinds: { count: number }[];
    };
    expect(answer).toMatchObject({ site, total });
    expect(answer.kinds.reduce((sum, { count }) => sum + count, 0)).toBe(total);
    expect((await aiinfn(['gpus', site])).out).toContain(`${site}: ${total} schedulable GPUs`);
  });

  test('without a name answers for all sites as a list, however many there are', async () => {
    expect(await json(['gpus'])).toHaveLength(SITES.length);
    const checkout = new TemporaryCheckout();
    try {
      expect(await json(['gpus'], checkout)).toHaveLength(1);
    } finally {
      checkout.remove();
    }
  });

  test('names kind, device, resource, memory and count', async () => {
    const { kinds } = (await json(['gpus', 'lab'])) as { kinds: unknown[] };
    expect(kinds[0]).toEqual({
      kind: expect.any(String) as unknown,
      title: expect.any(String) as unknown,
      resource: expect.stringContaining('/') as unknown,
      memoryGiB: expect.any(Number) as unknown,
      count: expect.any(Number) as unknown,
    });
  });
});

describe('explain', () => {
  test.each(SITES)('%s: text and JSON say the same, with defaults filled in', async (site) => {
    const answer = await json(['explain', site]);
    expect(answer).toMatchObject({ name: site, kubernetes: { podCidr: '10.42.0.0/16' } });
    expect(parse((await aiinfn(['explain', site])).out)).toEqual(answer);
  });
});

describe('sbom', () => {
  test.each(SITES)('%s is a CycloneDX document, and progress is not in it', async (site) => {
    const { code, out, progress } = await aiinfn(['sbom', site]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.7' });
    expect(progress).toEqual([`rendering ${site}`]);
    expect((await aiinfn(['sbom', site, '--json'])).out).toBe(out);
  });
});

describe('the pin file', () => {
  const checkout = new TemporaryCheckout();
  afterAll(() => {
    checkout.remove();
  });

  test('with several faults is refused with all of them and their lines', async () => {
    checkout.copy('versions.lock.yaml');
    const lines = checkout.read('versions.lock.yaml').split('\n');
    const [tag, licence] = [
      lines.findIndex((l) => /^ {4}tag:/.test(l)),
      lines.findIndex((l) => /^ {4}licence:/.test(l)),
    ];
    lines[tag] = '    tag: "no tag at all"';
    lines[licence] = '    licence: ""';
    checkout.write('versions.lock.yaml', lines.join('\n'));
    const { code, err } = await aiinfn(['sbom', 'lab'], checkout);
    expect(code).toBe(1);
    expect(err).toContain(`versions.lock.yaml:${tag + 1}:10  images.`);
    expect(err).toContain(`versions.lock.yaml:${licence + 1}:14  images.`);
  });

  test('that is no YAML is refused with line and column', async () => {
    checkout.write('versions.lock.yaml', 'images:\n  a: [\ncharts: {}\n');
    const { code, err } = await aiinfn(['lock', 'check'], checkout);
    expect(code).toBe(1);
    expect(err).toMatch(/versions\.lock\.yaml:\d+:\d+ {2}file: found /);
  });
});
