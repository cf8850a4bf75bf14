import { PlatformApp, type PlatformComponent } from '../core/component';
import { RenderError } from '../core/errors';
import { allowOutside, connect, type Peer, type ServiceRef } from '../core/network';
import type { SecretKeyRef, SecretSource } from '../core/secrets';

/** What a store can do beyond plain objects; a consumer that needs more than the site's store has is refused at render. */
export type Capability = 'versioning' | 'lifecycle' | 'policies';

/** A bucket and the credential pair of the only user that may use it. */
export interface BucketRequest {
  /** Name of bucket, user and access key. */
  readonly name: string;
  /** Namespace that the credentials are delivered to. */
  readonly namespace: string;
  /** What it holds, one line for the operator. */
  readonly purpose: string;
  /** Workloads that read the credentials, as `namespace/name`. */
  readonly consumers: readonly string[];
  /** Capabilities without which the bucket is of no use. Default none. */
  readonly needs?: readonly Capability[];
}

/** A bucket as its consumer uses it: S3 over TLS, path style. */
export interface Bucket {
  readonly name: string;
  readonly region: string;
  /** `https://host:port` of the store. */
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
  /** Credentials in the consumer's namespace; both keys of one Secret. */
  readonly accessKey: SecretKeyRef;
  readonly secretKey: SecretKeyRef;
  /** The store's certificate comes from the platform's own authority, not from a public one. */
  readonly privateCa: boolean;
}

/** Where objects live: inside the cluster or owned elsewhere. Consumers see the same handle. */
export interface ObjectStore {
  readonly capabilities: readonly Capability[];
  /** Service inside the cluster; absent when the store is owned elsewhere. */
  readonly service?: ServiceRef;
  /** A bucket requested when the store was built. @throws RenderError for any other name */
  bucket(name: string): Bucket;
  /** Opens the network path from `from` to the store. */
  allow(from: Peer, why: string): void;
}

/** Region name that every driver accepts; single-site stores ignore it. */
export const REGION = 'us-east-1';

/** Name of the Secret with a bucket's credentials in the consumer's namespace. */
export function bucketSecret(bucket: string): string {
  return `objects-${bucket}`;
}

/** What a driver tells about itself. */
export interface StoreProps {
  readonly host: string;
  readonly port: number;
  readonly capabilities: readonly Capability[];
  readonly buckets: readonly BucketRequest[];
  readonly privateCa: boolean;
  readonly service?: ServiceRef;
  /** How the credentials of a bucket come to be. */
  readonly credentials: (bucket: BucketRequest) => { accessKey: SecretSource; secretKey: SecretSource };
}

/** Declares the credentials of every bucket and gives the handle consumers use. @throws RenderError for an unmet need */
export function objectStore(component: PlatformComponent, props: StoreProps): ObjectStore {
  const buckets = new Map(props.buckets.map((b) => [b.name, declareBucket(component, props, b)]));
  const { service } = props;
  return {
    capabilities: props.capabilities,
    ...(service ? { service } : {}),
    bucket: (name) => {
      const bucket = buckets.get(name);
      if (!bucket) throw new RenderError(component.node.path, `has no bucket '${name}'`);
      return bucket;
    },
    allow: (from, why) => {
      if (service) connect(from, service, ['s3'], why);
      else allowOutside(from, 'objects', ['0.0.0.0/0'], [props.port], why, clusterRanges(component));
    },
  };
}

/** Ranges of the cluster itself: a way out by port must not become a way to every pod. */
export function clusterRanges(component: PlatformComponent): string[] {
  const { podCidr, serviceCidr } = PlatformApp.of(component).site.kubernetes;
  return [podCidr, serviceCidr];
}

function declareBucket(component: PlatformComponent, props: StoreProps, request: BucketRequest): Bucket {
  const missing = (request.needs ?? []).filter((need) => !props.capabilities.includes(need));
  if (missing.length > 0)
    throw new RenderError(component.node.path, `bucket '${request.name}' needs ${missing.join(', ')}`);
  const name = bucketSecret(request.name);
  const at = { namespace: request.namespace, name };
  component.declareSecret({
    ...at,
    purpose: `S3 credentials: ${request.purpose}`,
    keys: { ...props.credentials(request) },
    consumers: request.consumers,
    rotation: { days: 365, how: 'new value, sync storage, restart the consumers' },
  });
  return {
    name: request.name,
    region: REGION,
    endpoint: `https://${props.host}:${props.port}`,
    host: props.host,
    port: props.port,
    accessKey: { ...at, key: 'accessKey' },
    secretKey: { ...at, key: 'secretKey' },
    privateCa: props.privateCa,
  };
}
