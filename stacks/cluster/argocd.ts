import { Document } from 'yaml';

import { HEALTH_SCRIPTS, IN_CLUSTER, NAMESPACES, type LockedChart, type Site } from '../../constructs';

/** A plain Kubernetes object, for @pulumi/kubernetes' CustomResource. */
export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly [field: string]: unknown };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** AppProject of the root Application: it may make Applications and projects, and nothing else. */
const ROOT_PROJECT = 'root';
const APPLICATION_API = 'argoproj.io/v1alpha1';

/** Kinds that must be served before the root Application can be made. */
export const ARGOCD_KINDS = ['AppProject', 'Application'] as const;
/** Group and version of {@link ARGOCD_KINDS}. */
export const ARGOCD_API = APPLICATION_API;

/**
 * Values of upstream's argo-cd chart. Tracking by annotation, because labels are cut at 63 characters and copied by
 * controllers; no ApplicationSet, Dex or notifications, because Applications are rendered and reviewed one by one.
 */
export function argocdValues(): object {
  const setting = (kind: string): string => `resource.customizations.health.${kind.replace('/', '_')}`;
  return {
    configs: {
      cm: {
        'application.resourceTrackingMethod': 'annotation',
        'timeout.reconciliation': '60s',
        ...Object.fromEntries(
          Object.entries(HEALTH_SCRIPTS).map(([kind, script]) => [setting(kind), script]),
        ),
      },
    },
    applicationSet: { replicas: 0 },
    dex: { enabled: false },
    notifications: { enabled: false },
  };
}

/**
 * Argo CD as an object of RKE2's Helm controller, which runs `helm` inside the cluster: the stack needs no Helm and the
 * operator's machine no access to the chart's repository.
 */
export function argocdChart(chart: LockedChart): PlainObject {
  const oci = chart.repo.startsWith('oci://');
  return {
    apiVersion: 'helm.cattle.io/v1',
    kind: 'HelmChart',
    metadata: { name: 'argo-cd', namespace: 'kube-system' },
    spec: {
      ...(oci ? { chart: `${chart.repo}/${chart.chart}` } : { repo: chart.repo, chart: chart.chart }),
      version: chart.version,
      targetNamespace: NAMESPACES.argocd.name,
      createNamespace: false,
      valuesContent: new Document(argocdValues()).toString({ lineWidth: 0 }),
    },
  };
}

/** The project that the root Application belongs to. */
export function rootProject(site: Site): PlainObject {
  return {
    apiVersion: APPLICATION_API,
    kind: 'AppProject',
    metadata: { name: ROOT_PROJECT, namespace: NAMESPACES.argocd.name },
    spec: {
      description: `Applications of ${site.title}`,
      sourceRepos: [site.delivery.repo],
      destinations: [{ server: IN_CLUSTER, namespace: NAMESPACES.argocd.name }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: ARGOCD_KINDS.map((kind) => ({ group: 'argoproj.io', kind })),
    },
  };
}

/**
 * The one Application that Pulumi makes; all others are in the folder it points to. It bears no finalizer: deleting it
 * leaves everything running, because data must not go with a stack operation.
 */
export function rootApplication(site: Site): PlainObject {
  return {
    apiVersion: APPLICATION_API,
    kind: 'Application',
    metadata: { name: ROOT_PROJECT, namespace: NAMESPACES.argocd.name },
    spec: {
      project: ROOT_PROJECT,
      source: {
        repoURL: site.delivery.repo,
        targetRevision: site.delivery.revision,
        path: `charts-out/${site.name}/delivery`,
        directory: { recurse: true, include: '*.yaml' },
      },
      destination: { server: IN_CLUSTER, namespace: NAMESPACES.argocd.name },
      syncPolicy: {
        automated: { enabled: true, prune: true, selfHeal: true },
        retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
        syncOptions: ['ServerSideApply=true', 'FailOnSharedResource=true'],
      },
    },
  };
}
