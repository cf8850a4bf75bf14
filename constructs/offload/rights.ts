import type { PlatformComponent } from '../core/component';
import { NAMESPACES } from '../network/namespaces';

/** One rule of a Role. */
interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const rule = (
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  names?: readonly string[],
): PolicyRule => ({ apiGroups: [group], resources, verbs, ...(names ? { resourceNames: names } : {}) });

/**
 * Rights of a virtual kubelet. Upstream's chart lets it read every Secret of the cluster and manage workloads everywhere; here it may
 *  - make nodes and change its own (the API cannot bind `create` to a name),
 *  - see pods everywhere, because its cache asks for all pods of its node, but change them in the batch namespace alone,
 *  - read ConfigMaps and Secrets by name in the batch namespace alone, without listing: those that an offloaded pod mounts.
 * So environment variables from Secrets are not resolved on virtual nodes (upstream lists all Secrets for that): offloaded Jobs
 * mount their Secrets as volumes.
 */
export function addRights(component: PlatformComponent, node: string): void {
  const subject = { kind: 'ServiceAccount', name: node, namespace: component.home };
  grant(component, node, subject, undefined, [
    rule('', ['nodes'], ['create']),
    rule('', ['nodes'], ['get', 'update', 'patch', 'delete'], [node]),
    rule('', ['nodes/status'], ['update', 'patch'], [node]),
    rule('', ['pods'], ['get', 'list', 'watch']),
  ]);
  grant(component, node, subject, NAMESPACES.batch.name, [
    rule('', ['pods'], ['update', 'patch', 'delete']),
    rule('', ['pods/status'], ['update', 'patch']),
    rule('', ['configmaps', 'secrets'], ['get']),
    rule('', ['events'], ['create', 'patch']),
  ]);
  grant(component, node, subject, 'kube-node-lease', [
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['get', 'update', 'patch'], [node]),
  ]);
}

/** Role and binding; cluster-wide without a namespace. */
function grant(
  component: PlatformComponent,
  name: string,
  subject: object,
  namespace: string | undefined,
  rules: readonly PolicyRule[],
): void {
  const prefix = namespace ? '' : 'Cluster';
  const metadata = { name, ...(namespace ? { namespace } : {}) };
  component.add({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: `${prefix}Role`, metadata, rules });
  component.add({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: `${prefix}RoleBinding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${prefix}Role`, name },
    subjects: [subject],
  });
}
