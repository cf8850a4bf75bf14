import { POD_CARRIERS, type KindMatch } from './kinds';

/** An object a rule does not judge, until a date. */
export interface Exemption {
  /** Namespace; absent for cluster-scoped objects. */
  readonly namespace?: string;
  /** Name of the object (of the workload, not of its pods). */
  readonly workload: string;
  readonly reason: string;
  /** ISO date of the day from which the exemption no longer holds; it is looked at again then. */
  readonly expiry: string;
}

/** Where a rule comes from: control ids of published catalogues, so that their coverage can be counted. */
export interface Sources {
  /** Pod Security Standards control. */
  readonly pss?: readonly string[];
  /** kubescape control, among them those of the NSA/CISA hardening guide. */
  readonly kubescape?: readonly string[];
  /** trivy-checks ids. */
  readonly ksv?: readonly string[];
  /** kube-score check ids. */
  readonly kubeScore?: readonly string[];
  /** A document of this project, or a fact about an upstream program. */
  readonly platform?: string;
}

/**
 * What the API server does with a breach: `deny`; `warn` (and audit) where upstream charts or people break the rule for good reason;
 * `none` where the rule needs to see several objects at once.
 */
export type Admission = 'deny' | 'warn' | 'none';

/** One rule about Kubernetes objects; the predicate is CEL, so that render and API server judge by the same text. */
export interface Rule {
  /** `<area>/<rule>`, as the file is called. */
  readonly id: string;
  readonly title: string;
  /** What goes wrong without it. */
  readonly why: string;
  readonly sources: Sources;
  readonly match: readonly KindMatch[];
  /** CEL over `object` and `variables` (see variables.ts); true means compliant. All must hold. */
  readonly expressions: readonly string[];
  /** CEL giving a string that names the offending part; absent: the whole object is named. */
  readonly found?: string;
  /** What the author reads: what is allowed. */
  readonly message: string;
  readonly fix: string;
  readonly admission: Admission;
  /** `release`: a render may break the rule, a release may not. Default `render`. */
  readonly stage?: 'release';
  readonly exemptions?: readonly Exemption[];
}

/** Expression and finding of a rule that judges each container by itself, init and ephemeral ones included. */
export function everyContainer(predicate: string): Pick<Rule, 'match' | 'expressions' | 'found'> {
  return {
    match: POD_CARRIERS,
    expressions: [`variables.containers.all(c, ${predicate})`],
    found: `"container " + variables.containers.filter(c, !(${predicate})).map(c, c.name).join(", ")`,
  };
}
