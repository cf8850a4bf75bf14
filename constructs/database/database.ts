import type { DatabaseAccess } from '../core/access';
import { addCertificate } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import { RenderError } from '../core/errors';
import type { ServiceRef } from '../core/network';
import type { Bucket, ObjectStore } from '../storage/object-store';

/** Number of data nodes: with `ANY 1` of the other two, one node may be lost without losing a commit or the service. */
export const DATABASE_NODES = 3;

/** Name of the bucket that a site's object store must offer to the database. */
export const DATABASE_BUCKET = 'postgres-backup';

/** A role with a database of the same name, for one component. */
export interface DatabaseConsumer {
  /** Role and database; lower-case letters and digits. */
  readonly name: string;
  /**
   * Ask for a client certificate beside the password. It is delivered as Secret `postgres-<name>-tls` into `namespace`.
   * Default none: not every client library can present one.
   */
  readonly certificate?: { readonly namespace: string };
  /** Roles of PostgreSQL it is a member of, for example `pg_monitor`. Default none. */
  readonly memberOf?: readonly 'pg_monitor'[];
}

/** Props of every driver. */
export interface DatabaseProps {
  /** Argo CD sync wave. */
  readonly wave: number;
  readonly consumers: readonly DatabaseConsumer[];
  /** Store of backups and write-ahead log; must own a bucket named DATABASE_BUCKET. */
  readonly objects: ObjectStore;
  /**
   * Ordinal of the node that takes writes (repmgr only). Default 0. Changed by the operator after `repmgr standby promote` on that
   * node; the steps are in RepmgrDatabase's documentation.
   */
  readonly primaryNode?: number;
}

/** PostgreSQL as the other components see it, whichever driver a site chose. */
export interface Database {
  /** The node that takes writes; port `postgres`, TLS only. */
  readonly primary: ServiceRef;
  /** What a consumer named in the props needs to log in. @throws RenderError for any other name */
  access(name: string): DatabaseAccess;
}

/** A driver: a component that is a Database. */
export type DatabaseComponent = PlatformComponent & Database;

/** Name of the Secret that holds the passwords of all roles in the database's namespace. */
export const ROLES_SECRET = 'postgres-roles';

/** Declares passwords and client certificates of all consumers. */
export function declareConsumers(
  component: PlatformComponent,
  consumers: readonly DatabaseConsumer[],
  readers: readonly string[],
): void {
  component.declareSecret({
    namespace: component.home,
    name: ROLES_SECRET,
    purpose: 'passwords of the database roles',
    keys: Object.fromEntries(
      consumers.map(({ name }) => [name, { kind: 'random', bytes: 32, encoding: 'hex' }] as const),
    ),
    consumers: readers,
    rotation: {
      days: 180,
      how: 'new value; the primary takes it within a minute, then restart the consumers',
    },
  });
  for (const { name, certificate } of consumers) {
    if (!certificate) continue;
    addCertificate(component, {
      name: `postgres-${name}-tls`,
      namespace: certificate.namespace,
      commonName: name,
      dnsNames: [],
      usages: ['client auth'],
    });
  }
}

/** How a consumer logs in. @throws RenderError when the props do not name it */
export function accessOf(
  component: DatabaseComponent,
  consumers: readonly DatabaseConsumer[],
  name: string,
): DatabaseAccess {
  if (!consumers.some((consumer) => consumer.name === name))
    throw new RenderError(component.node.path, `knows no database consumer '${name}'`);
  return {
    service: component.primary,
    port: 'postgres',
    database: name,
    user: name,
    password: { namespace: component.home, name: ROLES_SECRET, key: name },
  };
}

/** pg_hba rules of the consumers: TLS, password, and the certificate where asked for; each into its own database only. */
export function consumerRules(consumers: readonly DatabaseConsumer[]): string[] {
  return consumers.map(({ name, certificate }) =>
    ['hostssl', name, name, 'all', 'scram-sha-256', ...(certificate ? ['clientcert=verify-full'] : [])].join(
      ' ',
    ),
  );
}

/** The bucket of backups. @throws RenderError when the store has none */
export function backupBucket(props: DatabaseProps): Bucket {
  return props.objects.bucket(DATABASE_BUCKET);
}
