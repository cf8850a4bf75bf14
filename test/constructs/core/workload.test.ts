import {
  addCronJob,
  addSyncJob,
  addWorkload,
  configVolume,
  contentHash,
  execProbe,
  httpProbe,
  PlatformComponent,
  renderTree,
  scratchVolume,
  secretEnv,
  secretVolume,
  tcpProbe,
  type ContainerProps,
  type PlatformApp,
  type Workload,
  type WorkloadProps,
} from '../../../constructs';
import { checkManifests } from '../../../policies/check';
import { objectsOf, only, sampleApp, type Read } from '../support/platform';

class Room extends PlatformComponent {}

const MAIN: ContainerProps = {
  name: 'main',
  image: 'r.example.org/app:1',
  ports: { http: 8000, metrics: 9000 },
  resources: { cpu: '100m', memory: '256Mi' },
  readiness: httpProbe('http', '/ready'),
};

interface Pod {
  readonly metadata: { readonly labels: object; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly Readonly<Record<string, unknown>>[];
  };
}

function build(changes: Partial<WorkloadProps> = {}): {
  app: PlatformApp;
  workload: Workload;
  objects: readonly Read[];
  server: Read;
  pod: Pod;
} {
  const app = sampleApp();
  const room = new Room(app, 'room', { namespace: 'hub', wave: 0 });
  const props: WorkloadProps = {
    name: 'app',
    kind: 'Deployment',
    user: 1000,
    containers: [MAIN],
    ...changes,
  };
  const workload = addWorkload(room, props);
  const objects = objectsOf(app);
  const server = only(objects, props.kind, 'app');
  return { app, workload, objects, server, pod: server.spec['template'] as Pod };
}
const kinds = (objects: readonly Read[]): string[] => objects.map(({ kind }) => kind);

describe('a workload', () => {
  it('comes with account and Service, under one explicit name', () => {
    const { objects } = build();
    expect(objects.map(({ path }) => path)).toEqual([
      'room/Deployment.hub.app.yaml',
      'room/Service.hub.app.yaml',
      'room/ServiceAccount.hub.app.yaml',
    ]);
  });

  it('selects its pods by one label that never changes, beside which pods may carry more', () => {
    const { server, pod } = build({ labels: { tier: 'web' } });
    expect(server.spec['selector']).toEqual({ matchLabels: { 'app.kubernetes.io/name': 'app' } });
    expect(pod.metadata.labels).toEqual({ 'app.kubernetes.io/name': 'app', tier: 'web' });
  });

  it('breaks no policy', () => {
    const { app, objects } = build({
      replicas: 2,
      kind: 'StatefulSet',
      claims: [{ name: 'data', size: '1Gi', storageClass: 'fast' }],
    });
    expect(checkManifests(objects, app.site)).toEqual([]);
  });

  it('may live in a namespace other than its component', () => {
    const { objects, workload } = build({ namespace: 'vkd' });
    expect(new Set(objects.map(({ namespace }) => namespace))).toEqual(new Set(['vkd']));
    expect(workload.service.host).toBe('app.vkd.svc');
  });

  it('runs as the user given, restricted, without token and without service links', () => {
    const { pod, objects } = build({ user: 4242 });
    expect(pod.spec).toMatchObject({
      serviceAccountName: 'app',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 4242,
        runAsGroup: 4242,
        fsGroup: 4242,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(pod.spec.containers[0]?.['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(only(objects, 'ServiceAccount', 'app').object['automountServiceAccountToken']).toBe(false);
  });

  it('mounts a token only on request, and relaxes a container only where that container says so', () => {
    const { pod } = build({
      apiAccess: true,
      containers: [{ ...MAIN, security: { readOnlyRootFilesystem: false } }],
    });
    expect(pod.spec['automountServiceAccountToken']).toBe(true);
    expect(pod.spec.containers[0]?.['securityContext']).toMatchObject({
      readOnlyRootFilesystem: false,
      allowPrivilegeEscalation: false,
    });
  });

  it('requests CPU without limiting it, and memory at its limit', () => {
    expect(build().pod.spec.containers[0]?.['resources']).toEqual({
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { memory: '256Mi' },
    });
  });

  it('offers every port under its name, one Service port each', () => {
    const { objects, workload } = build({
      containers: [MAIN, { name: 'side', image: 'x', ports: { extra: 1 }, resources: MAIN.resources }],
    });
    expect(only(objects, 'Service', 'app').spec).toEqual({
      selector: { 'app.kubernetes.io/name': 'app' },
      ports: [
        { name: 'http', port: 8000, targetPort: 'http' },
        { name: 'metrics', port: 9000, targetPort: 'metrics' },
        { name: 'extra', port: 1, targetPort: 'extra' },
      ],
    });
    expect(workload.service.ports).toEqual({ http: 8000, metrics: 9000, extra: 1 });
  });

  it('refuses two containers with one port name, of which the Service would reach only one', () => {
    expect(() => build({ containers: [MAIN, { ...MAIN, name: 'side' }] })).toThrow(
      "room: gives two containers of app a port 'http'",
    );
  });

  it('has no Service without ports', () => {
    const { ports: _ports, ...bare } = MAIN;
    expect(kinds(build({ containers: [bare] }).objects)).toEqual(['Deployment', 'ServiceAccount']);
  });

  it('with one replica has no disruption budget, which would block every drain', () => {
    const { objects, pod } = build({ replicas: 1 });
    expect(kinds(objects)).not.toContain('PodDisruptionBudget');
    expect(pod.spec).not.toHaveProperty('affinity');
  });

  it('with two replicas loses one at a time and prefers different nodes', () => {
    const { objects, pod } = build({ replicas: 2 });
    const selector = { matchLabels: { 'app.kubernetes.io/name': 'app' } };
    expect(only(objects, 'PodDisruptionBudget', 'app').spec).toEqual({ maxUnavailable: 1, selector });
    expect(pod.spec['affinity']).toEqual({
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
          },
        ],
      },
    });
  });

  it('passes scheduling, volumes, grace and probes through', () => {
    const { pod } = build({
      nodeSelector: { a: 'b' },
      tolerations: [{ key: 'k', operator: 'Exists' }],
      priorityClass: 'service',
      graceSeconds: 120,
      volumes: [configVolume('config', 'app'), secretVolume('keys', 'app-keys'), scratchVolume('tmp', '1Gi')],
      initContainers: [{ ...MAIN, name: 'setup' }],
      containers: [
        {
          ...MAIN,
          command: ['run'],
          args: ['--fast'],
          env: [secretEnv('TOKEN', 'app-keys', 'token')],
          liveness: tcpProbe('http'),
          startup: execProbe('check', '--now'),
          mounts: [{ name: 'tmp', mountPath: '/tmp' }],
          lifecycle: { preStop: { exec: { command: ['stop'] } } },
        },
      ],
    });
    expect(pod.spec).toMatchObject({
      nodeSelector: { a: 'b' },
      tolerations: [{ key: 'k', operator: 'Exists' }],
      priorityClassName: 'service',
      terminationGracePeriodSeconds: 120,
      initContainers: [{ name: 'setup' }],
      volumes: [
        { name: 'config', configMap: { name: 'app' } },
        { name: 'keys', secret: { secretName: 'app-keys', defaultMode: 0o440 } },
        { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
      ],
    });
    expect(pod.spec.containers[0]).toMatchObject({
      command: ['run'],
      args: ['--fast'],
      env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'app-keys', key: 'token' } } }],
      readinessProbe: {
        httpGet: { path: '/ready', port: 'http' },
        periodSeconds: 10,
        failureThreshold: 3,
        timeoutSeconds: 3,
      },
      livenessProbe: { tcpSocket: { port: 'http' } },
      startupProbe: { exec: { command: ['check', '--now'] } },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      lifecycle: { preStop: { exec: { command: ['stop'] } } },
    });
  });

  it('restarts its pods when the configuration it names changes, and only then', () => {
    const hash = (restartOn?: unknown): string | undefined =>
      build({ restartOn }).pod.metadata.annotations?.['ai-infn.it/config'];
    expect(hash()).toBeUndefined();
    expect(hash({ a: 1 })).toBe(contentHash({ a: 1 }));
    expect(hash({ a: 1 })).toMatch(/^[0-9a-f]{16}$/);
    expect(hash({ a: 2 })).not.toBe(hash({ a: 1 }));
  });
});

describe('a StatefulSet', () => {
  it('has a headless Service, ordered pods and volumes that outlive it', () => {
    const { objects, server } = build({
      kind: 'StatefulSet',
      claims: [{ name: 'data', size: '20Gi', storageClass: 'fast' }],
    });
    expect(only(objects, 'Service', 'app').spec['clusterIP']).toBe('None');
    expect(server.spec).toMatchObject({
      serviceName: 'app',
      podManagementPolicy: 'OrderedReady',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'fast',
            resources: { requests: { storage: '20Gi' } },
          },
        },
      ],
    });
  });

  it('starts all pods at once on request', () => {
    expect(build({ kind: 'StatefulSet', parallel: true }).server.spec['podManagementPolicy']).toBe(
      'Parallel',
    );
  });

  it('updates as told', () => {
    expect(build({ kind: 'StatefulSet', updateStrategy: 'OnDelete' }).server.spec['updateStrategy']).toEqual({
      type: 'OnDelete',
    });
    expect(build({ updateStrategy: 'Recreate' }).server.spec['strategy']).toEqual({ type: 'Recreate' });
  });
});

describe('tasks', () => {
  const props = { name: 'migrate', user: 1000, containers: [MAIN], deadlineSeconds: 600 };

  it('of a sync are replaced at each sync, end in time and clean up after themselves', () => {
    const app = sampleApp();
    const peer = addSyncJob(new Room(app, 'room', { namespace: 'hub', wave: 0 }), props);
    const job = only(objectsOf(app), 'Job', 'migrate');
    expect(job.object['metadata']).toMatchObject({
      annotations: {
        'argocd.argoproj.io/hook': 'Sync',
        'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      },
    });
    expect(job.spec).toMatchObject({
      backoffLimit: 3,
      activeDeadlineSeconds: 600,
      ttlSecondsAfterFinished: 604_800,
      template: { spec: { restartPolicy: 'Never' } },
    });
    expect([peer.namespace, peer.name, peer.labels]).toEqual([
      'hub',
      'migrate',
      { 'app.kubernetes.io/name': 'migrate' },
    ]);
    expect(checkManifests(objectsOf(app), app.site)).toEqual([]);
  });

  it('on a schedule never overlap', () => {
    const app = sampleApp();
    addCronJob(new Room(app, 'room', { namespace: 'hub', wave: 0 }), {
      ...props,
      schedule: '0 3 * * *',
      retries: 0,
    });
    const job = only(objectsOf(app), 'CronJob', 'migrate');
    expect(job.spec).toMatchObject({
      schedule: '0 3 * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { backoffLimit: 0 } },
    });
    expect(checkManifests(objectsOf(app), app.site)).toEqual([]);
  });

  it('hold quantities as Kubernetes writes them', () => {
    const app = sampleApp();
    addSyncJob(new Room(app, 'room', { namespace: 'hub', wave: 0 }), props);
    expect(renderTree(app).get('room/Job.hub.migrate.yaml')).toContain('memory: 256Mi');
  });
});
