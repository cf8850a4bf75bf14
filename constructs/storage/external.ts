import type { PlatformComponent } from '../core/component';
import { RenderError } from '../core/errors';
import { type BucketRequest, type Capability, type ObjectStore, objectStore } from './object-store';

/** What the two kinds of store owned elsewhere can be relied on for. */
const CAPABILITIES: Readonly<Record<'rgw' | 's3', readonly Capability[]>> = {
  rgw: ['versioning', 'lifecycle', 'policies'],
  s3: ['versioning', 'lifecycle', 'policies'],
};

/**
 * Object store owned elsewhere (Ceph RGW, any S3): only its endpoint is known here. Buckets and users are made by its owner; the
 * credentials are Pulumi settings `objects.<bucket>.accessKey` and `objects.<bucket>.secretKey`.
 * @throws RenderError when the site gives no endpoint
 */
export function addExternalStore(
  component: PlatformComponent,
  driver: 'rgw' | 's3',
  buckets: readonly BucketRequest[],
): ObjectStore {
  const { endpoint } = component.site.storage;
  if (!endpoint) throw new RenderError(component.node.path, `driver ${driver} needs storage.endpoint`);
  const url = new URL(endpoint);
  return objectStore(component, {
    host: url.hostname,
    port: url.port === '' ? 443 : Number(url.port),
    capabilities: CAPABILITIES[driver],
    buckets,
    privateCa: false,
    credentials: ({ name }) => ({
      accessKey: { kind: 'static', setting: `objects.${name}.accessKey` },
      secretKey: { kind: 'static', setting: `objects.${name}.secretKey` },
    }),
  });
}
