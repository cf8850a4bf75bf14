import { COMMANDS } from '../../../cli/commands';
import { siteSchema } from '../../../constructs';
import { RULES } from '../../../policies/rules';
import { aiinfn, json, TemporaryCheckout } from '../support';

describe('the committed reference pages and the schema', () => {
  test('are what the code says: docs --check passes', async () => {
    expect(await aiinfn(['docs', '--check'])).toMatchObject({ code: 0, out: 'all pages are fresh', err: '' });
  });
});

describe('docs', () => {
  const checkout = new TemporaryCheckout();
  afterAll(() => {
    checkout.remove();
  });

  test('--check names what is missing, writes nothing and exits 1, in one document with --json', async () => {
    const { code, out, err } = await aiinfn(['docs', '--check', '--json'], checkout);
    expect(code).toBe(1);
    expect(err).toContain('Run: npx aiinfn docs');
    const { stale, written } = JSON.parse(out) as { stale: string[]; written: string[] };
    expect(stale).toHaveLength(5);
    expect(written).toEqual([]);
  });

  test('writes them once; the second run finds nothing to do', async () => {
    expect((await aiinfn(['docs'], checkout)).out.split('\n')).toHaveLength(5);
    expect(await json(['docs'], checkout)).toEqual({ stale: [], written: [] });
    checkout.edit('docs/reference/policies.md', 'rule', 'idea');
    expect((await aiinfn(['docs', '--check'], checkout)).code).toBe(1);
  });

  test('the pages name every command, every key of the site file and every policy', () => {
    const commands = checkout.read('docs/reference/command-line.md');
    for (const { name } of COMMANDS) expect(commands).toContain(`## aiinfn ${name}\n`);
    const keys = checkout.read('docs/reference/site-file.md');
    for (const key of Object.keys(siteSchema.shape)) expect(keys).toContain(`| \`${key}\` |`);
    for (const key of ['nodes.NAME.cards', 'cloud.externalNetwork', 'offload.NAME.api'])
      expect(keys).toContain(`| \`${key}\` |`);
    const policies = checkout.read('docs/reference/policies.md');
    for (const { id } of RULES) expect(policies).toContain(id);
  });
});
