import { STACK_RULES } from './crossguard/policies';
import type { Rule, Sources } from './rule';
import { RULES } from './rules';

const ADMISSION: Readonly<Record<Rule['admission'], string>> = {
  deny: 'refused',
  warn: 'warned about',
  none: 'not judged',
};
const CATALOGUES: Readonly<Record<keyof Sources, string>> = {
  pss: 'Pod Security Standards',
  kubescape: 'kubescape',
  ksv: 'trivy',
  kubeScore: 'kube-score',
  platform: 'this platform',
};

/** docs/reference/policies.md: every rule with its reason, where it comes from and what the API server does. */
export function policyReference(): string {
  const areas = [...new Set(RULES.map((rule) => area(rule)))];
  return [
    '# Policies',
    '',
    'Generated from `policies/rules/` by `npx aiinfn docs`; do not edit.',
    '',
    `${RULES.length} rules are judged on every render; one breach and nothing is written. Those that look at a single object are also`,
    'rendered as ValidatingAdmissionPolicies, so that the API server judges objects made by hand, by the hub and by vkd in the same words.',
    '',
    ...coverage(),
    ...areas.flatMap((name) =>
      section(
        name,
        RULES.filter((rule) => area(rule) === name),
      ),
    ),
    ...exemptions(),
    ...stackRules(),
  ].join('\n');
}

function area(rule: Rule): string {
  return rule.id.split('/')[0] ?? '';
}

function section(name: string, rules: readonly Rule[]): string[] {
  return [
    `## ${name}`,
    '',
    '| rule | why | allowed | API server | sources |',
    '| --- | --- | --- | --- | --- |',
    ...rules.map((rule) =>
      row([
        `\`${rule.id}\` ${rule.title}`,
        rule.why,
        rule.message,
        serverAction(rule),
        sources(rule.sources),
      ]),
    ),
    '',
  ];
}

function serverAction(rule: Rule): string {
  return rule.stage === 'release'
    ? `${ADMISSION[rule.admission]}; required for a release`
    : ADMISSION[rule.admission];
}

function sources(from: Sources): string {
  return Object.entries(from)
    .map(([catalogue, ids]) => `${CATALOGUES[catalogue as keyof Sources]}: ${[ids].flat().join(', ')}`)
    .join('; ');
}

function coverage(): string[] {
  const ids = (key: 'pss' | 'kubescape' | 'ksv' | 'kubeScore'): number =>
    new Set(RULES.flatMap((rule) => rule.sources[key] ?? [])).size;
  return [
    '| catalogue | controls that a rule answers |',
    '| --- | --- |',
    ...(['pss', 'kubescape', 'ksv', 'kubeScore'] as const).map((key) =>
      row([CATALOGUES[key], String(ids(key))]),
    ),
    '',
  ];
}

function stackRules(): string[] {
  return [
    '## OpenStack resources',
    '',
    'Judged by the policy pack `policies/crossguard` on `pulumi preview` and `pulumi up`; each breach is mandatory.',
    '',
    '| rule | why | resource |',
    '| --- | --- | --- |',
    ...STACK_RULES.map((rule) => row([`\`${rule.name}\``, rule.description, `\`${rule.type}\``])),
    '',
  ];
}

function exemptions(): string[] {
  const rows = RULES.flatMap((rule) =>
    (rule.exemptions ?? []).map((e) =>
      row([`\`${rule.id}\``, [e.namespace, e.workload].filter(Boolean).join('/'), e.reason, e.expiry]),
    ),
  );
  return [
    '## Exemptions',
    '',
    ...(rows.length > 0
      ? ['| rule | workload | reason | until |', '| --- | --- | --- | --- |', ...rows]
      : ['None.']),
    '',
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
