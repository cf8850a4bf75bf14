import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { checkManifests } from '../../policies/check';
import type { Rule } from '../../policies/rule';
import { RULES } from '../../policies/rules';
import { outsideSubset } from '../../policies/subset';
import type { RuleCases } from './cases/case';
import { CERTIFICATE_CASES } from './cases/certificates';
import { PLATFORM_CASES } from './cases/platform';
import { WORKLOAD_CASES } from './cases/workloads';
import { rendered, SITE, type Plain } from './fixtures';

const CASES: Readonly<Record<string, RuleCases>> = {
  ...WORKLOAD_CASES,
  ...PLATFORM_CASES,
  ...CERTIFICATE_CASES,
};
const ROOT = join(__dirname, '..', '..');

function breaches(rule: Rule, entry: Plain | readonly Plain[]): readonly string[] {
  const objects = rendered(...(Array.isArray(entry) ? (entry as Plain[]) : [entry as Plain]));
  return checkManifests(objects, SITE, { stage: 'release', rules: [rule] }).map(({ found }) => found);
}

/** Every rule accepts what it must accept and has been seen to fire on what it must refuse. */
describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const cases = CASES[id] ?? { compliant: [], violating: [] };

  it('accepts compliant objects', () => {
    expect(cases.compliant.length).toBeGreaterThan(0);
    expect(cases.compliant.map((entry) => breaches(rule, entry))).toEqual(cases.compliant.map(() => []));
  });

  it('fires on violating objects, saying what it found', () => {
    expect(cases.violating.length).toBeGreaterThan(0);
    const found = cases.violating.map((entry) => breaches(rule, entry));
    expect(found.map((breach) => breach.length)).toEqual(cases.violating.map(() => 1));
    expect(found.flat().filter((text) => text.includes('cannot read'))).toEqual([]);
  });

  it('is complete and stays within the CEL that the API server shares', () => {
    const texts = [...rule.expressions, rule.found ?? '""'];
    expect(texts.flatMap(outsideSubset)).toEqual([]);
    expect(/\b(tree|self)\b/.test(texts.join(' ')) && rule.admission !== 'none').toBe(false);
    expect(Object.values(rule.sources).flat().length).toBeGreaterThan(0);
    expect([rule.title, rule.why, rule.message, rule.fix].every((text) => text.length > 5)).toBe(true);
  });

  it('stands in the file of its name', () => {
    expect(existsSync(join(ROOT, 'policies', 'rules', `${id}.ts`))).toBe(true);
  });

  it('has exemptions with a reason and an end', () => {
    for (const exemption of rule.exemptions ?? []) {
      expect(exemption.reason.length).toBeGreaterThan(10);
      expect(exemption.expiry).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });
});

describe('the rule table', () => {
  it('lists every file of policies/rules once, and cases are for rules that exist', () => {
    const files = readdirSync(join(ROOT, 'policies', 'rules'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.includes('/'))
      .map((path) => path.replace(/\.ts$/, ''));
    expect(RULES.map((rule) => rule.id).sort()).toEqual(files.sort());
    expect(Object.keys(CASES).sort()).toEqual(files);
  });

  it('has at least thirty rules', () => {
    expect(RULES.length).toBeGreaterThanOrEqual(30);
  });

  it('answers every control of the Pod Security Standards that is about Linux pods', () => {
    const controls = new Set(RULES.flatMap((rule) => rule.sources.pss ?? []));
    expect([...controls].sort()).toEqual(
      expect.arrayContaining([
        ...[
          '/proc Mount Type',
          'AppArmor',
          'Capabilities',
          'Host Namespaces',
          'Host Ports',
          'HostPath Volumes',
        ],
        ...[
          'Privilege Escalation',
          'Privileged Containers',
          'Running as Non-root',
          'Running as Non-root user',
        ],
        ...['SELinux', 'Seccomp', 'Sysctls', 'Volume Types'],
      ]),
    );
  });
});
