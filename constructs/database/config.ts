import type { Bucket } from '../storage/object-store';
import { consumerRules, type DatabaseConsumer } from './database';

/** Where the pods find configuration, certificates and data; the entry points in images/postgres use the same paths. */
export const PATHS = {
  config: '/etc/postgres',
  serverTls: '/etc/postgres-server',
  clientTls: '/etc/postgres-client',
  roles: '/etc/postgres-roles',
  volume: '/var/lib/postgresql/data',
  data: '/var/lib/postgresql/data/pgdata',
  socket: '/run/postgresql',
} as const;

/** Name of the pgBackRest stanza. */
export const STANZA = 'main';

/** Port of the pgBackRest server beside each node: backup Jobs need no right to exec into pods. */
export const BACKUP_PORT = 8432;

/** Who must be reachable so that nothing acknowledged is lost. */
export interface Quorum {
  /** Standbys that can satisfy a waiting commit (N). */
  readonly standbys: number;
  /** Acknowledgements a commit waits for (W). */
  readonly acks: number;
  /** Standbys the promoter is certain to see (R). */
  readonly seen: number;
}

/** A promotion loses no acknowledged commit exactly when R + W > N (reference: data sheet, section 1.6). */
export function isLossless({ standbys, acks, seen }: Quorum): boolean {
  return acks >= 1 && seen + acks > standbys;
}

/** Pods of the cluster, which are also its application names. */
export function nodeNames(cluster: string, nodes: number): string[] {
  return Array.from({ length: nodes }, (_, ordinal) => `${cluster}-${ordinal}`);
}

/** `synchronous_standby_names`: any one of all nodes; a node ignores its own name, so nothing changes on promotion. */
export function synchronousNames(names: readonly string[]): string {
  return `ANY 1 (${names.map((name) => `"${name}"`).join(',')})`;
}

/** postgresql.conf of every node; what differs between nodes is written by the entry point to node.conf. */
export function postgresqlConf(names: readonly string[], capacityGib: number): string {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '*',
    unix_socket_directories: PATHS.socket,
    hba_file: `${PATHS.config}/pg_hba.conf`,
    max_connections: '200',
    shared_buffers: '256MB',
    shared_preload_libraries: 'repmgr',
    ssl: 'on',
    ssl_min_protocol_version: 'TLSv1.3',
    ssl_cert_file: `${PATHS.serverTls}/tls.crt`,
    ssl_key_file: `${PATHS.serverTls}/tls.key`,
    ssl_ca_file: `${PATHS.serverTls}/ca.crt`,
    password_encryption: 'scram-sha-256',
    wal_level: 'replica',
    hot_standby: 'on',
    wal_log_hints: 'on',
    max_wal_senders: '10',
    max_replication_slots: '10',
    // A standby that stays away must not fill the primary's volume; it is cloned anew afterwards.
    max_slot_wal_keep_size: walKept(capacityGib),
    synchronous_commit: 'on',
    synchronous_standby_names: synchronousNames(names),
    wal_sender_timeout: '5s',
    wal_receiver_timeout: '5s',
    archive_mode: 'on',
    archive_timeout: '5min',
    archive_command: `pgbackrest --stanza=${STANZA} archive-push %p`,
    restore_command: `pgbackrest --stanza=${STANZA} archive-get %f "%p"`,
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] %q%u@%d ',
    log_checkpoints: 'on',
    log_lock_waits: 'on',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value}'`);
  return [...lines, `include = '${PATHS.socket}/node.conf'`, ''].join('\n');
}

/** A quarter of the volume, at least 1 GB. */
function walKept(capacityGib: number): string {
  return `${Math.max(1, Math.floor(capacityGib / 4))}GB`;
}

/** pg_hba.conf: TLS only. Replication by certificate; consumers as consumerRules says; everything else refused. */
export function pgHba(consumers: readonly DatabaseConsumer[]): string {
  const rules = [
    'local all postgres peer',
    'local all all reject',
    'hostssl replication repmgr all cert',
    'hostssl repmgr repmgr all cert',
    'hostssl postgres repmgr all cert',
    ...consumerRules(consumers),
    'host all all all reject',
  ];
  return `${rules.join('\n')}\n`;
}

/**
 * SQL that brings roles and databases about; run on the primary at each start and after each change, so every statement may
 * be repeated. Passwords come from files, never from this text. Commits locally: before the first standby there is nobody to wait for.
 */
export function rolesSql(consumers: readonly DatabaseConsumer[]): string {
  const head = [
    '\\set ON_ERROR_STOP on',
    "SET synchronous_commit = 'local';",
    "SET log_statement = 'none';",
    "SELECT 'CREATE ROLE repmgr SUPERUSER REPLICATION LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'repmgr') \\gexec",
    createDatabase('repmgr'),
  ];
  const tail = [
    '\\connect repmgr',
    "SET synchronous_commit = 'local';",
    'CREATE EXTENSION IF NOT EXISTS repmgr;',
  ];
  return `${[...head, ...consumers.flatMap(roleSql), ...tail].join('\n')}\n`;
}

function roleSql({ name, memberOf = [] }: DatabaseConsumer): string[] {
  return [
    `\\set password \`cat ${PATHS.roles}/${name}\``,
    `SELECT 'CREATE ROLE "${name}" LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${name}') \\gexec`,
    `ALTER ROLE "${name}" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';`,
    '\\unset password',
    ...memberOf.map((role) => `GRANT ${role} TO "${name}";`),
    createDatabase(name),
    `REVOKE CONNECT, TEMPORARY ON DATABASE "${name}" FROM PUBLIC;`,
  ];
}

function createDatabase(name: string): string {
  return `SELECT 'CREATE DATABASE "${name}" OWNER "${name}"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${name}') \\gexec`;
}

/** pgbackrest.conf of a node: repository in the object store, encrypted before it leaves. Keys come by environment. */
export function pgbackrestConf(bucket: Bucket): string {
  return ini({
    global: {
      ...repository(bucket),
      'tls-server-address': '*',
      'tls-server-port': String(BACKUP_PORT),
      'tls-server-cert-file': `${PATHS.serverTls}/tls.crt`,
      'tls-server-key-file': `${PATHS.serverTls}/tls.key`,
      'tls-server-ca-file': `${PATHS.serverTls}/ca.crt`,
      'tls-server-auth': `postgres-backup=${STANZA}`,
    },
    [STANZA]: { 'pg1-path': PATHS.data, 'pg1-socket-path': PATHS.socket, 'pg1-user': 'postgres' },
  });
}

/** pgbackrest.conf of a backup Job: it reaches the nodes through their pgBackRest servers. */
export function pgbackrestJobConf(bucket: Bucket, hosts: readonly string[]): string {
  const nodes = hosts.map((host, index) => nodeSection(index + 1, host));
  return ini({ global: repository(bucket), [STANZA]: Object.assign({}, ...nodes) as Section });
}

type Section = Readonly<Record<string, string>>;

function nodeSection(index: number, host: string): Section {
  const pg = `pg${index}`;
  return {
    [`${pg}-host`]: host,
    [`${pg}-host-type`]: 'tls',
    [`${pg}-host-port`]: String(BACKUP_PORT),
    [`${pg}-host-cert-file`]: `${PATHS.clientTls}/tls.crt`,
    [`${pg}-host-key-file`]: `${PATHS.clientTls}/tls.key`,
    [`${pg}-host-ca-file`]: `${PATHS.clientTls}/ca.crt`,
    // The server beside a node knows its paths from its own file of this name.
    [`${pg}-host-config`]: `${PATHS.config}/pgbackrest.conf`,
    [`${pg}-path`]: PATHS.data,
    [`${pg}-socket-path`]: PATHS.socket,
    [`${pg}-user`]: 'postgres',
  };
}

function repository(bucket: Bucket): Section {
  return {
    'repo1-type': 's3',
    'repo1-path': '/postgres',
    'repo1-s3-endpoint': bucket.host,
    'repo1-storage-port': String(bucket.port),
    'repo1-s3-bucket': bucket.name,
    'repo1-s3-region': bucket.region,
    'repo1-s3-uri-style': 'path',
    'repo1-storage-ca-file': bucket.privateCa
      ? `${PATHS.clientTls}/ca.crt`
      : '/etc/ssl/certs/ca-certificates.crt',
    'repo1-cipher-type': 'aes-256-cbc',
    'repo1-bundle': 'y',
    'repo1-retention-full': '4',
    'repo1-retention-diff': '14',
    'start-fast': 'y',
    'compress-type': 'lz4',
    'log-level-console': 'info',
    'log-level-file': 'off',
    'lock-path': '/tmp/pgbackrest',
    'spool-path': '/tmp/pgbackrest',
  };
}

function ini(sections: Readonly<Record<string, Section>>): string {
  const text = Object.entries(sections).map(([name, section]) =>
    [`[${name}]`, ...Object.entries(section).map(([key, value]) => `${key}=${value}`), ''].join('\n'),
  );
  return text.join('\n');
}
