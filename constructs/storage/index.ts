export * from './object-store';
export { nfsAddress, projectGids } from './homes';
export { JUICEFS, JUICEFS_BUCKET, JUICEFS_SECRET, juicefsCsiValues } from './juicefs';
export type { MetadataStore } from './redis';
export { bringsLocalPath, LOCAL_PATH, LocalPath } from './local-path';
export { Storage, type StorageProps } from './storage';
