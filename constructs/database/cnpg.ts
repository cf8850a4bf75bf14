import type { Construct } from 'constructs';

import type { DatabaseAccess } from '../core/access';
import { addCertificate, serviceNames } from '../core/certificates';
import { PlatformComponent } from '../core/component';
import { allowFrom, connect, type Peer, type ServiceRef } from '../core/network';
import { NAMESPACES } from '../network/namespaces';
import { gi } from '../site';
import {
  backupBucket,
  accessOf,
  consumerRules,
  type Database,
  type DatabaseConsumer,
  DATABASE_NODES,
  type DatabaseProps,
  declareConsumers,
} from './database';

const NAME = 'postgres';
/** Name of the Barman Cloud plugin, as the operator knows it. */
const BARMAN = 'barman-cloud.cloudnative-pg.io';

/**
 * PostgreSQL under the CloudNativePG operator: the same consumers, quorum rule and certificates as RepmgrDatabase, but the operator
 * promotes and fences. Needs the charts `cloudnative-pg` and `plugin-barman-cloud`. Rendered and checked only: no site runs it yet.
 */
export class CloudNativePgDatabase extends PlatformComponent implements Database {
  readonly primary: ServiceRef;
  private readonly consumers: readonly DatabaseConsumer[];

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id, { namespace: NAMESPACES.database.name, wave: props.wave });
    const labels = { 'cnpg.io/cluster': NAME };
    const peer: Peer = { component: this, name: NAME, namespace: this.home, labels };
    this.primary = this.reference(peer, `${NAME}-rw`);
    this.consumers = props.consumers;
    declareConsumers(this, props.consumers, [`${this.home}/${NAME}`]);
    this.addCertificates(peer);
    this.addCluster(props);
    for (const { name } of props.consumers) this.addRole(name);
    this.addBackup(props);
    connect(peer, this.primary, ['postgres'], 'streaming replication');
    allowFrom(
      this.primary,
      'cnpg-operator',
      { namespace: NAMESPACES.database.name },
      ['status'],
      'health of the nodes',
    );
    props.objects.allow(peer, 'write-ahead log and backups');
  }

  access(name: string): DatabaseAccess {
    return accessOf(this, this.consumers, name);
  }

  private reference(peer: Peer, name: string): ServiceRef {
    const ports = { postgres: 5432, status: 8000 };
    return { peer, name, namespace: this.home, ports, host: `${name}.${this.home}.svc` };
  }

  private addCertificates(peer: Peer): void {
    const services = ['rw', 'r', 'ro'].map((suffix) => this.reference(peer, `${NAME}-${suffix}`));
    addCertificate(this, {
      name: `${NAME}-server`,
      namespace: this.home,
      commonName: NAME,
      dnsNames: services.flatMap(serviceNames),
      usages: ['server auth'],
    });
    addCertificate(this, {
      name: `${NAME}-replication`,
      namespace: this.home,
      commonName: 'streaming_replica',
      dnsNames: [],
      usages: ['client auth'],
    });
  }

  private addCluster(props: DatabaseProps): void {
    const server = `${NAME}-server`;
    this.add({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: NAME, namespace: this.home },
      spec: {
        instances: DATABASE_NODES,
        imageName: this.lock.image('cnpg-postgresql'),
        storage: { size: gi(this.site.database.capacity), storageClass: this.site.storage.class },
        bootstrap: { initdb: { dataChecksums: true } },
        certificates: {
          serverTLSSecret: server,
          serverCASecret: server,
          clientCASecret: server,
          replicationTLSSecret: `${NAME}-replication`,
        },
        postgresql: {
          synchronous: { method: 'any', number: 1, dataDurability: 'required', failoverQuorum: true },
          parameters: { ssl_min_protocol_version: 'TLSv1.3', password_encryption: 'scram-sha-256' },
          pg_hba: consumerRules(props.consumers),
        },
        managed: {
          roles: props.consumers.map(({ name, memberOf }) => ({
            ...(memberOf ? { inRoles: memberOf } : {}),
            name,
            login: true,
            passwordSecret: { name: `postgres-login-${name}` },
          })),
        },
        plugins: [{ name: BARMAN, isWALArchiver: true, parameters: { barmanObjectName: NAME } }],
        resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1Gi' } },
        enablePDB: true,
      },
    });
  }

  /** Database of a consumer, and the login Secret in the shape the operator reads (`username`, `password`). */
  private addRole(name: string): void {
    const { password } = this.access(name);
    this.declareSecret({
      namespace: this.home,
      name: `postgres-login-${name}`,
      purpose: `login of ${name} for the operator`,
      type: 'kubernetes.io/basic-auth',
      keys: {
        username: { kind: 'template', text: name, refs: {} },
        password: { kind: 'copy', of: password },
      },
      consumers: [`${this.home}/${NAME}`],
      rotation: { days: 180, how: 'follows postgres-roles' },
    });
    this.add({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Database',
      metadata: { name: `${NAME}-${name}`, namespace: this.home },
      spec: { name, owner: name, cluster: { name: NAME }, databaseReclaimPolicy: 'retain' },
    });
  }

  private addBackup(props: DatabaseProps): void {
    const bucket = backupBucket(props);
    const key = (at: { readonly name: string; readonly key: string }): object => ({
      name: at.name,
      key: at.key,
    });
    this.add({
      apiVersion: 'barmancloud.cnpg.io/v1',
      kind: 'ObjectStore',
      metadata: { name: NAME, namespace: this.home },
      spec: {
        retentionPolicy: '28d',
        configuration: {
          destinationPath: `s3://${bucket.name}/cnpg`,
          endpointURL: bucket.endpoint,
          ...(bucket.privateCa ? { endpointCA: { name: `${NAME}-server`, key: 'ca.crt' } } : {}),
          s3Credentials: { accessKeyId: key(bucket.accessKey), secretAccessKey: key(bucket.secretKey) },
          wal: { compression: 'lz4' },
        },
      },
    });
    this.add({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'ScheduledBackup',
      metadata: { name: NAME, namespace: this.home },
      spec: {
        // Six fields: seconds first.
        schedule: '0 15 1 * * *',
        backupOwnerReference: 'self',
        cluster: { name: NAME },
        method: 'plugin',
        pluginConfiguration: { name: BARMAN },
      },
    });
  }
}
