import type { k8s } from 'cdk8s-plus-28';

import { addCertificate, serviceNames } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import type { SecretKeyRef } from '../core/secrets';
import {
  addWorkload,
  type ContainerProps,
  execProbe,
  httpsProbe,
  scratchVolume,
  secretVolume,
  type Workload,
} from '../core/workload';
import { gi, PORTS } from '../site';
import { exposeToRemotes } from './expose';
import { type BucketRequest, bucketSecret, type ObjectStore, objectStore } from './object-store';
import { onStorageNode } from './placement';

const NAME = 'objects';
const USER = 1000;
const PORT = 8333;
const IDENTITIES = 'objects-identities';

/**
 * Object store SeaweedFS: one server that keeps master, volumes, filer and S3 gateway in one process; everything but S3 listens on
 * loopback only. The driver of the lab and of restore drills; one drive, so the machine's disk is its only protection.
 */
export function addSeaweedfs(component: PlatformComponent, buckets: readonly BucketRequest[]): ObjectStore {
  declareIdentities(component, buckets);
  const workload = addServer(component, buckets);
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
  return objectStore(component, {
    host: service.host,
    port: PORT,
    capabilities: ['versioning'],
    buckets,
    privateCa: true,
    service,
    credentials: ({ name }) => ({
      accessKey: { kind: 'template', text: name, refs: {} },
      secretKey: { kind: 'random', bytes: 30, encoding: 'base64url' },
    }),
  });
}

/** The server's user file: one identity per bucket, and no action outside it. */
function declareIdentities(component: PlatformComponent, buckets: readonly BucketRequest[]): void {
  const identities = buckets.map(({ name }) => ({
    name,
    credentials: [{ accessKey: name, secretKey: `\${${name}}` }],
    actions: ['Read', 'Write', 'List', 'Tagging'].map((action) => `${action}:${name}`),
  }));
  component.declareSecret({
    namespace: component.home,
    name: IDENTITIES,
    purpose: 'users of the object store and what they may do',
    keys: {
      's3.json': { kind: 'template', text: JSON.stringify({ identities }), refs: secretKeys(buckets) },
    },
    consumers: [`${component.home}/${NAME}`],
    rotation: { days: 365, how: 'follows the buckets; restart the server' },
  });
}

function secretKeys(buckets: readonly BucketRequest[]): Readonly<Record<string, SecretKeyRef>> {
  return Object.fromEntries(
    buckets.map(({ name, namespace }) => [
      name,
      { namespace, name: bucketSecret(name), key: 'secretKey' } satisfies SecretKeyRef,
    ]),
  );
}

function addServer(component: PlatformComponent, buckets: readonly BucketRequest[]): Workload {
  const image = component.lock.image('seaweedfs');
  return addWorkload(component, {
    name: NAME,
    kind: 'StatefulSet',
    user: USER,
    ...onStorageNode(component.site),
    graceSeconds: 60,
    restartOn: buckets.map(({ name }) => name),
    containers: [server(image), provisioner(image, buckets)],
    volumes: [
      secretVolume('tls', `${NAME}-tls`),
      secretVolume('identities', IDENTITIES),
      scratchVolume('tmp', '1Gi'),
      scratchVolume('provision-tmp', '16Mi'),
    ],
    claims: [
      { name: 'data', size: gi(component.site.storage.capacity), storageClass: component.site.storage.class },
    ],
  });
}

function server(image: string): ContainerProps {
  return {
    name: 'weed',
    image,
    args: [
      'server',
      '-dir=/data',
      '-ip=127.0.0.1',
      '-ip.bind=127.0.0.1',
      '-master.volumeSizeLimitMB=4096',
      '-volume.max=0',
      '-s3',
      '-s3.ip.bind=0.0.0.0',
      `-s3.port=${PORT}`,
      '-s3.cert.file=/etc/objects-tls/tls.crt',
      '-s3.key.file=/etc/objects-tls/tls.key',
      '-s3.config=/etc/objects/s3.json',
      '-s3.iam=false',
      '-s3.autoCreateBucket=false',
    ],
    ports: { s3: PORT },
    resources: { cpu: '250m', memory: '1Gi' },
    readiness: httpsProbe('s3', '/healthz'),
    liveness: { ...httpsProbe('s3', '/healthz'), failureThreshold: 6 },
    startup: { ...httpsProbe('s3', '/healthz'), failureThreshold: 60 },
    mounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'tls', mountPath: '/etc/objects-tls', readOnly: true },
      { name: 'identities', mountPath: '/etc/objects', readOnly: true },
    ] satisfies k8s.VolumeMount[],
  };
}

/** Makes the buckets through the server's loopback ports; making one that exists only reports so. */
function provisioner(image: string, buckets: readonly BucketRequest[]): ContainerProps {
  const names = buckets.map(({ name }) => name).join(' ');
  const alive = { ...execProbe('test', '-e', '/tmp/made'), failureThreshold: 30 };
  const script = [
    'until for b in $BUCKETS; do echo "s3.bucket.create -name $b"; done | weed shell -master=127.0.0.1:9333 &&',
    '      have=$(echo s3.bucket.list | weed shell -master=127.0.0.1:9333) &&',
    '      for b in $BUCKETS; do case "$have" in *"$b"*) ;; *) false; break;; esac; done; do sleep 5; done',
    'touch /tmp/made; exec sleep infinity',
  ].join('\n');
  return {
    name: 'provision',
    image,
    command: ['/bin/bash', '-c', script],
    env: [{ name: 'BUCKETS', value: names }],
    resources: { cpu: '10m', memory: '128Mi' },
    readiness: alive,
    liveness: { ...alive, failureThreshold: 6 },
    mounts: [{ name: 'provision-tmp', mountPath: '/tmp' }],
  };
}
