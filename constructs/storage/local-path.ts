import type { Construct } from 'constructs';

import { PlatformComponent } from '../core/component';
import { allowKubernetesApi } from '../core/network';
import { toYaml } from '../core/render';
import { addWorkload, configVolume, scratchVolume } from '../core/workload';
import { WAVES } from '../delivery/waves';
import { NAMESPACES } from '../network/namespaces';
import { planMachines, type Site } from '../site';

/** Name of StorageClass and provisioner; the default of `storage.class`. */
export const LOCAL_PATH = 'local-path';
const PROVISIONER = 'rancher.io/local-path';
const CONFIG = 'local-path-config';
/** Where volumes lie on machines without a data volume: below a folder that upgrades of the system leave alone. */
const SYSTEM_DISK = '/var/lib/ai-infn/volumes';
/** Where they lie on machines with one: first boot mounts it at /srv/data (stacks/cluster/host-files.ts). */
const DATA_DISK = '/srv/data/volumes';
/** Any user but root. */
const USER = 65_534;

/** Does the platform bring the class itself? An existing cluster brings its own classes. */
export function bringsLocalPath(site: Site): boolean {
  return site.storage.class === LOCAL_PATH && site.kubernetes.cluster === undefined;
}

/**
 * Volumes on the machines' own disks (Rancher's local-path provisioner): RKE2 installs no StorageClass, and PostgreSQL and Redis replicate
 * by themselves, so that a network volume would only be slower. A volume stays on its machine and outlives its claim (`Retain`).
 */
export class LocalPath extends PlatformComponent {
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: NAMESPACES.localPath.name, wave: WAVES['local-path'] });
    this.addClass();
    const data = this.configuration();
    this.add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: CONFIG, namespace: this.home }, data });
    this.addProvisioner(data);
    this.addRights();
  }

  private addClass(): void {
    this.add({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      // Of type local, not hostPath: only then does the kubelet give the volume to the pod's group.
      metadata: { name: LOCAL_PATH, annotations: { defaultVolumeType: 'local' } },
      provisioner: PROVISIONER,
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Retain',
    });
  }

  private configuration(): Record<string, string> {
    const nodePathMap = [
      { node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [SYSTEM_DISK] },
      ...planMachines(this.site)
        .machines.filter(({ volume }) => volume !== undefined)
        .map(({ name }) => ({ node: name, paths: [DATA_DISK] })),
    ];
    return {
      'config.json': JSON.stringify({ nodePathMap }),
      setup: '#!/bin/sh\nset -eu\nmkdir -p -m 0770 "$VOL_DIR"\n',
      // Reached only when somebody deletes the PersistentVolume of a class with another reclaim policy: data goes by hand.
      teardown: '#!/bin/sh\necho "kept: $VOL_DIR"\n',
      'helperPod.yaml': toYaml(helperPod(this.lock.image('redis'))),
    };
  }

  private addProvisioner(config: Readonly<Record<string, string>>): void {
    const { peer } = addWorkload(this, {
      name: LOCAL_PATH,
      kind: 'Deployment',
      // Two would race for the same claim.
      updateStrategy: 'Recreate',
      user: USER,
      apiAccess: true,
      restartOn: config,
      containers: [
        {
          name: LOCAL_PATH,
          image: this.lock.image('local-path-provisioner'),
          command: ['local-path-provisioner', 'start', '--config', '/etc/config/config.json'],
          args: [
            ...['--service-account-name', LOCAL_PATH],
            ...['--provisioner-name', PROVISIONER],
            ...['--helper-image', this.lock.image('redis')],
            ...['--configmap-name', CONFIG],
          ],
          env: [
            { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
            { name: 'CONFIG_MOUNT_PATH', value: '/etc/config/' },
          ],
          resources: { cpu: '20m', memory: '128Mi' },
          mounts: [
            { name: 'config', mountPath: '/etc/config', readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [configVolume('config', CONFIG), scratchVolume('tmp', '10Mi')],
    });
    allowKubernetesApi(peer, 'the provisioner watches claims and makes volumes');
  }

  private addRights(): void {
    const read = ['get', 'list', 'watch'];
    this.bind('Role', [{ apiGroups: [''], resources: ['pods'], verbs: [...read, 'create', 'delete'] }]);
    this.bind('ClusterRole', [
      {
        apiGroups: [''],
        resources: ['nodes', 'persistentvolumeclaims', 'configmaps', 'pods', 'pods/log'],
        verbs: read,
      },
      {
        apiGroups: [''],
        resources: ['persistentvolumes'],
        verbs: [...read, 'create', 'patch', 'update', 'delete'],
      },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: read },
    ]);
  }

  private bind(kind: 'Role' | 'ClusterRole', rules: readonly object[]): void {
    const metadata = { name: LOCAL_PATH, ...(kind === 'Role' ? { namespace: this.home } : {}) };
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    this.add({ apiVersion, kind, metadata, rules });
    this.add({
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: LOCAL_PATH },
      subjects: [{ kind: 'ServiceAccount', name: LOCAL_PATH, namespace: this.home }],
    });
  }
}

/** The pod that makes a volume's folder on its machine; as root, because the folder above belongs to root. */
function helperPod(image: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'helper-pod' },
    spec: {
      automountServiceAccountToken: false,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'helper-pod',
          image,
          imagePullPolicy: 'IfNotPresent',
          resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '32Mi' } },
          securityContext: { runAsUser: 0, allowPrivilegeEscalation: false },
        },
      ],
    },
  };
}
