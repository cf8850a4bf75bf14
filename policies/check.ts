import type { Finding, RenderedObject, Site } from '../constructs';
import { celValue, evaluateCel } from './cel';
import { POD_CARRIERS } from './kinds';
import type { Exemption, Rule } from './rule';
import { RULES } from './rules';
import { POD_VARIABLES, siteVariables } from './variables';

/** A manifest as far as rules and index need to know it. */
interface Known {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly podSelector?: object;
    readonly policyTypes?: readonly string[];
  };
}

/** What a rule may ask about the other objects of the tree; sets, so that judging stays linear in objects. */
interface TreeIndex {
  /** `<namespace> <selector>` of every PodDisruptionBudget. */
  readonly budgets: Readonly<Record<string, true>>;
  /** Namespaces whose pods are all denied both directions by default. */
  readonly denied: Readonly<Record<string, true>>;
  /** Namespaces the tree creates. */
  readonly namespaces: Readonly<Record<string, true>>;
}

/** Options of a check. */
export interface CheckOptions {
  /** `release` also judges what a render may leave open, such as unresolved digests. Default `render`. */
  readonly stage?: 'render' | 'release';
  /** Rules to judge by; default all. Tests give one. */
  readonly rules?: readonly Rule[];
}

/** Judges every object by every rule of its kind; one finding per object and rule. Linear in objects. */
export function checkManifests(
  objects: readonly RenderedObject[],
  site: Site,
  options: CheckOptions = {},
): readonly Finding[] {
  const rules = byKind(
    (options.rules ?? RULES).filter((rule) => rule.stage !== 'release' || options.stage === 'release'),
  );
  const known = objects.map(({ path, object }) => ({ path, object: object as unknown as Known }));
  const tree = indexOf(known.map(({ object }) => object));
  const facts = siteVariables(site);
  return known.flatMap(({ path, object }) => {
    const context = { ...contextOf(object, facts), tree };
    return (rules.get(groupKind(object)) ?? [])
      .filter((rule) => !(rule.exemptions ?? []).some((exemption) => isExempt(exemption, object)))
      .flatMap((rule) =>
        judge(rule, context).map((found) => finding(rule, object, `charts-out/${site.name}/${path}`, found)),
      );
  });
}

function byKind(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, Rule[]>();
  for (const rule of rules) {
    for (const { group, kind } of rule.match)
      found.set(`${group}/${kind}`, [...(found.get(`${group}/${kind}`) ?? []), rule]);
  }
  return found;
}

/** Group and kind; versions do not matter to rules. */
function groupKind(object: Known): string {
  const [group, version] = String((object as { apiVersion?: unknown }).apiVersion).split('/');
  return `${version === undefined ? '' : group}/${object.kind}`;
}

const CARRIERS: ReadonlySet<string> = new Set(POD_CARRIERS.map(({ group, kind }) => `${group}/${kind}`));

function contextOf(
  manifest: Known,
  facts: object,
): { object: unknown; variables: Record<string, unknown>; self: object } {
  const object = celValue(manifest);
  const variables: Record<string, unknown> = { ...facts };
  if (CARRIERS.has(groupKind(manifest))) {
    for (const [name, text] of Object.entries(POD_VARIABLES))
      variables[name] = evaluateCel(text, { object, variables });
  }
  return { object, variables, self: { selector: selectorKey(manifest) } };
}

function indexOf(objects: readonly Known[]): TreeIndex {
  const set = (keys: readonly string[]): Record<string, true> =>
    Object.fromEntries(keys.map((key) => [key, true]));
  const kind = (name: string): readonly Known[] => objects.filter((object) => object.kind === name);
  return {
    budgets: set(kind('PodDisruptionBudget').map(selectorKey)),
    denied: set(
      kind('NetworkPolicy')
        .filter(deniesAll)
        .map((policy) => policy.metadata.namespace ?? ''),
    ),
    namespaces: set(kind('Namespace').map((namespace) => namespace.metadata.name)),
  };
}

function selectorKey(object: Known): string {
  const labels = Object.entries(object.spec?.selector?.matchLabels ?? {}).sort();
  return `${object.metadata.namespace ?? ''} ${JSON.stringify(labels)}`;
}

function deniesAll(policy: Known): boolean {
  const { podSelector, policyTypes, ...rules } = policy.spec ?? {};
  const selectsAll = podSelector !== undefined && Object.keys(podSelector).length === 0;
  return (
    selectsAll &&
    ['Ingress', 'Egress'].every((type) => policyTypes?.includes(type)) &&
    Object.keys(rules).length === 0
  );
}

/** Whether an exemption means this object: by its name, or by the workload's name label that its pods carry too. */
export function isExempt(exemption: Exemption, object: Pick<Known, 'metadata'>): boolean {
  const { name, namespace, labels } = object.metadata;
  const names = [name, labels?.['app.kubernetes.io/name']];
  return exemption.namespace === namespace && names.includes(exemption.workload);
}

/** What was found, once per rule; an expression that fails to evaluate is a breach, as under `failurePolicy: Fail`. */
function judge(rule: Rule, context: Readonly<Record<string, unknown>>): string[] {
  try {
    if (rule.expressions.every((expression) => evaluateCel(expression, context) === true)) return [];
    return [rule.found ? String(evaluateCel(rule.found, context)) : 'otherwise'];
  } catch (error) {
    return [
      `a manifest the rule cannot read (${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)})`,
    ];
  }
}

function finding(rule: Rule, object: Known, file: string, found: string): Finding {
  const { name, namespace } = object.metadata;
  return {
    rule: rule.id,
    file,
    path: `${object.kind} ${namespace ? `${namespace}/` : ''}${name}`,
    found,
    allowed: rule.message,
    fix: rule.fix,
  };
}
