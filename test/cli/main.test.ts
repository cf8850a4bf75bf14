import { Checkout } from '../../cli/checkout';
import { COMMANDS } from '../../cli/commands';
import { aiinfn, json } from './support';

const NAMES = COMMANDS.map(({ name }) => name);

describe('help', () => {
  test.each([[['help']], [['--help']], [['-h']], [[]]])(
    '%j lists every command and exits 0',
    async (argv) => {
      const { code, out, err } = await aiinfn(argv);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      for (const name of NAMES) expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
      expect(out).toContain('0 done; 1 the input is at fault');
    },
  );

  test.each(NAMES)('%s --help, -h and help VERB say the same: usage, all options, examples', async (name) => {
    const { code, out, err } = await aiinfn([name, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`usage: npx aiinfn ${name}`);
    const command = COMMANDS.find((c) => c.name === name);
    for (const option of [...Object.keys(command?.options ?? {}), 'json', 'help'])
      expect(out).toContain(`--${option}`);
    expect(command?.examples.length).toBeGreaterThan(0);
    for (const example of command?.examples ?? []) expect(out).toContain(example);
    expect((await aiinfn([name, '-h'])).out).toBe(out);
    expect((await aiinfn(['help', name])).out).toBe(out);
  });

  test.each(NAMES)('%s has examples that its own parser accepts', async (name) => {
    const command = COMMANDS.find((c) => c.name === name);
    for (const example of command?.examples ?? []) {
      const [words = ''] = example.replace(/^npm run (\w+)( --)?/, 'npx aiinfn $1').split(/ [|>] /);
      const argv = words.split(' ').slice(2);
      expect(argv[0]).toBe(name);
      expect((await aiinfn([...argv, '--help'])).code).toBe(0);
    }
  });

  test('as JSON is one document with every command, or the one that was asked for', async () => {
    expect(await json(['help'])).toEqual(NAMES.map((name) => expect.objectContaining({ name }) as unknown));
    expect(await json([])).toHaveLength(NAMES.length);
    expect(await json(['gpus', '--help'])).toMatchObject({
      name: 'gpus',
      usage: '[SITE...]',
      options: { json: { type: 'boolean' } },
    });
  });
});

describe('a command line that cannot be read', () => {
  test.each([
    [['gpu'], "there is no command 'gpu'; did you mean 'gpus'?"],
    [['frobnicate'], `there is no command 'frobnicate'; there are: ${NAMES.join(', ')}`],
    [['help', 'frobnicate'], "there is no command 'frobnicate'"],
    [['--check', 'render'], 'the command comes first'],
    [
      ['plan', 'lab', '--agianst', 'HEAD'],
      "aiinfn plan: there is no option '--agianst'; did you mean '--against'?",
    ],
    [['gpus', '--xyzzy'], "aiinfn gpus: there is no option '--xyzzy'; there are: --json, --help"],
    [['gpus', '-x'], "there is no option '-x'"],
    [['plan', 'lab', '--against'], "'--against <value>' argument missing"],
    [['plan', 'lab', '--against='], '--against was given an empty value'],
    [['down', 'cnaf', '--destroy-data='], '--destroy-data was given an empty value'],
    [['render', '--check=yes'], "'--check' does not take an argument"],
    [['explain'], 'aiinfn explain: SITE is missing'],
    [['explain', 'lab', 'cnaf'], "aiinfn explain: one argument too many: 'cnaf'"],
    [['up', 'lab', 'cnaf'], "one argument too many: 'cnaf'"],
    [['down', 'lab', 'cnaf'], "one argument too many: 'cnaf'"],
    [['docs', 'lab'], "one argument too many: 'lab'"],
    [['new-site'], 'NAME is missing'],
    [['lock'], 'check|resolve is missing'],
    [['lock', 'break'], "'break' is neither check nor resolve"],
    [['lock', 'resolve', '--release'], '--release belongs to check'],
  ])('%j is told in one message, exit 1, nothing on standard output', async (argv, message) => {
    const { code, out, err } = await aiinfn(argv);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
  });

  test('says how the command is used', async () => {
    const { err } = await aiinfn(['explain']);
    expect(err).toContain('usage: npx aiinfn explain SITE [options]');
    expect(err).toContain('npx aiinfn explain --help');
  });

  test.each([[['gpu']], [['gpus', '--xyzzy']], [['explain']], [['gpus', 'nowhere']]])(
    '%j --json is one error document with the exit code',
    async (argv) => {
      expect(await json(argv)).toEqual({ error: expect.any(String) as unknown, findings: [], exitCode: 1 });
    },
  );
});

describe('--json', () => {
  test('may come before the command', async () => {
    expect(JSON.parse((await aiinfn(['--json', 'gpus', 'cnaf'])).out)).toMatchObject({ total: 42 });
  });
});

describe('a site', () => {
  test('that does not exist is refused with the sites there are, and a guess', async () => {
    const { code, err } = await aiinfn(['explain', 'cnfa']);
    expect(code).toBe(1);
    expect(err).toContain("there is no site 'cnfa'");
    expect(err).toContain('cnaf, lab, recas-bari');
    expect(err).toContain("did you mean 'cnaf'?");
    expect((await aiinfn(['explain', 'padova'])).err).toContain('npx aiinfn new-site padova');
  });

  test.each(['../../etc/passwd', 'Lab', 'a b', '.', 'x'.repeat(200)])('%j cannot name one', async (name) => {
    const { code, err } = await aiinfn(['explain', name]);
    expect(code).toBe(1);
    expect(err).toContain('cannot name a site');
  });
});

describe('a real site without a cloud', () => {
  test.each([
    ['up', 'cnaf'],
    ['down', 'cnaf'],
    ['preview', 'recas-bari'],
  ])('%s %s asks for the entry of clouds.yaml and names the one of the site file', async (verb, site) => {
    const { code, err } = await aiinfn([verb, site]);
    expect(code).toBe(1);
    expect(err).toContain(`${site} is a real site`);
    expect(err).toContain(`--cloud ${site}`);
  });

  test('an unknown machine is refused before anything is started', async () => {
    const { code, err } = await aiinfn(['up', 'cnaf', '--cloud', 'cnaf', '--replace-machine', 'a100-1']);
    expect(code).toBe(1);
    expect(err).toContain('found a100-1; allowed: control-1');
    expect(err).toContain('a100-a-1');
  });
});

describe('a fault that is not the input’s', () => {
  test('exits 2, as JSON too, and says how to see more', async () => {
    const nowhere = new Checkout('/nonexistent');
    const { code, out, err } = await aiinfn(['validate'], nowhere);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('ENOENT');
    expect(err).toContain('AIINFN_DEBUG=1');
    expect(await json(['validate'], nowhere)).toMatchObject({ exitCode: 2, findings: [] });
  });
});
