import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';

import type { DatabaseAccess } from '../core/access';
import { addCertificate, serviceNames } from '../core/certificates';
import { PlatformComponent } from '../core/component';
import { connect, type ServiceRef } from '../core/network';
import { NAMESPACES } from '../network/namespaces';
import {
  addWorkload,
  configVolume,
  type ContainerProps,
  execProbe,
  scratchVolume,
  secretVolume,
  type Workload,
} from '../core/workload';
import { gi } from '../site';
import { addBackups, backupEnvironment, CIPHER_SECRET } from './backup';
import { BACKUP_PORT, nodeNames, PATHS, pgbackrestConf, pgHba, postgresqlConf, rolesSql } from './config';
import {
  backupBucket,
  accessOf,
  type Database,
  type DatabaseConsumer,
  DATABASE_NODES,
  type DatabaseProps,
  declareConsumers,
  ROLES_SECRET,
} from './database';

const NAME = 'postgres';
const USER = 999;

/**
 * PostgreSQL with repmgr: three data nodes, no witness, every commit on two of them (`ANY 1`), TLS 1.3 only, replication by client
 * certificate, encrypted backups and write-ahead log in the object store.
 *
 * What this first version does NOT do: promote by itself. No agent holds a Lease yet (planned: services/pg-agent), and repmgrd is
 * left out on purpose, because it promotes without fencing. Node `primaryNode` (default 0) takes writes and the Service
 * `postgres-rw` selects it by pod name. Failover is the operator's, in this order:
 *   1. make sure the old primary is gone (delete its pod, or its node is down);
 *   2. `kubectl -n database exec postgres-1 -c postgres -- repmgr -f /run/postgresql/repmgr.conf standby promote`
 *      on the standby with the highest `pg_last_wal_receive_lsn()`: with ANY 1 the more advanced of both has every acknowledged commit;
 *   3. set `primaryNode` to it, render, sync: Service and configuration follow; then delete the other pods one by one.
 * A returning old primary asks its peers first, rewinds (after a CHECKPOINT there) or clones itself anew, and follows: see
 * images/postgres/node.sh. A frozen primary keeps its open sessions, but its commits wait for ever; never cancel such a commit,
 * since PostgreSQL then reports success for a row that only the old node has.
 */
export class RepmgrDatabase extends PlatformComponent implements Database {
  readonly primary: ServiceRef;
  /** All nodes, by headless Service; for backups and monitoring. */
  readonly nodes: ServiceRef;
  private readonly consumers: readonly DatabaseConsumer[];

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id, { namespace: NAMESPACES.database.name, wave: props.wave });
    const config = this.addConfig(props);
    const workload = this.addNodes(config);
    this.nodes = workload.service;
    this.primary = this.addPrimaryService(workload, props.primaryNode ?? 0);
    this.consumers = props.consumers;
    declareConsumers(this, props.consumers, [`${this.home}/${NAME}`]);
    this.addCertificates();
    this.declareCipher();
    connect(workload.peer, workload.service, ['postgres'], 'streaming replication, cloning, rewinding');
    props.objects.allow(workload.peer, 'write-ahead log and backups');
    addBackups(this, { nodes: this.nodes, bucket: backupBucket(props), objects: props.objects, user: USER });
  }

  access(name: string): DatabaseAccess {
    return accessOf(this, this.consumers, name);
  }

  private addConfig(props: DatabaseProps): Readonly<Record<string, string>> {
    const data = {
      'postgresql.conf': postgresqlConf(nodeNames(NAME, DATABASE_NODES), this.site.database.capacity),
      'pg_hba.conf': pgHba(props.consumers),
      'roles.sql': rolesSql(props.consumers),
      'pgbackrest.conf': pgbackrestConf(backupBucket(props)),
      nodes: String(DATABASE_NODES),
      // Read by the entry point at each start: a failover must not restart the pods.
      primary: String(props.primaryNode ?? 0),
    };
    this.add({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${NAME}-config`, namespace: this.home },
      data,
    });
    return data;
  }

  private addNodes(config: Readonly<Record<string, string>>): Workload {
    const image = this.lock.image('postgres');
    const env = this.environment();
    return addWorkload(this, {
      name: NAME,
      kind: 'StatefulSet',
      replicas: DATABASE_NODES,
      parallel: true,
      publishNotReady: true,
      user: USER,
      // Everything else is taken over by a reload (images/postgres/housekeeping.sh).
      restartOn: config['postgresql.conf'],
      graceSeconds: 120,
      containers: [postgres(image, env), housekeeping(image, env), backupServer(image, env)],
      volumes: [
        configVolume('config', `${NAME}-config`),
        secretVolume('server-tls', `${NAME}-server`),
        secretVolume('client-tls', `${NAME}-replication`),
        secretVolume('roles', ROLES_SECRET),
        scratchVolume('run', '16Mi'),
        scratchVolume('tmp', '1Gi'),
        // Parallel queries share memory there; the runtime's default of 64 MB breaks them.
        {
          name: 'shm',
          emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('256Mi') },
        },
      ],
      claims: [
        { name: 'data', size: gi(this.site.database.capacity), storageClass: this.site.storage.class },
      ],
    });
  }

  private environment(): k8s.EnvVar[] {
    return [{ name: 'PG_DOMAIN', value: `${NAME}.${this.home}.svc` }, ...backupEnvironment()];
  }

  private addPrimaryService(workload: Workload, primaryNode: number): ServiceRef {
    const name = `${NAME}-rw`;
    const { peer } = workload;
    this.add({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: this.home, labels: peer.labels },
      spec: {
        selector: { ...peer.labels, 'statefulset.kubernetes.io/pod-name': `${NAME}-${primaryNode}` },
        ports: [{ name: 'postgres', port: 5432, targetPort: 'postgres' }],
      },
    });
    return { peer, name, namespace: this.home, ports: { postgres: 5432 }, host: `${name}.${this.home}.svc` };
  }

  private addCertificates(): void {
    addCertificate(this, {
      name: `${NAME}-server`,
      namespace: this.home,
      commonName: NAME,
      dnsNames: [...serviceNames(this.nodes), ...serviceNames(this.primary)],
      usages: ['server auth'],
    });
    addCertificate(this, {
      name: `${NAME}-replication`,
      namespace: this.home,
      commonName: 'repmgr',
      dnsNames: [],
      usages: ['client auth'],
    });
  }

  private declareCipher(): void {
    this.declareSecret({
      namespace: this.home,
      name: CIPHER_SECRET,
      purpose: 'encrypts backups and write-ahead log; without it no backup can be read',
      keys: { passphrase: { kind: 'random', bytes: 48, encoding: 'base64url' } },
      consumers: [`${this.home}/${NAME}`, `${this.home}/postgres-backup`],
      rotation: {
        days: 3650,
        how: 'new repository: pgBackRest cannot change the pass phrase of an old one; keep a copy in escrow',
      },
    });
  }
}

const DATA_MOUNTS: readonly k8s.VolumeMount[] = [
  { name: 'config', mountPath: PATHS.config, readOnly: true },
  { name: 'server-tls', mountPath: PATHS.serverTls, readOnly: true },
  { name: 'client-tls', mountPath: PATHS.clientTls, readOnly: true },
  { name: 'data', mountPath: PATHS.volume },
  { name: 'run', mountPath: PATHS.socket },
  { name: 'tmp', mountPath: '/tmp' },
];

function postgres(image: string, env: readonly k8s.EnvVar[]): ContainerProps {
  return {
    name: NAME,
    image,
    env,
    ports: { postgres: 5432 },
    resources: { cpu: '250m', memory: '1Gi' },
    readiness: execProbe('pg_isready', '-q', '-U', 'postgres'),
    // Only a server that does not answer at all is restarted; a standby that lags or is starting up is not.
    liveness: { ...execProbe('bash', '-c', 'pg_isready -q -U postgres; test $? -ne 2'), failureThreshold: 6 },
    // Cloning takes as long as the data is large; a day is the limit.
    startup: {
      ...execProbe('bash', '-c', 'pg_isready -q -U postgres; test $? -ne 2'),
      failureThreshold: 8640,
    },
    mounts: [...DATA_MOUNTS, { name: 'shm', mountPath: '/dev/shm' }],
  };
}

function housekeeping(image: string, env: readonly k8s.EnvVar[]): ContainerProps {
  return {
    name: 'housekeeping',
    image,
    command: ['housekeeping.sh'],
    env,
    resources: { cpu: '20m', memory: '128Mi' },
    readiness: ALIVE,
    liveness: { ...ALIVE, failureThreshold: 6 },
    mounts: [...DATA_MOUNTS, { name: 'roles', mountPath: PATHS.roles, readOnly: true }],
  };
}

/** The loop touches this file every 15 s. */
const ALIVE: k8s.Probe = {
  ...execProbe('bash', '-c', 'test -n "$(find /tmp/alive -mmin -5)"'),
  initialDelaySeconds: 20,
};

function backupServer(image: string, env: readonly k8s.EnvVar[]): ContainerProps {
  const alive = execProbe('pgbackrest', 'server-ping', '--tls-server-address=127.0.0.1');
  return {
    name: 'backup-server',
    image,
    command: ['pgbackrest', 'server'],
    env,
    ports: { backup: BACKUP_PORT },
    resources: { cpu: '50m', memory: '256Mi' },
    readiness: alive,
    liveness: { ...alive, failureThreshold: 6 },
    mounts: DATA_MOUNTS,
  };
}
