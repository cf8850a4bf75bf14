import type { PlatformComponent } from '../core/component';
import { SESSION_ACCOUNT } from './session';

/**
 * What KubeSpawner needs in the hub's namespace and nowhere else: make, watch and delete pods, read their events. No Secrets,
 * volumes or Services: sessions use none of their own.
 */
export function addSpawnerRights(component: PlatformComponent, account: string): void {
  const namespace = component.home;
  component.add({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'spawner', namespace },
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      { apiGroups: [''], resources: ['events'], verbs: ['get', 'list', 'watch'] },
    ],
  });
  component.add({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'spawner', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'spawner' },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  });
  component.add({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: SESSION_ACCOUNT, namespace },
    automountServiceAccountToken: false,
  });
}
