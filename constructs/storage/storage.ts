import type { Construct } from 'constructs';

import { PlatformComponent } from '../core/component';
import { NAMESPACES } from '../network/namespaces';
import { addExternalStore } from './external';
import { addHomes } from './homes';
import { addJuicefs, JUICEFS_BUCKET } from './juicefs';
import { addMinio } from './minio';
import type { BucketRequest, ObjectStore } from './object-store';
import { addRedis, type MetadataStore } from './redis';
import { addSeaweedfs } from './seaweedfs';

/** Props of the storage component. */
export interface StorageProps {
  /** Argo CD sync wave. */
  readonly wave: number;
  /** Buckets of other components; the one of the shared file system is always there. */
  readonly buckets: readonly BucketRequest[];
}

const JUICEFS_REQUEST: BucketRequest = {
  name: JUICEFS_BUCKET,
  namespace: NAMESPACES.storage.name,
  purpose: 'blocks of the shared file system',
  consumers: [`${NAMESPACES.juicefs.name}/juicefs-csi`],
};

/** Everything that keeps data beside the database: object store, Redis for metadata, the shared file system, homes. */
export class Storage extends PlatformComponent {
  readonly objects: ObjectStore;
  readonly metadata: MetadataStore;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id, { namespace: NAMESPACES.storage.name, wave: props.wave });
    this.objects = this.addObjects([JUICEFS_REQUEST, ...props.buckets]);
    this.metadata = addRedis(this);
    addJuicefs(this, {
      metadata: this.metadata,
      objects: this.objects,
      namespaces: [NAMESPACES.hub.name, NAMESPACES.batch.name],
    });
    addHomes(this);
  }

  private addObjects(buckets: readonly BucketRequest[]): ObjectStore {
    const driver = this.site.storage.objects;
    switch (driver) {
      case 'minio':
        return addMinio(this, buckets);
      case 'seaweedfs':
        return addSeaweedfs(this, buckets);
      case 'rgw':
      case 's3':
        return addExternalStore(this, driver, buckets);
    }
  }
}
