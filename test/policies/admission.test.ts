import { admissionPolicies, policyName } from '../../policies/admission';
import { evaluateCel, celValue } from '../../policies/cel';
import { RULES } from '../../policies/rules';
import { celLiteral, siteVariables } from '../../policies/variables';
import { deployment, SITE } from './fixtures';

interface Spec {
  readonly policyName?: string;
  readonly validationActions?: readonly string[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations?: readonly {
    readonly expression: string;
    readonly message: string;
    readonly messageExpression?: string;
  }[];
  readonly matchConstraints?: { readonly resourceRules: readonly unknown[] };
  readonly matchResources?: {
    readonly namespaceSelector: {
      readonly matchExpressions: readonly { readonly values: readonly string[] }[];
    };
  };
}
const manifests = admissionPolicies(SITE);
const spec = (kind: string, rule: string): Spec => {
  const found = manifests.find(
    (m) => m.kind === kind && m.metadata.name === `ai-infn-${rule.replaceAll('/', '-')}`,
  );
  if (!found) throw new Error(`no ${kind} of ${rule}`);
  return found['spec'] as Spec;
};

describe('admission policies', () => {
  it('give one policy and one binding to every rule that looks at one object', () => {
    const rules = RULES.filter((rule) => rule.admission !== 'none');
    expect(rules.length).toBeGreaterThan(60);
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
      expect(manifests.filter((m) => m.kind === kind).map((m) => m.metadata.name)).toEqual(
        rules.map(policyName),
      );
    expect(manifests).toHaveLength(2 * rules.length);
  });

  it('judge by the same text as the render and by the facts of the site', () => {
    const { variables, validations } = spec('ValidatingAdmissionPolicy', 'gateway/route-hosts');
    expect(variables).toEqual([{ name: 'domain', expression: '"hub.example.org"' }]);
    const rule = RULES.find(({ id }) => id === 'gateway/route-hosts');
    expect(validations?.map(({ expression }) => expression)).toEqual(rule?.expressions);
    expect(validations?.[0]).toMatchObject({
      message: `${rule?.message ?? ''} [gateway/route-hosts]`,
      messageExpression: `${rule?.found ?? ''} + "; allowed: ${rule?.message ?? ''} [gateway/route-hosts]"`,
    });
  });

  it('define each variable after those it uses, and no other', () => {
    expect(spec('ValidatingAdmissionPolicy', 'pod/seccomp').variables?.map((v) => v.name)).toEqual([
      'pod',
      'containers',
    ]);
    expect(spec('ValidatingAdmissionPolicy', 'accelerators/known').variables?.map((v) => v.name)).toEqual([
      'devices',
      'pod',
      'containers',
    ]);
    expect(spec('ValidatingAdmissionPolicy', 'delivery/project').variables).toBeUndefined();
  });

  it('evaluate to the same verdict from their own variables as the check does', () => {
    const { variables, validations } = spec('ValidatingAdmissionPolicy', 'pod/not-privileged');
    const verdict = (manifest: unknown): unknown => {
      const context = { object: celValue(manifest), variables: {} as Record<string, unknown> };
      for (const { name, expression } of variables ?? [])
        context.variables[name] = evaluateCel(expression, context);
      return validations?.map(({ expression }) => evaluateCel(expression, context));
    };
    expect(verdict(deployment())).toEqual([true]);
    expect(verdict(deployment({ container: { securityContext: { privileged: true } } }))).toEqual([false]);
  });

  it('refuse what is dangerous, warn where upstream has reasons, and always audit', () => {
    expect(spec('ValidatingAdmissionPolicyBinding', 'pod/not-privileged').validationActions).toEqual([
      'Deny',
      'Audit',
    ]);
    expect(spec('ValidatingAdmissionPolicyBinding', 'rbac/no-cluster-admin').validationActions).toEqual([
      'Warn',
      'Audit',
    ]);
  });

  it('leave the pods of upstream charts to upstream, but watch Applications wherever they stand', () => {
    const namespaces = (rule: string): readonly string[] =>
      spec('ValidatingAdmissionPolicyBinding', rule).matchResources?.namespaceSelector.matchExpressions[0]
        ?.values ?? [];
    expect(namespaces('pod/not-privileged')).toContain('hub');
    expect(namespaces('pod/not-privileged')).not.toContain('gpu-operator');
    expect(namespaces('pod/not-privileged')).not.toContain('argocd');
    expect(namespaces('delivery/pinned')).toContain('argocd');
  });

  it('match every version and both writes of each kind', () => {
    expect(spec('ValidatingAdmissionPolicy', 'batch/cron-deadline').matchConstraints?.resourceRules).toEqual([
      { apiGroups: ['batch'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['cronjobs'] },
    ]);
  });
});

describe('facts of the site', () => {
  it('hold domain, devices that exist, grace and privileged namespaces', () => {
    expect(siteVariables(SITE)).toEqual({
      domain: 'hub.example.org',
      devices: ['nvidia.com/gpu'],
      grace: 10n,
      privileged: expect.arrayContaining(['gpu-operator', 'homes']) as unknown,
    });
  });

  it.each([
    ['a "b"', '"a \\"b\\""'],
    [10n, '10'],
    [['a', 'b'], '["a", "b"]'],
  ])('write %j as CEL that means the same', (value, text) => {
    expect(celLiteral(value)).toBe(text);
    expect(evaluateCel(text, {})).toEqual(value);
  });
});
