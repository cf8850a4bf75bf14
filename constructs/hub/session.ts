import type { Site } from '../site';
import { NAMESPACES } from '../network/namespaces';
import { PRIORITIES } from '../network/priorities';

/** Port of the notebook server in a session. */
export const SESSION_PORT = 8888;
/** Labels that select the pods of sessions; KubeSpawner finds its pods by the same one. */
export const SESSION_LABELS = { component: 'singleuser-server' } as const;
/** ServiceAccount of sessions: it may do nothing and no token is mounted. */
export const SESSION_ACCOUNT = 'session';
/** User of the notebook server in images/lab. */
const USER = 1000;
/** Name of the volume that holds the user's home; sessions start in it, and it is their `HOME`. */
const HOME_VOLUME = 'home';
/** Home of the image's user; used, and lost with the session, where no volume is given. */
const IMAGE_HOME = '/home/jovyan';

/**
 * A volume that every session mounts. `{username}` in a path becomes the user's name in letters a path may have. The one named
 * `home` is the user's home.
 */
export interface SessionVolume {
  /** Name of the volume in the pod. */
  readonly name: string;
  /** PersistentVolumeClaim in the hub's namespace. */
  readonly claim: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

/** What the session template needs beside the site. */
export interface SessionProps {
  /** Image of the notebook server. */
  readonly image: string;
  /** Homes and shared folders. Without one named `home`, homes die with the session. */
  readonly volumes: readonly SessionVolume[];
  /** Environment for every session: addresses, never secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Secret whose `ca.crt` (and nothing else of it) sessions trust. */
  readonly trust: string;
}

/**
 * Longest time from the click to a running server: an eviction (10 s), the pull of a large image, and a queue while a machine
 * comes back. KubeSpawner kills the pod after it.
 */
const START_SECONDS = 900;

/**
 * KubeSpawner's traits for every session: Pod Security `restricted`, read-only root, no token of the cluster, no privilege.
 * Resources and devices come from the profile.
 */
export function sessionTraits(site: Site, props: SessionProps): Readonly<Record<string, unknown>> {
  const { sessions } = site;
  return {
    namespace: NAMESPACES.hub.name,
    image: props.image,
    image_pull_policy: 'IfNotPresent',
    // Arguments of the profile are passed only to an explicit command.
    cmd: ['jupyterhub-singleuser'],
    default_url: '/lab',
    port: SESSION_PORT,
    component_label: SESSION_LABELS.component,
    service_account: SESSION_ACCOUNT,
    automount_service_account_token: false,
    priority_class_name: PRIORITIES.interactive.name,
    start_timeout: START_SECONDS,
    http_timeout: 120,
    cpu_limit: sessions.cpu,
    mem_limit: `${sessions.memory}G`,
    storage_pvc_ensure: false,
    ...security(),
    working_dir: homeOf(props.volumes),
    environment: {
      ...props.environment,
      HOME: homeOf(props.volumes),
      PLATFORM_CA: '/etc/platform-trust/ca.crt',
    },
    ...volumes(props),
    init_containers: folderMaker(props),
    extra_pod_config: { enableServiceLinks: false },
  };
}

function homeOf(volumes: readonly SessionVolume[]): string {
  return volumes.find(({ name }) => name === HOME_VOLUME)?.mountPath ?? IMAGE_HOME;
}

function security(): Readonly<Record<string, unknown>> {
  return {
    uid: USER,
    gid: USER,
    fs_gid: USER,
    allow_privilege_escalation: false,
    container_security_context: {
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    pod_security_context: {
      seccompProfile: { type: 'RuntimeDefault' },
      fsGroupChangePolicy: 'OnRootMismatch',
    },
  };
}

/**
 * Makes the user's folders before the session mounts them. Left to the kubelet they would belong to root, and the user could not
 * write in them. It alone sees the whole of a volume, and runs nothing that a user could change.
 */
function folderMaker({ image, volumes: given }: SessionProps): readonly object[] {
  const own = given.filter(({ subPath, readOnly }) => subPath !== undefined && !readOnly);
  if (own.length === 0) return [];
  return [
    {
      name: 'folders',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: [
        'mkdir',
        '-p',
        '-m',
        '0700',
        ...own.map(({ name, subPath }) => `/volumes/${name}/${subPath ?? ''}`),
      ],
      resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      volumeMounts: own.map(({ name }) => ({ name, mountPath: `/volumes/${name}` })),
    },
  ];
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

function volumes({ volumes: given, trust }: SessionProps): Readonly<Record<string, unknown>> {
  const scratch: readonly Mount[] = [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'shm', mountPath: '/dev/shm' },
    ...(given.some(({ name }) => name === HOME_VOLUME) ? [] : [{ name: HOME_VOLUME, mountPath: IMAGE_HOME }]),
  ];
  return {
    volumes: [
      ...given.map(({ name, claim }) => ({ name, persistentVolumeClaim: { claimName: claim } })),
      ...scratch.map(({ name }) => ({
        name,
        emptyDir: name === 'shm' ? { medium: 'Memory', sizeLimit: '4Gi' } : { sizeLimit: '20Gi' },
      })),
      { name: 'trust', secret: { secretName: trust, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
    volume_mounts: [
      ...given.map(({ name, mountPath, subPath, readOnly }) => ({ name, mountPath, subPath, readOnly })),
      ...scratch,
      { name: 'trust', mountPath: '/etc/platform-trust', readOnly: true },
    ],
  };
}
