import type { Construct } from 'constructs';

import { PlatformApp } from '../core/component';
import { CloudNativePgDatabase } from './cnpg';
import type { DatabaseComponent, DatabaseProps } from './database';
import { RepmgrDatabase } from './repmgr';

export * from './database';
export { CloudNativePgDatabase } from './cnpg';
export { RepmgrDatabase } from './repmgr';
export { isLossless, type Quorum, synchronousNames } from './config';

/** The database component with the driver the site names. */
export function addDatabase(scope: Construct, id: string, props: DatabaseProps): DatabaseComponent {
  switch (PlatformApp.of(scope).site.database.driver) {
    case 'repmgr':
      return new RepmgrDatabase(scope, id, props);
    case 'cloudnative-pg':
      return new CloudNativePgDatabase(scope, id, props);
  }
}
