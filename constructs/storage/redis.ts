import type { k8s } from 'cdk8s-plus-28';

import { addCertificate, serviceNames } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import { connect, type ServiceRef } from '../core/network';
import type { SecretKeyRef, SecretSource } from '../core/secrets';
import {
  addWorkload,
  configVolume,
  type ContainerProps,
  execProbe,
  scratchVolume,
  secretEnv,
  secretVolume,
  type Workload,
} from '../core/workload';
import { PORTS } from '../site';
import { exposeToRemotes } from './expose';
import { onStorageNode } from './placement';

const NAME = 'redis';
const REPLICA = 'redis-replica';
const USER = 999;
const PORT = 6379;
/** Memory of one node in MiB, and of that what data may use: the rest is for rewriting the log (copy on write). */
const MEMORY_MIB = 4096;
const DATA_SHARE = 0.7;

/** Users and what they may do. None may change the configuration; JuiceFS may empty its own database. */
const USERS: Readonly<Record<string, string>> = {
  juicefs: '~* &* +@all -@admin -@dangerous +info +keys +flushdb +config|get',
  replica: '+psync +replconf +ping',
  monitor: '+ping +info +config|get +latency +slowlog',
};

/** Redis as JuiceFS needs it. */
export interface MetadataStore {
  /** The node that takes writes; port `redis`, TLS with client certificates. */
  readonly primary: ServiceRef;
  /** Password of user `juicefs`. */
  readonly password: SecretKeyRef;
}

/**
 * Redis for file-system metadata: a primary on the storage machine, a replica elsewhere, TLS with client certificates, users by ACL,
 * append-only log flushed every second and no eviction. Replication is asynchronous, so the replica is a warm copy and is never
 * promoted by itself: acknowledged metadata could be lost that way. A restarted primary loses at most the last second.
 */
export function addRedis(component: PlatformComponent): MetadataStore {
  component.add({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${NAME}-config`, namespace: component.home },
    data: { 'redis.conf': redisConf() },
  });
  declareUsers(component);
  const primary = addNode(component, NAME);
  const replica = addNode(component, REPLICA, primary.service);
  addCertificate(component, {
    name: `${NAME}-tls`,
    namespace: component.home,
    commonName: NAME,
    // Remote centres connect by a name below the site's domain.
    dnsNames: [
      ...serviceNames(primary.service),
      ...serviceNames(replica.service),
      `${NAME}.${component.site.domain}`,
    ],
    usages: ['server auth', 'client auth'],
  });
  connect(replica.peer, primary.service, ['redis'], 'replication');
  exposeToRemotes(component, { service: primary.service, port: 'redis', nodePort: PORTS.redis });
  return { primary: primary.service, password: passwordOf(component, 'juicefs') };
}

/** redis.conf shared by both nodes; role and passwords are added by the entry point (images/redis/entrypoint.sh). */
export function redisConf(): string {
  const tls = '/etc/redis-tls';
  return [
    'port 0',
    `tls-port ${PORT}`,
    `tls-cert-file ${tls}/tls.crt`,
    `tls-key-file ${tls}/tls.key`,
    `tls-ca-cert-file ${tls}/ca.crt`,
    'tls-auth-clients yes',
    'tls-replication yes',
    'tls-protocols "TLSv1.2 TLSv1.3"',
    'aclfile /etc/redis-users/users.acl',
    'dir /data',
    'appendonly yes',
    'appendfsync everysec',
    'save 3600 1 300 100',
    `maxmemory ${Math.floor(MEMORY_MIB * DATA_SHARE)}mb`,
    // Evicting metadata would lose files: when memory is full, writes fail and an alert fires long before.
    'maxmemory-policy noeviction',
    'repl-backlog-size 64mb',
    'tcp-keepalive 60',
    '',
  ].join('\n');
}

function passwordOf(component: PlatformComponent, user: string): SecretKeyRef {
  return { namespace: component.home, name: `${NAME}-passwords`, key: user };
}

function declareUsers(component: PlatformComponent): void {
  const random: SecretSource = { kind: 'random', bytes: 32, encoding: 'hex' };
  const consumers = [NAME, REPLICA].map((name) => `${component.home}/${name}`);
  const rotation = { days: 180, how: 'new values, restart Redis, then the mount pods' };
  component.declareSecret({
    namespace: component.home,
    name: `${NAME}-passwords`,
    purpose: 'passwords of the Redis users',
    keys: Object.fromEntries(Object.keys(USERS).map((user) => [user, random] as const)),
    consumers,
    rotation,
  });
  const refs = Object.fromEntries(Object.keys(USERS).map((user) => [user, passwordOf(component, user)]));
  const lines = Object.entries(USERS).map(([user, may]) => `user ${user} on >\${${user}} ${may}`);
  component.declareSecret({
    namespace: component.home,
    name: `${NAME}-users`,
    purpose: 'ACL file of Redis',
    keys: { 'users.acl': { kind: 'template', text: ['user default off', ...lines, ''].join('\n'), refs } },
    consumers,
    rotation,
  });
}

/** The primary stands on the storage machine, where its port is open to remote centres; the replica keeps away from there. */
function addNode(component: PlatformComponent, name: string, follows?: ServiceRef): Workload {
  return addWorkload(component, {
    name,
    kind: 'StatefulSet',
    publishNotReady: true,
    user: USER,
    restartOn: redisConf(),
    graceSeconds: 120,
    ...(follows ? {} : onStorageNode(component.site)),
    containers: [server(component.lock.image('redis'), follows)],
    volumes: [
      configVolume('config', `${NAME}-config`),
      secretVolume('tls', `${NAME}-tls`),
      secretVolume('users', `${NAME}-users`),
      scratchVolume('run', '1Mi'),
    ],
    claims: [{ name: 'data', size: '20Gi', storageClass: component.site.storage.class }],
  });
}

function server(image: string, follows?: ServiceRef): ContainerProps {
  const ping = execProbe('redis-ping.sh');
  return {
    name: NAME,
    image,
    env: [
      ...(follows ? [{ name: 'REDIS_FOLLOW', value: `${follows.host} ${PORT}` }] : []),
      secretEnv('REDIS_REPLICA_PASSWORD', `${NAME}-passwords`, 'replica'),
      secretEnv('REDISCLI_AUTH', `${NAME}-passwords`, 'monitor'),
    ],
    ports: { redis: PORT },
    resources: { cpu: '200m', memory: `${MEMORY_MIB}Mi` },
    readiness: ping,
    liveness: { ...ping, failureThreshold: 6 },
    // Reading a long log at start takes minutes and must not be taken for a hang.
    startup: { ...ping, failureThreshold: 180 },
    mounts: MOUNTS,
  };
}

const MOUNTS: readonly k8s.VolumeMount[] = [
  { name: 'config', mountPath: '/etc/redis', readOnly: true },
  { name: 'tls', mountPath: '/etc/redis-tls', readOnly: true },
  { name: 'users', mountPath: '/etc/redis-users', readOnly: true },
  { name: 'run', mountPath: '/run/redis' },
  { name: 'data', mountPath: '/data' },
];
