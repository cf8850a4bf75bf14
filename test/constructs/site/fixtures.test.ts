import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkSite, gpuTotal, loadSite, planMachines, RULES, schedulable } from '../../../constructs/site';
import { formatFinding, UserError, type Finding } from '../../../constructs/core/errors';

const folder = (name: string): string => join(__dirname, '..', '..', 'fixtures', name);
const read = (kind: string, file: string): string => readFileSync(join(folder(kind), file), 'utf8');
const names = (kind: string): readonly string[] =>
  readdirSync(folder(kind))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));

/** One line of an `.expect` file: rule, line:column, and words that the message must contain. */
interface Expected {
  readonly rule: string;
  readonly at: string;
  readonly words: string;
}

function expectations(name: string): readonly Expected[] {
  return read('invalid', `${name}.expect`)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [rule = '', at = '', ...words] = line.split(' ');
      return { rule, at, words: words.join(' ') };
    });
}

const said = ({ rule, line, column }: Finding): string => `${rule} ${line}:${column}`;
const message = (finding: Finding): string => formatFinding(finding);

describe('invalid site files', () => {
  const invalid = names('invalid');

  test('there are at least sixty, each with its message beside it', () => {
    expect(invalid.length).toBeGreaterThanOrEqual(60);
    const files = readdirSync(folder('invalid')).sort();
    expect(files).toEqual(invalid.flatMap((name) => [`${name}.expect`, `${name}.yaml`]).sort());
  });

  test.each(invalid)('%s is refused for exactly its defect, at its place, in clear words', (name) => {
    const { site, findings } = checkSite(read('invalid', `${name}.yaml`), `${name}.yaml`);
    const expected = expectations(name);
    expect(site).toBeUndefined();
    expect(findings.map(said).sort()).toEqual(expected.map(({ rule, at }) => `${rule} ${at}`).sort());
    for (const { rule, at, words } of expected) {
      const match = findings.filter((f) => said(f) === `${rule} ${at}`).map(message);
      expect(match.join('\n')).toContain(words);
      expect(words).not.toBe('');
    }
  });

  test.each(invalid)('%s gets complete messages: file, found, allowed and fix', (name) => {
    for (const finding of checkSite(read('invalid', `${name}.yaml`), `${name}.yaml`).findings) {
      expect(finding.file).toBe(`${name}.yaml`);
      expect(
        [finding.path, finding.found, finding.allowed, finding.fix].every((part) => part.length > 0),
      ).toBe(true);
      expect(message(finding)).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test('every rule refuses at least one of them', () => {
    const seen = new Set(invalid.flatMap((name) => expectations(name).map(({ rule }) => rule)));
    expect(RULES.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });

  test('the loader throws all faults of a file at once', () => {
    const load = (): unknown =>
      loadSite(read('invalid', 'many-faults-at-once.yaml'), 'many-faults-at-once.yaml');
    expect(load).toThrow(UserError);
    expect(load).toThrow(/^many-faults-at-once\.yaml has 7 faults:\n(.*\n){6}.*$/);
  });
});

describe('valid site files', () => {
  const valid = names('valid');
  const gpus: Readonly<Record<string, number>> = JSON.parse(read('valid', 'gpus.json')) as Record<
    string,
    number
  >;

  test('there are at least eight, each with its number of GPUs', () => {
    expect(valid.length).toBeGreaterThanOrEqual(8);
    expect(Object.keys(gpus).sort()).toEqual([...valid].sort());
  });

  test.each(valid)('%s is accepted and has the GPUs it should have', (name) => {
    const site = loadSite(read('valid', `${name}.yaml`), `${name}.yaml`);
    expect(gpuTotal(site)).toBe(gpus[name]);
    expect(schedulable(site).at(-1)?.key).toBe('cpu');
    expect(planMachines(site).quota.instances).toBe(planMachines(site).machines.length);
  });
});
