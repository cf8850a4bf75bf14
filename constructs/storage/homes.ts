import type { PlatformComponent } from '../core/component';
import { RenderError } from '../core/errors';
import { allowFrom } from '../core/network';
import {
  addWorkload,
  configVolume,
  type ContainerProps,
  execProbe,
  scratchVolume,
  tcpProbe,
} from '../core/workload';
import { NAMESPACES } from '../network/namespaces';
import { gi, PORTS, type Site } from '../site';
import { onStorageNode, storageGib } from './placement';

const NAME = 'nfs';

/** What is exported: name of the claim, and who may do what with it. */
interface Export {
  readonly name: string;
  readonly namespace: string;
  readonly readOnly: boolean;
}

/**
 * `homes` holds one directory per user, `shared` one per project, `envs` the software environments. Batch sees environments only,
 * and cannot change them.
 */
const EXPORTS: readonly Export[] = [
  { name: 'homes', namespace: NAMESPACES.hub.name, readOnly: false },
  { name: 'shared', namespace: NAMESPACES.hub.name, readOnly: false },
  { name: 'envs', namespace: NAMESPACES.hub.name, readOnly: false },
  { name: 'envs', namespace: NAMESPACES.batch.name, readOnly: true },
];

/**
 * NFS 4 server of homes, shared folders and environments, on the storage machine. It serves from user space (NFS-Ganesha), so it
 * needs no privileged container, only root with the capabilities of a file server: it creates and reads files of every user id.
 * Only machines may mount it: kubelets do, pods cannot; therefore root is not squashed and paths below an export are the kubelet's.
 */
export function addHomes(component: PlatformComponent): void {
  const namespace = NAMESPACES.homes.name;
  const config = {
    'ganesha.conf': ganeshaConf(component.site),
    projects: projectsFile(component.site),
  };
  component.add({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${NAME}-config`, namespace },
    data: config,
  });
  const workload = addWorkload(component, {
    name: NAME,
    kind: 'StatefulSet',
    namespace,
    user: 0,
    // Root, because the server acts as every user; see the capabilities below.
    podSecurity: { runAsNonRoot: false, runAsUser: 0, runAsGroup: 0, fsGroup: 0 },
    ...onStorageNode(component.site),
    restartOn: config,
    graceSeconds: 60,
    containers: [server(component.lock.image('nfs'))],
    volumes: [
      configVolume('config', `${NAME}-config`),
      scratchVolume('run', '16Mi'),
      scratchVolume('tmp', '16Mi'),
    ],
    claims: [
      { name: 'data', size: gi(homesGib(component.site)), storageClass: component.site.storage.class },
    ],
  });
  addFixedService(component, namespace, workload.peer.labels);
  const machines = { cidrs: [component.site.cloud.subnet] };
  allowFrom(workload.service, 'machines', machines, ['nfs'], 'kubelets mount homes and shared folders');
  for (const entry of EXPORTS) addVolume(component, entry);
}

function server(image: string): ContainerProps {
  return {
    name: NAME,
    image,
    ports: { nfs: PORTS.nfs },
    resources: { cpu: '500m', memory: '2Gi' },
    readiness: tcpProbe('nfs'),
    // Asks the server itself: a hung server still accepts connections.
    liveness: {
      ...execProbe('nfs-alive.sh'),
      periodSeconds: 30,
      failureThreshold: 4,
      initialDelaySeconds: 30,
    },
    mounts: [
      { name: 'config', mountPath: '/etc/nfs', readOnly: true },
      { name: 'data', mountPath: '/srv' },
      { name: 'run', mountPath: '/run/ganesha' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
    security: {
      capabilities: {
        drop: ['ALL'],
        add: [
          'CHOWN',
          'DAC_OVERRIDE',
          'DAC_READ_SEARCH',
          'FOWNER',
          'FSETID',
          'SETGID',
          'SETUID',
          'SYS_RESOURCE',
        ],
      },
    },
  };
}

/** ganesha.conf: NFS 4 over TCP only, to the site's machines only. */
export function ganeshaConf(site: Site): string {
  const names = [...new Set(EXPORTS.map(({ name }) => name))];
  const head = [
    'NFS_CORE_PARAM {',
    '  Protocols = 4;',
    `  NFS_Port = ${PORTS.nfs};`,
    '  Enable_NLM = false;',
    '  Enable_RQUOTA = false;',
    '}',
    'NFSV4 {',
    '  Minor_Versions = 1, 2;',
    '  RecoveryBackend = fs;',
    // On the volume, so that clients reclaim their locks after a restart of the pod.
    '  RecoveryRoot = /srv/.recovery;',
    '  Grace_Period = 60;',
    '}',
    'LOG { Default_Log_Level = EVENT; }',
  ];
  return `${[...head, ...names.flatMap((name, index) => exportBlock(site, name, index + 1))].join('\n')}\n`;
}

function exportBlock(site: Site, name: string, id: number): string[] {
  return [
    'EXPORT {',
    `  Export_Id = ${id};`,
    `  Path = /srv/${name};`,
    `  Pseudo = /${name};`,
    '  Protocols = 4;',
    '  Access_Type = None;',
    '  SecType = sys;',
    '  Squash = No_Root_Squash;',
    '  FSAL { Name = VFS; }',
    `  CLIENT { Clients = ${site.cloud.subnet}; Access_Type = RW; Protocols = 4; }`,
    '}',
  ];
}

/** One line `name gid` per project; the entry point makes their shared folders. */
function projectsFile(site: Site): string {
  const gids = projectGids(site);
  return Object.keys(site.projects)
    .map((name) => `${name} ${gids[name] ?? 0}\n`)
    .join('');
}

/** First group number of projects, and how many there are: above Debian's system groups and users. */
const FIRST_GID = 20_000;
const GIDS = 40_000;

/**
 * Group number of each project, from its name alone: adding or removing a project changes no other.
 * @throws RenderError when two names fall on one number (1 in 40,000 for each pair)
 */
export function projectGids(site: Site): Readonly<Record<string, number>> {
  const gids = Object.fromEntries(
    Object.keys(site.projects).map((name) => [name, FIRST_GID + (fnv1a(name) % GIDS)]),
  );
  if (new Set(Object.values(gids)).size < Object.keys(gids).length)
    throw new RenderError(site.name, 'two projects have the same group number: rename one');
  return gids;
}

/** FNV-1a, 32 bit. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

/** What the storage machines have beside the object store; at least 100 GiB. Without such machines 500 GiB. */
function homesGib(site: Site): number {
  const data = storageGib(site);
  return data === 0 ? 500 : Math.max(100, data - site.storage.capacity);
}

/** Kubelets resolve no cluster names, so the Service has a fixed address. */
function addFixedService(
  component: PlatformComponent,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): void {
  component.add({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${NAME}-fixed`, namespace, labels },
    spec: {
      clusterIP: nfsAddress(component.site.kubernetes.serviceCidr),
      selector: labels,
      ports: [{ name: 'nfs', port: PORTS.nfs, targetPort: 'nfs' }],
    },
  });
}

/**
 * Fixed address of the NFS Service: near the end of the band that Kubernetes never hands out by itself
 * (min(max(16, size / 16), 256) addresses at the start of the range, KEP-3070).
 */
export function nfsAddress(serviceCidr: string): string {
  const [base = '', bits = '16'] = serviceCidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const band = Math.min(Math.max(16, size / 16), 256);
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const address = Math.floor(start / size) * size + band - 5;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function addVolume(component: PlatformComponent, { name, namespace, readOnly }: Export): void {
  const volume = `${name}-${namespace}`;
  const accessModes = [readOnly ? 'ReadOnlyMany' : 'ReadWriteMany'];
  const storage = gi(homesGib(component.site));
  component.add({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volume, labels: { 'app.kubernetes.io/name': NAME } },
    spec: {
      capacity: { storage },
      accessModes,
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace },
      mountOptions: ['nfsvers=4.2', 'hard', 'noatime', ...(readOnly ? ['ro'] : [])],
      nfs: { server: nfsAddress(component.site.kubernetes.serviceCidr), path: `/${name}`, readOnly },
    },
  });
  component.add({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' } },
    spec: { accessModes, storageClassName: '', volumeName: volume, resources: { requests: { storage } } },
  });
}
