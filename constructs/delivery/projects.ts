import type { Site } from '../site';
import type { DeliveredObject } from './sequence';

/** AppProject of the rendered components. */
export const PLATFORM_PROJECT = 'platform';
/** AppProject of upstream charts. */
export const CONTROLLERS_PROJECT = 'controllers';
/** Address of the cluster Argo CD runs in. */
export const IN_CLUSTER = 'https://kubernetes.default.svc';

/** A kind as an AppProject names it. */
interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** Kinds without namespace that controllers install for themselves; Helm renders them, so they cannot be read off our tree. */
const CONTROLLER_KINDS: readonly GroupKind[] = [
  { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' },
  { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
  { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', kind: 'APIService' },
  { group: 'flowcontrol.apiserver.k8s.io', kind: 'FlowSchema' },
  { group: 'flowcontrol.apiserver.k8s.io', kind: 'PriorityLevelConfiguration' },
  { group: 'nvidia.com', kind: 'ClusterPolicy' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
  { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
  { group: 'scheduling.k8s.io', kind: 'PriorityClass' },
  { group: 'storage.k8s.io', kind: 'CSIDriver' },
];

/** Spec of the project of the components: exactly the namespaces and kinds the tree has, from the one repository. */
export function platformProject(site: Site, objects: readonly DeliveredObject[]): object {
  const namespaced = objects.filter(({ namespace }) => namespace !== undefined);
  const clusterWide = objects.filter(({ namespace }) => namespace === undefined);
  return {
    description: `Rendered components of ${site.title}`,
    sourceRepos: [site.delivery.repo],
    destinations: destinations(namespaced.map(({ namespace }) => namespace ?? '')),
    clusterResourceWhitelist: kinds(clusterWide),
    namespaceResourceWhitelist: kinds(namespaced),
    orphanedResources: { warn: false },
  };
}

/** Spec of the project of upstream charts: their own repositories and namespaces. */
export function controllersProject(
  site: Site,
  repositories: readonly string[],
  namespaces: readonly string[],
): object {
  return {
    description: `Upstream controllers of ${site.title}`,
    sourceRepos: [...new Set(repositories)].sort(),
    destinations: destinations(namespaces),
    clusterResourceWhitelist: CONTROLLER_KINDS,
    orphanedResources: { warn: false },
  };
}

function destinations(namespaces: readonly string[]): object[] {
  return [...new Set(namespaces)].sort().map((namespace) => ({ server: IN_CLUSTER, namespace }));
}

function kinds(objects: readonly DeliveredObject[]): GroupKind[] {
  const byKey = new Map(objects.map(({ group, kind }) => [`${group}/${kind}`, { group, kind }]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
