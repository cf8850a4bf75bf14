import type { k8s } from 'cdk8s-plus-28';

import { addCertificate } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import { addCronJob } from '../core/job';
import { connect, type ServiceRef } from '../core/network';
import { configVolume, scratchVolume, secretEnv, secretVolume } from '../core/workload';
import { type Bucket, bucketSecret, type ObjectStore } from '../storage/object-store';
import { nodeNames, PATHS, pgbackrestJobConf, STANZA } from './config';
import { DATABASE_BUCKET, DATABASE_NODES } from './database';

/** What the backup Jobs need to know of the database. */
export interface BackupProps {
  readonly nodes: ServiceRef;
  readonly bucket: Bucket;
  readonly objects: ObjectStore;
  readonly user: number;
}

/** One kind of run. */
interface Run {
  readonly name: string;
  /** Five fields of cron, UTC. */
  readonly schedule: string;
  readonly command: readonly string[];
}

/** Full weekly, differential daily, incremental between; a weekly check that every stored file is whole. */
const RUNS: readonly Run[] = [
  { name: 'full', schedule: '15 1 * * 0', command: ['backup', '--type=full'] },
  { name: 'diff', schedule: '15 1 * * 1-6', command: ['backup', '--type=diff'] },
  { name: 'incr', schedule: '15 7,13,19 * * *', command: ['backup', '--type=incr'] },
  { name: 'verify', schedule: '45 3 * * 6', command: ['verify'] },
];

const NAME = 'postgres-backup';

/** Secret with the pass phrase of the backup repository. */
export const CIPHER_SECRET = 'postgres-backup-cipher';

/** Environment through which pgBackRest gets its keys; shared by nodes and backup Jobs. */
export function backupEnvironment(): k8s.EnvVar[] {
  return [
    { name: 'PG_STANZA', value: STANZA },
    { name: 'PGBACKREST_CONFIG', value: `${PATHS.config}/pgbackrest.conf` },
    secretEnv('PGBACKREST_REPO1_S3_KEY', bucketSecret(DATABASE_BUCKET), 'accessKey'),
    secretEnv('PGBACKREST_REPO1_S3_KEY_SECRET', bucketSecret(DATABASE_BUCKET), 'secretKey'),
    secretEnv('PGBACKREST_REPO1_CIPHER_PASS', CIPHER_SECRET, 'passphrase'),
  ];
}

/** Backup Jobs. They reach the nodes over the pgBackRest protocol with a client certificate, so they need no right in the cluster. */
export function addBackups(component: PlatformComponent, props: BackupProps): void {
  const hosts = nodeNames(props.nodes.name, DATABASE_NODES).map((node) => `${node}.${props.nodes.host}`);
  component.add({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: NAME, namespace: component.home },
    data: { 'pgbackrest.conf': pgbackrestJobConf(props.bucket, hosts) },
  });
  addCertificate(component, {
    name: NAME,
    namespace: component.home,
    commonName: NAME,
    dnsNames: [],
    usages: ['client auth'],
  });
  for (const run of RUNS) addRun(component, props, run);
}

function addRun(component: PlatformComponent, props: BackupProps, run: Run): void {
  const peer = addCronJob(component, {
    name: `${NAME}-${run.name}`,
    user: props.user,
    schedule: run.schedule,
    deadlineSeconds: 6 * 3600,
    containers: [
      {
        name: 'pgbackrest',
        image: component.lock.image('postgres'),
        command: ['pgbackrest', `--stanza=${STANZA}`, ...run.command],
        env: backupEnvironment(),
        resources: { cpu: '100m', memory: '256Mi' },
        mounts: [
          { name: 'config', mountPath: PATHS.config, readOnly: true },
          { name: 'client-tls', mountPath: PATHS.clientTls, readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [configVolume('config', NAME), secretVolume('client-tls', NAME), scratchVolume('tmp', '1Gi')],
  });
  connect(peer, props.nodes, ['backup'], `${run.name} backup`);
  props.objects.allow(peer, `${run.name} backup`);
}
