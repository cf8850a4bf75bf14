import type { k8s } from 'cdk8s-plus-28';

import { addCertificate, serviceNames } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import { addSyncJob } from '../core/job';
import { connect } from '../core/network';
import {
  addWorkload,
  configVolume,
  httpsProbe,
  scratchVolume,
  secretEnv,
  type Workload,
} from '../core/workload';
import { gi, PORTS } from '../site';
import { exposeToRemotes } from './expose';
import { type BucketRequest, bucketSecret, type ObjectStore, objectStore } from './object-store';
import { onStorageNode } from './placement';

const NAME = 'objects';
const USER = 1000;
const PORT = 9000;
/** Fewest drives for erasure coding: half of them may fail for reading, one for writing. */
const DRIVES = 4;
const ROOT_SECRET = 'objects-root';

/**
 * Object store of the MinIO line: `silo`, the maintained fork (same protocol, variables and disk format). One server with four
 * drives and TLS; `storage.capacity` is the raw size over all drives, half of it usable. A user per bucket that sees no other bucket.
 */
export function addMinio(component: PlatformComponent, buckets: readonly BucketRequest[]): ObjectStore {
  component.declareSecret({
    namespace: component.home,
    name: ROOT_SECRET,
    purpose: 'root user of the object store; used by the server and by the Job that makes buckets and users',
    keys: {
      user: { kind: 'template', text: 'objects-root', refs: {} },
      password: { kind: 'random', bytes: 32, encoding: 'hex' },
    },
    consumers: [`${component.home}/${NAME}`, `${component.home}/objects-provision`],
    rotation: { days: 180, how: 'new value, sync storage' },
  });
  const workload = addServer(component);
  const { service } = workload;
  addCertificate(component, {
    name: `${NAME}-tls`,
    namespace: component.home,
    commonName: NAME,
    dnsNames: [...serviceNames(service), `${NAME}.${component.site.domain}`],
    usages: ['server auth'],
  });
  exposeToRemotes(component, {
    service,
    port: 's3',
    nodePort: PORTS.objects,
  });
  const store = objectStore(component, {
    host: service.host,
    port: PORT,
    capabilities: ['versioning', 'lifecycle', 'policies'],
    buckets,
    privateCa: true,
    service,
    credentials: ({ name }) => ({
      accessKey: { kind: 'template', text: name, refs: {} },
      secretKey: { kind: 'random', bytes: 30, encoding: 'base64url' },
    }),
  });
  addProvisioning(component, store, buckets);
  return store;
}

function addServer(component: PlatformComponent): Workload {
  const perDrive = Math.max(1, Math.floor(component.site.storage.capacity / DRIVES));
  const drives = Array.from({ length: DRIVES }, (_, index) => `data${index + 1}`);
  return addWorkload(component, {
    name: NAME,
    kind: 'StatefulSet',
    user: USER,
    ...onStorageNode(component.site),
    graceSeconds: 60,
    containers: [
      {
        name: 'silo',
        image: component.lock.image('silo'),
        command: ['/usr/bin/silo'],
        args: [
          'server',
          `/mnt/data{1...${DRIVES}}`,
          '--address',
          `:${PORT}`,
          '--certs-dir',
          '/etc/silo/certs',
        ],
        env: [
          secretEnv('MINIO_ROOT_USER', ROOT_SECRET, 'user'),
          secretEnv('MINIO_ROOT_PASSWORD', ROOT_SECRET, 'password'),
          // No console: everything is declared, and a console is one more way in.
          { name: 'MINIO_BROWSER', value: 'off' },
        ],
        ports: { s3: PORT },
        resources: { cpu: '500m', memory: '2Gi' },
        readiness: httpsProbe('s3', '/minio/health/ready'),
        liveness: { ...httpsProbe('s3', '/minio/health/live'), failureThreshold: 6 },
        mounts: [
          ...drives.map((name) => ({ name, mountPath: `/mnt/${name}` })),
          { name: 'tls', mountPath: '/etc/silo/certs', readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [certificateVolume(), scratchVolume('tmp', '1Gi')],
    claims: drives.map((name) => ({ name, size: gi(perDrive), storageClass: component.site.storage.class })),
  });
}

/** The server's own names for the three files. */
function certificateVolume(): k8s.Volume {
  return {
    name: 'tls',
    secret: {
      secretName: `${NAME}-tls`,
      defaultMode: 0o440,
      items: [
        { key: 'tls.crt', path: 'public.crt' },
        { key: 'tls.key', path: 'private.key' },
        { key: 'ca.crt', path: 'CAs/ca.crt' },
      ],
    },
  };
}

/** Policy of a bucket's user: this bucket and nothing else, over TLS only. */
export function bucketPolicy(bucket: string): string {
  const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:*'], Resource: resources },
      {
        Effect: 'Deny',
        Action: ['s3:*'],
        Resource: resources,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  });
}

/** Makes buckets, policies and users; every command may be repeated. */
function addProvisioning(
  component: PlatformComponent,
  store: ObjectStore,
  buckets: readonly BucketRequest[],
): void {
  const policies = Object.fromEntries(buckets.map(({ name }) => [`${name}.json`, bucketPolicy(name)]));
  component.add({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'objects-provision', namespace: component.home },
    data: { 'provision.sh': provisionScript(store, buckets), ...policies },
  });
  const peer = addSyncJob(component, {
    name: 'objects-provision',
    user: USER,
    deadlineSeconds: 600,
    retries: 10,
    containers: [
      {
        name: 'mcli',
        image: component.lock.image('silo'),
        command: ['/bin/bash', '/etc/provision/provision.sh'],
        env: [
          secretEnv('ROOT_USER', ROOT_SECRET, 'user'),
          secretEnv('ROOT_PASSWORD', ROOT_SECRET, 'password'),
          ...buckets.map(({ name }) =>
            secretEnv(keyVariable(name), `${bucketSecret(name)}-store`, 'secretKey'),
          ),
        ],
        resources: { cpu: '50m', memory: '128Mi' },
        mounts: [
          { name: 'script', mountPath: '/etc/provision', readOnly: true },
          { name: 'tls', mountPath: '/tmp/.mc/certs/CAs', readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      configVolume('script', 'objects-provision'),
      { name: 'tls', secret: { secretName: `${NAME}-tls`, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      scratchVolume('tmp', '64Mi'),
    ],
  });
  for (const bucket of buckets) declareStoreCopy(component, bucket);
  if (store.service) connect(peer, store.service, ['s3'], 'buckets, policies and users');
}

/** The secret key once more in the store's namespace, where the provisioning Job can read it. */
function declareStoreCopy(component: PlatformComponent, { name, namespace }: BucketRequest): void {
  component.declareSecret({
    namespace: component.home,
    name: `${bucketSecret(name)}-store`,
    purpose: `secret key of bucket ${name}, for the Job that makes its user`,
    keys: { secretKey: { kind: 'copy', of: { namespace, name: bucketSecret(name), key: 'secretKey' } } },
    consumers: [`${component.home}/objects-provision`],
    rotation: { days: 365, how: `follows ${namespace}/${bucketSecret(name)}` },
  });
}

function keyVariable(bucket: string): string {
  return `KEY_${bucket.toUpperCase().replaceAll('-', '_')}`;
}

function provisionScript(store: ObjectStore, buckets: readonly BucketRequest[]): string {
  const endpoint = `https://${store.service?.host ?? ''}:${PORT}`;
  const each = buckets.flatMap(({ name, needs }) => [
    `mcli mb --ignore-existing store/${name}`,
    `mcli version ${needs?.includes('versioning') ? 'enable' : 'suspend'} store/${name}`,
    `mcli admin policy create store ${name} /etc/provision/${name}.json`,
    `mcli admin user add store ${name} "$${keyVariable(name)}"`,
    // Attaching what is attached already is refused: that is the state we want.
    `mcli admin policy attach store ${name} --user ${name} || mcli admin user info store ${name} | grep -q '${name}'`,
  ]);
  return [
    'set -euo pipefail',
    `mcli alias set store ${endpoint} "$ROOT_USER" "$ROOT_PASSWORD"`,
    ...each,
    '',
  ].join('\n');
}
