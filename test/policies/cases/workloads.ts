import { container, deployment, object, podSpec, session, statefulSet, type Plain } from '../fixtures';
import type { RuleCases } from './case';

const image = (value: string): Plain => deployment({ container: { image: value } });
const pod = (changes: Plain): Plain => deployment({ pod: changes });
const security = (changes: Plain): Plain => deployment({ container: { securityContext: changes } });
const init = (changes: Plain): Plain =>
  pod({
    initContainers: [container({ name: 'setup', readinessProbe: undefined, ports: undefined, ...changes })],
  });
const volumes = (...list: readonly Plain[]): Plain =>
  pod({ volumes: list.map((volume, i) => ({ name: `v${i}`, ...volume })) });
const env = (...list: readonly Plain[]): Plain => deployment({ container: { env: list } });
const ALL = deployment();
const two = (spec: Plain = {}, more: Plain = {}): Plain =>
  deployment({ spec: { replicas: 2, ...spec }, pod: more });
const budget = (labels: Plain, namespace = 'hub'): Plain =>
  object(
    'policy/v1',
    'PodDisruptionBudget',
    { spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
    { namespace },
  );
const claims = (spec: Plain): Plain => ({
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    },
  ],
});

/** Cases of the rules about pods and what holds them. */
export const WORKLOAD_CASES: Readonly<Record<string, RuleCases>> = {
  'image/tagged': {
    compliant: [
      ALL,
      image('r.example.org/a:1'),
      image(`r.example.org/a@sha256:${'a'.repeat(64)}`),
      image('r.example.org:5000/a:1'),
    ],
    violating: [
      image('r.example.org/a'),
      image('r.example.org/a:latest'),
      image('r.example.org:5000/a'),
      init({ image: 'r.example.org/a' }),
    ],
  },
  'image/digest': {
    compliant: [ALL],
    violating: [image('r.example.org/a:1'), image('r.example.org/a@sha256:abc')],
  },
  'image/registry': {
    compliant: [ALL, image('localhost:5000/a:1')],
    violating: [image('redis:7'), image('library/redis:7')],
  },
  'image/pull-policy': {
    compliant: [ALL],
    violating: [
      deployment({ container: { imagePullPolicy: 'Never' } }),
      deployment({ container: { imagePullPolicy: undefined } }),
    ],
  },
  'pod/run-as-non-root': {
    compliant: [
      ALL,
      deployment({
        pod: { securityContext: undefined },
        container: { securityContext: { runAsNonRoot: true } },
      }),
    ],
    violating: [
      pod({ securityContext: { runAsNonRoot: false } }),
      pod({ securityContext: undefined }),
      security({ runAsNonRoot: false }),
    ],
  },
  'pod/user-not-zero': {
    compliant: [ALL],
    violating: [security({ runAsUser: 0 }), pod({ securityContext: { runAsUser: 0 } })],
  },
  'pod/no-privilege-escalation': {
    compliant: [ALL],
    violating: [
      security({ allowPrivilegeEscalation: true }),
      security({ allowPrivilegeEscalation: undefined }),
      init({ securityContext: undefined }),
    ],
  },
  'pod/drop-capabilities': {
    compliant: [ALL, security({ capabilities: { add: ['NET_BIND_SERVICE'] } })],
    violating: [
      security({ capabilities: undefined }),
      security({ capabilities: { drop: ['NET_RAW'] } }),
      security({ capabilities: { add: ['SYS_ADMIN'] } }),
    ],
  },
  'pod/seccomp': {
    compliant: [ALL, security({ seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } })],
    violating: [
      pod({ securityContext: { seccompProfile: undefined } }),
      security({ seccompProfile: { type: 'Unconfined' } }),
    ],
  },
  'pod/read-only-root': {
    compliant: [ALL],
    violating: [
      security({ readOnlyRootFilesystem: false }),
      init({ securityContext: { readOnlyRootFilesystem: undefined } }),
    ],
  },
  'pod/not-privileged': {
    compliant: [ALL, security({ privileged: false })],
    violating: [security({ privileged: true })],
  },
  'pod/no-host-namespaces': {
    compliant: [ALL],
    violating: [pod({ hostNetwork: true }), pod({ hostPID: true }), pod({ hostIPC: true })],
  },
  'pod/no-host-path': {
    compliant: [ALL, volumes({ emptyDir: {} })],
    violating: [volumes({ emptyDir: {} }, { hostPath: { path: '/etc' } })],
  },
  'pod/no-host-ports': {
    compliant: [ALL],
    violating: [deployment({ container: { ports: [{ containerPort: 80, hostPort: 80 }] } })],
  },
  'pod/volume-types': {
    compliant: [
      ALL,
      volumes(
        { emptyDir: {} },
        { secret: { secretName: 's' } },
        { configMap: { name: 'c' } },
        { projected: { sources: [] } },
        { persistentVolumeClaim: { claimName: 'p' } },
      ),
    ],
    violating: [
      volumes({ nfs: { server: 's', path: '/x' } }),
      volumes({ secret: { secretName: 's' } }, { rbd: { monitors: ['m'], image: 'i' } }),
    ],
  },
  'pod/safe-sysctls': {
    compliant: [
      ALL,
      pod({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] } }),
    ],
    violating: [pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } })],
  },
  'pod/proc-mount': {
    compliant: [ALL, security({ procMount: 'Default' })],
    violating: [security({ procMount: 'Unmasked' })],
  },
  'pod/selinux': {
    compliant: [ALL, security({ seLinuxOptions: { type: 'container_t' } })],
    violating: [
      security({ seLinuxOptions: { type: 'spc_t' } }),
      security({ seLinuxOptions: { user: 'root' } }),
    ],
  },
  'pod/apparmor': {
    compliant: [ALL, security({ appArmorProfile: { type: 'RuntimeDefault' } })],
    violating: [pod({ securityContext: { appArmorProfile: { type: 'Unconfined' } } })],
  },
  'pod/token-stated': {
    compliant: [ALL, pod({ automountServiceAccountToken: true })],
    violating: [
      pod({ automountServiceAccountToken: undefined }),
      pod({ automountServiceAccountToken: true, serviceAccountName: undefined }),
    ],
  },
  'pod/no-service-links': {
    compliant: [ALL],
    violating: [pod({ enableServiceLinks: undefined }), pod({ enableServiceLinks: true })],
  },
  'pod/unique-env': {
    compliant: [ALL, env({ name: 'A', value: '1' }, { name: 'B', value: '1' })],
    violating: [env({ name: 'A', value: '1' }, { name: 'A', value: '2' })],
  },
  'sessions/no-token': {
    compliant: [
      session({ 'hub.jupyter.org/username': 'ada' }),
      object('v1', 'Pod', { spec: podSpec({ automountServiceAccountToken: true }) }),
    ],
    violating: [
      session({ 'hub.jupyter.org/username': 'ada' }, { automountServiceAccountToken: true }),
      session({ 'hub.jupyter.org/username': 'ada' }, { automountServiceAccountToken: undefined }),
    ],
  },
  'sessions/owner': {
    compliant: [session({ 'hub.jupyter.org/username': 'ada' })],
    violating: [session({}), session({ 'hub.jupyter.org/username': '' })],
  },
  'resources/requests': {
    compliant: [ALL],
    violating: [
      deployment({ container: { resources: undefined } }),
      deployment({ container: { resources: { requests: { cpu: undefined } } } }),
      init({ resources: undefined }),
    ],
  },
  'resources/memory-limit': {
    compliant: [ALL],
    violating: [
      deployment({ container: { resources: { limits: { memory: '1Gi' } } } }),
      deployment({ container: { resources: { limits: undefined } } }),
    ],
  },
  'resources/scratch-limit': {
    compliant: [ALL, volumes({ emptyDir: { sizeLimit: '1Gi' } })],
    violating: [volumes({ emptyDir: {} })],
  },
  'availability/readiness': {
    compliant: [ALL, deployment({ container: { readinessProbe: undefined, ports: undefined } })],
    violating: [deployment({ container: { readinessProbe: undefined } })],
  },
  'availability/probes-differ': {
    compliant: [ALL, deployment({ container: { livenessProbe: { tcpSocket: { port: 'http' } } } })],
    violating: [deployment({ container: { livenessProbe: { httpGet: { path: '/ready', port: 'http' } } } })],
  },
  'availability/disruption-budget': {
    compliant: [ALL, [two(), budget({ 'app.kubernetes.io/name': 'app' })]],
    violating: [
      two(),
      [two(), budget({ 'app.kubernetes.io/name': 'other' })],
      [two(), budget({ 'app.kubernetes.io/name': 'app' }, 'vkd')],
    ],
  },
  'availability/spread': {
    compliant: [
      ALL,
      two({}, { topologySpreadConstraints: [] }),
      two({}, { affinity: { podAntiAffinity: {} } }),
    ],
    violating: [two(), two({}, { affinity: { nodeAffinity: {} } })],
  },
  'availability/selector': {
    compliant: [ALL, deployment({ labels: { more: 'yes' } })],
    violating: [
      deployment({ labels: { 'app.kubernetes.io/name': 'other' } }),
      deployment({ spec: { selector: { matchLabels: { tier: 'web' } } } }),
    ],
  },
  'storage/keep-data': {
    compliant: [
      statefulSet(),
      statefulSet({
        spec: {
          ...claims({ storageClassName: 'fast' }),
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        },
      }),
    ],
    violating: [
      statefulSet({
        spec: {
          ...claims({ storageClassName: 'fast' }),
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
        },
      }),
      statefulSet({
        spec: {
          ...claims({ storageClassName: 'fast' }),
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
        },
      }),
    ],
  },
  'storage/owner-once': {
    compliant: [ALL, pod({ securityContext: { fsGroup: undefined, fsGroupChangePolicy: undefined } })],
    violating: [pod({ securityContext: { fsGroupChangePolicy: undefined } })],
  },
  'storage/class-named': {
    compliant: [statefulSet(), statefulSet({ spec: claims({ storageClassName: 'local-path' }) })],
    violating: [statefulSet({ spec: claims({}) })],
  },
  'network/tls-environment': {
    compliant: [
      ALL,
      env(
        { name: 'A', value: 'rediss://redis:6379' },
        { name: 'B', value: 'postgresql://db/hub?sslmode=verify-full' },
        { name: 'C' },
      ),
    ],
    violating: [
      env({ name: 'A', value: 'redis://redis:6379' }),
      env({ name: 'A', value: 'postgresql+psycopg://db/hub' }),
      env({ name: 'A', value: 'postgres://db/hub?sslmode=require' }),
    ],
  },
  'secrets/no-literal-environment': {
    compliant: [
      ALL,
      env({ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }),
      env({ name: 'TOKEN_LIFETIME', value: '3600' }),
    ],
    violating: [
      env({ name: 'DB_PASSWORD', value: 'x' }),
      env({ name: 'API_TOKEN', value: 'x' }),
      env({ name: 'AWS_SECRET_ACCESS_KEY', value: 'x' }),
    ],
  },
  'accelerators/known': {
    compliant: [ALL, deployment({ container: { resources: { limits: { 'nvidia.com/gpu': 1 } } } })],
    violating: [
      deployment({ container: { resources: { limits: { 'nvidia.com/mig-3g.30gb': 1 } } } }),
      deployment({
        container: { resources: { limits: { 'amd.com/xilinx_u55c_gen3x16_xdma_base_3-0': 1 } } },
      }),
    ],
  },
  'accelerators/whole': {
    compliant: [
      ALL,
      deployment({
        container: { resources: { limits: { 'nvidia.com/gpu': 1 }, requests: { 'nvidia.com/gpu': 1 } } },
      }),
    ],
    violating: [
      deployment({ container: { resources: { requests: { 'nvidia.com/gpu': 1 } } } }),
      deployment({
        container: { resources: { limits: { 'nvidia.com/gpu': 2 }, requests: { 'nvidia.com/gpu': 1 } } },
      }),
    ],
  },
  'namespaces/not-default': {
    compliant: [ALL],
    violating: [
      object('v1', 'Pod', { spec: podSpec() }, { namespace: 'default' }),
      object('v1', 'Pod', { spec: podSpec() }, { namespace: undefined }),
    ],
  },
};
