import fc from 'fast-check';

import { MAX_TEXT, readYaml } from '../../../constructs/site/yaml';

const TEXT = [
  'name: lab',
  'cloud:',
  '  dns: [192.0.2.1, 192.0.2.2]',
  'hosts: &hosts',
  '  server-1: { t4: 8 }',
  'nodes:',
  '  t4: { host: &h server-1, cards: { t4: 4 } }',
  '  t4b: { host: *h }',
  'empty:',
  '',
].join('\n');

describe('YAML reader', () => {
  const source = readYaml(TEXT, 'lab.yaml');

  test.each<[path: PropertyKey[], at: 'key' | 'value', line: number, column: number]>([
    [['name'], 'value', 1, 7],
    [['name'], 'key', 1, 1],
    [['cloud', 'dns', 1], 'value', 3, 20],
    [['cloud', 'dns'], 'key', 3, 3],
    [['nodes', 't4', 'cards', 't4'], 'value', 7, 41],
    [['nodes', 't4', 'cards', 't4'], 'key', 7, 37],
    [['nodes', 't4b', 'host'], 'value', 8, 16],
    [['empty'], 'value', 9, 1],
  ])('finds %j (%s) in line %i, column %i', (path, at, line, column) => {
    expect(source.findings).toEqual([]);
    expect(source.locate(path, at)).toEqual({ line, column });
  });

  test.each<[path: PropertyKey[], line: number, column: number]>([
    [['nodes', 't4', 'flavor'], 7, 3],
    [['cloud', 'subnet'], 2, 1],
    [['domain'], 1, 1],
    [['name', 'deeper'], 1, 1],
    [['cloud', 'dns', 7], 3, 3],
  ])('points for the absent %j at what encloses it', (path, line, column) => {
    expect(source.locate(path)).toEqual({ line, column });
  });

  test('reads keys of numbers as words', () => {
    expect(readYaml('1: a\n', 'x.yaml').input).toEqual({ 1: 'a' });
  });

  test('reads files with Windows line ends and a byte order mark', () => {
    const windows = readYaml('\uFEFFname: lab\r\ntitle: x\r\n', 'x.yaml');
    expect(windows.input).toEqual({ name: 'lab', title: 'x' });
    expect(windows.locate(['title'], 'key').line).toBe(2);
  });

  test('refuses texts larger than any site file', () => {
    const { input, findings } = readYaml(`name: ${'x'.repeat(MAX_TEXT)}`, 'x.yaml');
    expect(input).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: 'yaml/syntax', allowed: `at most ${MAX_TEXT}` });
  });

  test('refuses nesting that is deeper than any stack', () => {
    const { input, findings } = readYaml(`a: ${'['.repeat(60_000)}`, 'x.yaml');
    expect(input).toBeUndefined();
    expect(findings.map((f) => f.found)).toEqual(['nesting too deep to read']);
  });

  test('reports a structural error once, not the guesses that follow it', () => {
    const { findings } = readYaml('a:\n\tb: 1\n\tc: 2\na: 3\nd: [1\n', 'x.yaml');
    expect(findings.map(({ rule, line }) => [rule, line])).toEqual([['yaml/syntax', 2]]);
  });

  test('reports independent errors together', () => {
    const { findings } = readYaml('a: !x 1\nb: *nowhere\nc: 1\nc: 2\n', 'x.yaml');
    expect(findings.map(({ line }) => line).sort()).toEqual([1, 2, 4]);
  });

  test('of two equal keys the last one counts, for the data and for places', () => {
    const twice = readYaml('a: 1\na: 2\n', 'x.yaml');
    expect(twice.findings.map(({ rule, line }) => [rule, line])).toEqual([['yaml/duplicate-key', 2]]);
    expect(twice.input).toEqual({ a: 2 });
    expect(twice.locate(['a'])).toEqual({ line: 2, column: 4 });
  });

  test('an alias may not stand before its anchor', () => {
    const { findings } = readYaml('a: *later\nb: &later 1\n', 'x.yaml');
    expect(findings[0]).toMatchObject({ rule: 'yaml/syntax', line: 1, column: 4 });
  });

  test('never throws, and either has data or says why not', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '!t ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '? ',
      ',',
      '\t',
      '---\n',
      '...\n',
      '%',
      '<<: ',
      '0x',
      'null',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((p) => p.join('')),
        ),
        (text) => {
          const { input, findings } = readYaml(text, 'x.yaml');
          expect(input !== undefined || findings.length > 0).toBe(true);
          for (const { line, column } of findings)
            expect([(line ?? 0) >= 1, (column ?? 0) >= 1]).toEqual([true, true]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
