import { addCertificate } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import { allowKubernetesApi, connect, type Peer } from '../core/network';
import type { SecretSource } from '../core/secrets';
import { NAMESPACES } from '../network/namespaces';
import { gi } from '../site';
import type { ObjectStore } from './object-store';
import type { MetadataStore } from './redis';

/** Name of the file system and of its StorageClass. */
export const JUICEFS = 'juicefs';
/** Bucket of its blocks. */
export const JUICEFS_BUCKET = 'juicefs';
/** Secret the CSI driver reads: where metadata and blocks are, and the keys to both. */
export const JUICEFS_SECRET = 'juicefs-volume';

const CLIENT_TLS = 'juicefs-client';
/** Where mount pods find the client certificate: the driver mounts Secrets named in `configs`. */
const TLS_DIR = '/etc/juicefs-tls';

/** What the file system stands on. */
export interface JuicefsProps {
  readonly metadata: MetadataStore;
  readonly objects: ObjectStore;
  /** Namespaces whose pods see the whole file system as PersistentVolumeClaim `juicefs`. */
  readonly namespaces: readonly string[];
}

/**
 * The shared file system: a StorageClass (one directory with a quota per claim) and a claim on the whole of it in the given namespaces.
 * Blocks are encrypted before they leave the node; the RSA key comes from the operator, because losing it loses all data.
 */
export function addJuicefs(component: PlatformComponent, props: JuicefsProps): void {
  declareVolume(component, props);
  addCertificate(component, {
    name: CLIENT_TLS,
    namespace: NAMESPACES.juicefs.name,
    commonName: JUICEFS,
    dnsNames: [],
    usages: ['client auth'],
  });
  addStorageClass(component);
  for (const namespace of props.namespaces) addSharedVolume(component, namespace);
  for (const peer of clients(component)) {
    connect(peer, props.metadata.primary, ['redis'], 'metadata of the shared file system');
    props.objects.allow(peer, 'blocks of the shared file system');
    allowKubernetesApi(peer, 'the driver makes mount pods and volumes');
  }
}

/** Pods of the driver, as its chart and its mount pods label them. */
function clients(component: PlatformComponent): Peer[] {
  const at = { component, namespace: NAMESPACES.juicefs.name };
  return [
    { ...at, name: 'juicefs-mount', labels: { 'app.kubernetes.io/name': 'juicefs-mount' } },
    { ...at, name: 'juicefs-csi', labels: { 'app.kubernetes.io/name': 'juicefs-csi-driver' } },
  ];
}

function declareVolume(component: PlatformComponent, { metadata, objects }: JuicefsProps): void {
  const bucket = objects.bucket(JUICEFS_BUCKET);
  const { primary, password } = metadata;
  const tls = `tls-cert-file=${TLS_DIR}/tls.crt&tls-key-file=${TLS_DIR}/tls.key&tls-ca-cert-file=${TLS_DIR}/ca.crt`;
  const metaurl = `rediss://juicefs:\${password}@${primary.host}:${primary.ports['redis'] ?? 6379}/1?${tls}`;
  const environment = {
    JFS_RSA_PASSPHRASE: '${passphrase}',
    // The store's certificate comes from the platform's own authority.
    ...(bucket.privateCa ? { SSL_CERT_FILE: `${TLS_DIR}/ca.crt` } : {}),
  };
  const passphrase = {
    namespace: NAMESPACES.juicefs.name,
    name: 'juicefs-passphrase',
    key: 'passphrase',
  };
  const text = (value: string): SecretSource => ({ kind: 'template', text: value, refs: {} });
  component.declareSecret({
    namespace: passphrase.namespace,
    name: passphrase.name,
    purpose:
      'pass phrase of the RSA key that wraps the block keys; keep a copy in escrow: without it the data are lost',
    keys: { passphrase: { kind: 'random', bytes: 48, encoding: 'base64url' } },
    consumers: [`${passphrase.namespace}/juicefs-csi`],
    rotation: { days: 3650, how: 'only by copying into a new file system' },
  });
  component.declareSecret({
    namespace: NAMESPACES.juicefs.name,
    name: JUICEFS_SECRET,
    purpose: 'the shared file system: metadata, blocks, encryption',
    keys: {
      name: text(JUICEFS),
      metaurl: { kind: 'template', text: metaurl, refs: { password } },
      storage: text('s3'),
      bucket: text(`${bucket.endpoint}/${bucket.name}`),
      'access-key': { kind: 'copy', of: bucket.accessKey },
      'secret-key': { kind: 'copy', of: bucket.secretKey },
      envs: { kind: 'template', text: JSON.stringify(environment), refs: { passphrase } },
      configs: text(JSON.stringify({ [CLIENT_TLS]: TLS_DIR })),
      encrypt_rsa_key: { kind: 'static', setting: 'juicefs.rsaKey' },
    },
    consumers: [`${NAMESPACES.juicefs.name}/juicefs-csi`],
    rotation: { days: 180, how: 'follows Redis and the bucket; mount pods take it when they are made anew' },
  });
}

function addStorageClass(component: PlatformComponent): void {
  const secret = { name: JUICEFS_SECRET, namespace: NAMESPACES.juicefs.name };
  const roles = ['provisioner', 'node-publish', 'controller-expand'];
  component.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: JUICEFS },
    provisioner: 'csi.juicefs.com',
    parameters: Object.fromEntries(
      roles.flatMap((role) => [
        [`csi.storage.k8s.io/${role}-secret-name`, secret.name],
        [`csi.storage.k8s.io/${role}-secret-namespace`, secret.namespace],
      ]),
    ),
    reclaimPolicy: 'Retain',
    allowVolumeExpansion: true,
    volumeBindingMode: 'Immediate',
  });
}

/** A PersistentVolume and its claim; the capacity of a static volume is not enforced. */
function addSharedVolume(component: PlatformComponent, namespace: string): void {
  const name = `${JUICEFS}-${namespace}`;
  const capacity = gi(component.site.storage.capacity);
  const claim = { name: JUICEFS, namespace };
  component.add({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels: { 'app.kubernetes.io/name': JUICEFS } },
    spec: {
      capacity: { storage: capacity },
      accessModes: ['ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim },
      csi: {
        driver: 'csi.juicefs.com',
        volumeHandle: name,
        fsType: JUICEFS,
        nodePublishSecretRef: { name: JUICEFS_SECRET, namespace: NAMESPACES.juicefs.name },
      },
    },
  });
  component.add({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...claim, annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' } },
    spec: {
      accessModes: ['ReadWriteMany'],
      storageClassName: '',
      volumeName: name,
      resources: { requests: { storage: capacity } },
    },
  });
}

/** Values of the chart `juicefs-csi-driver`; the same at every site. */
export function juicefsCsiValues(): Readonly<Record<string, unknown>> {
  return {
    // Sidecars would need privileges in the pods of scientists; a mount pod per node keeps them apart.
    mountMode: 'mountpod',
    // Helm hooks would delete and make the CSIDriver object at every sync.
    csidriver: { disableHooks: true },
    controller: { replicas: 2, provisioner: true },
    node: { resources: { requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '1Gi' } } },
    // Its default password is `admin`, and it may do much in the cluster.
    dashboard: { enabled: false },
    // StorageClass and Secrets are ours.
    storageClasses: [],
    globalConfig: {
      enabled: true,
      manageByHelm: true,
      mountPodPatch: [
        {
          resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '4Gi' } },
          mountOptions: ['cache-size=20480', 'backup-meta=3600'],
        },
      ],
    },
  };
}
