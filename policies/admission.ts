import { NAMESPACES, type Manifest, type Site } from '../constructs';
import type { KindMatch } from './kinds';
import type { Exemption, Rule } from './rule';
import { RULES } from './rules';
import { celLiteral, POD_VARIABLES, siteVariables } from './variables';

/** Namespaces whose pods come from an upstream chart: their images and settings are upstream's, judged by its own releases. */
const CHART_NAMESPACES: ReadonlySet<string> = new Set(
  (['argocd', 'certManager', 'kueue', 'gpu', 'monitoring', 'juicefs'] as const).map(
    (key) => NAMESPACES[key].name,
  ),
);

/** Areas whose kinds are ours wherever they stand, such as Applications in Argo CD's namespace. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'delivery',
  'kueue',
  'monitoring',
  'certificates',
  'gateway',
]);

/**
 * The rules as ValidatingAdmissionPolicies with their bindings (Kubernetes 1.30 and later), for the component folder `policies`: what is
 * refused at render is refused by the API server too, for objects made by hand, by the hub and by vkd. Rules that compare several
 * objects stay with the render. Ordered by rule id.
 */
export function admissionPolicies(site: Site): readonly Manifest[] {
  return RULES.filter((rule) => rule.admission !== 'none').flatMap((rule) => [
    policy(rule, site),
    binding(rule),
  ]);
}

/** Name of a rule's policy and binding in the cluster. */
export function policyName(rule: Rule): string {
  return `ai-infn-${rule.id.replaceAll('/', '-')}`;
}

function policy(rule: Rule, site: Site): Manifest {
  const variables = variablesFor(rule, site);
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: policyName(rule) },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: rule.match.map(resourceRule) },
      ...(rule.exemptions ? { matchConditions: rule.exemptions.map(exemptCondition) } : {}),
      ...(variables.length > 0 ? { variables } : {}),
      validations: rule.expressions.map((expression) => ({
        expression,
        message: `${rule.message} [${rule.id}]`,
        ...(rule.found
          ? { messageExpression: `${rule.found} + ${celLiteral(`; allowed: ${rule.message} [${rule.id}]`)}` }
          : {}),
        reason: 'Invalid',
      })),
    },
  };
}

function resourceRule(match: KindMatch): object {
  return {
    apiGroups: [match.group],
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE'],
    resources: [match.resource],
  };
}

/** Warn and Deny exclude each other; Audit leaves a trace of either. */
function binding(rule: Rule): Manifest {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policyName(rule) },
    spec: {
      policyName: policyName(rule),
      validationActions: [rule.admission === 'deny' ? 'Deny' : 'Warn', 'Audit'],
      matchResources: {
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespacesOf(rule) },
          ],
        },
      },
    },
  };
}

function namespacesOf(rule: Rule): string[] {
  const all = Object.values(NAMESPACES).map(({ name }) => name as string);
  const everywhere = EVERYWHERE.has(rule.id.split('/')[0] ?? '');
  return all.filter((name) => everywhere || !CHART_NAMESPACES.has(name)).sort();
}

/** The variables a rule names, and those that these name, in an order in which each comes after what it uses. */
function variablesFor(rule: Rule, site: Site): { name: string; expression: string }[] {
  const facts = Object.entries(siteVariables(site)).map(
    ([name, value]) => [name, celLiteral(value as string)] as const,
  );
  const known = [...facts, ...Object.entries(POD_VARIABLES)];
  const wanted = new Set<string>();
  const texts = [...rule.expressions, rule.found ?? ''];
  for (const [name, expression] of [...known].reverse()) {
    if (!texts.some((text) => new RegExp(`\\bvariables\\.${name}\\b`).test(text))) continue;
    wanted.add(name);
    texts.push(expression);
  }
  return known.filter(([name]) => wanted.has(name)).map(([name, expression]) => ({ name, expression }));
}

/** Holds for every object but the exempted workload and its pods, as `isExempt` decides at render. */
function exemptCondition(exemption: Exemption): { name: string; expression: string } {
  const workload = celLiteral(exemption.workload);
  const label = `object.metadata.?labels[?"app.kubernetes.io/name"].orValue("")`;
  const named = `(object.metadata.?name.orValue("") == ${workload} || ${label} == ${workload})`;
  const place = `object.metadata.?namespace.orValue("") == ${celLiteral(exemption.namespace ?? '')}`;
  return {
    name: `not-${[exemption.namespace, exemption.workload].filter(Boolean).join('-')}`,
    expression: `!(${place} && ${named})`,
  };
}
