import { ACCELERATORS, NVIDIA_GPU } from '../constructs/site/accelerators';
import { NAMESPACES, type NamespaceSpec, type Site } from '../constructs';

/**
 * CEL variables computed from the object, for objects that hold a pod specification. A ValidatingAdmissionPolicy gets the same texts, so
 * one rule judges a Deployment at render and its pods at admission.
 */
export const POD_VARIABLES = {
  pod: [
    'object.kind == "Pod" ? object.spec',
    'object.kind == "CronJob" ? object.spec.jobTemplate.spec.template.spec',
    'object.spec.template.spec',
  ].join(' : '),
  podLabels: [
    'object.kind == "Pod" ? object.metadata.?labels.orValue({})',
    'object.kind == "CronJob" ? object.spec.jobTemplate.spec.template.?metadata.?labels.orValue({})',
    'object.spec.template.?metadata.?labels.orValue({})',
  ].join(' : '),
  containers:
    'variables.pod.containers + variables.pod.?initContainers.orValue([]) + variables.pod.?ephemeralContainers.orValue([])',
} as const;

/** Facts of the site that rules may name as `variables.<name>`. */
export interface SiteVariables {
  /** DNS name below which everything is published. */
  readonly domain: string;
  /** Extended resources that exist here or at a remote. */
  readonly devices: readonly string[];
  /** Longest time in seconds an evicted Job has to stop. */
  readonly grace: bigint;
  /** Namespaces that may run privileged pods; each has its reason in constructs/network/namespaces.ts. */
  readonly privileged: readonly string[];
}

/** The site's facts, read off the resolved site. */
export function siteVariables(site: Site): SiteVariables {
  const kinds = [
    ...Object.values(site.nodes).flatMap((group) => Object.keys(group.cards)),
    ...Object.values(site.offload).flatMap((remote) => Object.keys(remote.gpus)),
  ];
  const namespaces: readonly NamespaceSpec[] = Object.values(NAMESPACES);
  return {
    domain: site.domain,
    devices: [...new Set(kinds.map((kind) => ACCELERATORS[kind]?.resource ?? NVIDIA_GPU))].sort(),
    grace: BigInt(site.batch.grace),
    privileged: namespaces.filter((ns) => ns.enforce === 'privileged').map((ns) => ns.name),
  };
}

/** A value as CEL text: strings, whole numbers and lists of them. */
export function celLiteral(value: string | bigint | readonly string[]): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return JSON.stringify(value);
  return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
}
