import { deployment, job, merge, object, podSpec, type Plain } from '../fixtures';
import type { RuleCases } from './case';

const policy = (spec: Plain): Plain =>
  object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, ...spec } });
const peers = [{ podSelector: {} }];
const http = [{ protocol: 'TCP', port: 8080 }];
const redis = [{ protocol: 'TCP', port: 6379 }];
const world = [{ ipBlock: { cidr: '0.0.0.0/0' } }];
const denyAll = (changes: Plain = {}): Plain => policy({ policyTypes: ['Ingress', 'Egress'], ...changes });
const namespace = (labels: Plain, name = 'hub'): Plain => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const levels = (enforce: string): Plain => ({
  'pod-security.kubernetes.io/enforce': enforce,
  'pod-security.kubernetes.io/audit': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
});
const service = (spec: Plain): Plain =>
  object('v1', 'Service', { spec: { ports: [{ port: 443 }], ...spec } });
const config = (data: Plain): Plain => object('v1', 'ConfigMap', { data });
const route = (
  hostnames: readonly string[] | undefined,
  rule: Plain = { backendRefs: [{ name: 'hub', port: 80 }] },
): Plain =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
    spec: { ...(hostnames ? { hostnames } : {}), rules: [rule] },
  });
const ingress = (host: string, tls: readonly string[]): Plain =>
  object('networking.k8s.io/v1', 'Ingress', { spec: { rules: [{ host }], tls: [{ hosts: tls }] } });
const gateway = (...listeners: readonly Plain[]): Plain =>
  object('gateway.networking.k8s.io/v1', 'Gateway', {
    spec: { listeners: listeners.map((l) => ({ name: 'l', ...l })) },
  });
const role = (rule: Plain, kind = 'Role'): Plain =>
  object('rbac.authorization.k8s.io/v1', kind, {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...rule }],
  });
const bind = (changes: Plain): Plain =>
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'hub' }],
    ...changes,
  });
const tolerates = (toleration: Plain, labels: Plain = {}, pod: Plain = {}): Plain =>
  deployment({ pod: { tolerations: [toleration], ...pod }, labels });
const REMOTE = { key: 'virtual-node.interlink/no-schedule', operator: 'Exists', effect: 'NoSchedule' };
const cron = (spec: Plain): Plain =>
  object('batch/v1', 'CronJob', {
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: { spec: { template: { spec: podSpec({ restartPolicy: 'Never' }) } } },
      ...spec,
    },
  });
const queue = (spec: Plain, quota: unknown = 2, name = 'interactive-t4', flavor = 't4'): Plain => ({
  apiVersion: 'kueue.x-k8s.io/v1beta2',
  kind: 'ClusterQueue',
  metadata: { name },
  spec: merge(
    {
      cohortName: 'site',
      preemption: { reclaimWithinCohort: 'Any' },
      resourceGroups: [
        {
          coveredResources: ['cpu', 'nvidia.com/gpu'],
          flavors: [
            {
              name: flavor,
              resources: [
                { name: 'cpu', nominalQuota: 8 },
                { name: 'nvidia.com/gpu', nominalQuota: quota },
              ],
            },
          ],
        },
      ],
    },
    spec,
  ),
});
const application = (spec: Plain): Plain =>
  object('argoproj.io/v1alpha1', 'Application', {
    spec: merge(
      {
        project: 'platform',
        source: { targetRevision: '1.0.0' },
        syncPolicy: { syncOptions: ['ServerSideApply=true'] },
      },
      spec,
    ),
  });
const project = (spec: Plain): Plain =>
  object('argoproj.io/v1alpha1', 'AppProject', {
    spec: {
      sourceRepos: ['https://git.example.org/x'],
      destinations: [{ name: 'in-cluster', namespace: 'hub' }],
      ...spec,
    },
  });
const alert = (changes: Plain): Plain =>
  object('monitoring.coreos.com/v1', 'PrometheusRule', {
    spec: {
      groups: [
        {
          rules: [
            { record: 'a:b' },
            merge(
              {
                alert: 'A',
                labels: { severity: 'warning' },
                annotations: { summary: 's', runbook_url: 'https://git.example.org/a' },
              },
              changes,
            ),
          ],
        },
      ],
    },
  });
/** Cases of the rules about everything but pods. */
export const PLATFORM_CASES: Readonly<Record<string, RuleCases>> = {
  'network/default-deny': {
    compliant: [[namespace(levels('restricted')), denyAll()]],
    violating: [
      namespace(levels('restricted')),
      [namespace(levels('restricted')), denyAll({ policyTypes: ['Ingress'] })],
      [namespace(levels('restricted')), denyAll({ podSelector: { matchLabels: { a: 'b' } } })],
      [namespace(levels('restricted')), denyAll({ ingress: [{}] })],
      [namespace(levels('restricted'), 'vkd'), denyAll()],
    ],
  },
  'network/ingress-from': {
    compliant: [denyAll(), policy({ ingress: [{ from: peers, ports: http }] })],
    violating: [policy({ ingress: [{ ports: http }] }), policy({ ingress: [{ from: [] }] })],
  },
  'network/egress-to': {
    compliant: [denyAll(), policy({ egress: [{ to: peers, ports: http }] })],
    violating: [policy({ egress: [{ ports: http }] })],
  },
  'network/ports-named': {
    compliant: [denyAll(), policy({ ingress: [{ from: peers, ports: http }] })],
    violating: [policy({ ingress: [{ from: peers }] }), policy({ egress: [{ to: peers, ports: [] }] })],
  },
  'network/world-ingress': {
    compliant: [
      policy({ ingress: [{ from: world, ports: http }] }),
      policy({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: redis }] }),
    ],
    violating: [
      policy({ ingress: [{ from: world, ports: redis }] }),
      policy({ ingress: [{ from: [...peers, { ipBlock: { cidr: '::/0' } }], ports: [...http, ...redis] }] }),
    ],
  },
  'network/no-node-port': {
    compliant: [service({}), service({ type: 'LoadBalancer' })],
    violating: [service({ type: 'NodePort' })],
  },
  'network/load-balancer-ranges': {
    compliant: [
      service({}),
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: ['0.0.0.0/0'] }),
    ],
    violating: [
      service({ type: 'LoadBalancer' }),
      service({ type: 'LoadBalancer', ports: [{ port: 6379 }], loadBalancerSourceRanges: ['0.0.0.0/0'] }),
    ],
  },
  'network/no-external-ips': {
    compliant: [service({})],
    violating: [service({ externalIPs: ['192.0.2.1'] })],
  },
  'network/tls-configuration': {
    compliant: [config({ a: 'rediss://redis' }), object('v1', 'ConfigMap', {})],
    violating: [config({ a: 'url: redis://redis' })],
  },
  'gateway/route-hosts': {
    compliant: [
      route(['hub.example.org', 'grafana.hub.example.org']),
      route(undefined, { filters: [{ type: 'RequestRedirect' }] }),
    ],
    violating: [route(['hub.example.org', 'example.org']), route(['evilhub.example.org']), route(undefined)],
  },
  'gateway/ingress-hosts': {
    compliant: [ingress('a.hub.example.org', ['a.hub.example.org'])],
    violating: [ingress('a.hub.example.org', []), ingress('example.org', ['example.org'])],
  },
  'gateway/listeners': {
    compliant: [
      gateway(
        { protocol: 'HTTP', port: 80 },
        { protocol: 'HTTPS', port: 443, tls: { certificateRefs: [{ name: 'c' }] } },
      ),
    ],
    violating: [
      gateway({ protocol: 'HTTP', port: 8080 }),
      gateway({ protocol: 'HTTPS', port: 443 }),
      gateway({ protocol: 'TCP', port: 6379 }),
    ],
  },
  'namespaces/pod-security': {
    compliant: [namespace(levels('restricted')), namespace(levels('privileged'), 'gpu-operator')],
    violating: [
      namespace({}),
      namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' }),
      namespace(levels('privileged'), 'hub'),
    ],
  },
  'rbac/no-wildcards': {
    compliant: [role({})],
    violating: [
      role({ verbs: ['*'] }),
      role({ resources: ['*'] }),
      role({ apiGroups: ['*'] }, 'ClusterRole'),
    ],
  },
  'rbac/no-cluster-admin': {
    compliant: [bind({})],
    violating: [bind({ roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } })],
  },
  'rbac/no-escalation': {
    compliant: [role({})],
    violating: [role({ verbs: ['bind'] }), role({ verbs: ['get', 'impersonate'] }, 'ClusterRole')],
  },
  'rbac/no-cluster-secrets': {
    compliant: [role({ resources: ['secrets'] }), role({}, 'ClusterRole')],
    violating: [role({ resources: ['secrets'] }, 'ClusterRole')],
  },
  'rbac/no-exec': {
    compliant: [role({ resources: ['pods', 'pods/log'] })],
    violating: [role({ resources: ['pods/exec'] }), role({ resources: ['pods/attach'] }, 'ClusterRole')],
  },
  'rbac/subjects': {
    compliant: [bind({}), bind({ subjects: undefined })],
    violating: [
      bind({ subjects: [{ kind: 'ServiceAccount', name: 'default' }] }),
      bind({ subjects: [{ kind: 'Group', name: 'system:authenticated' }] }),
    ],
  },
  'rbac/accounts-without-token': {
    compliant: [object('v1', 'ServiceAccount', { automountServiceAccountToken: false })],
    violating: [
      object('v1', 'ServiceAccount', {}),
      object('v1', 'ServiceAccount', { automountServiceAccountToken: true }),
    ],
  },
  'secrets/no-values': {
    compliant: [object('v1', 'Secret', { type: 'Opaque' })],
    violating: [
      object('v1', 'Secret', { data: { a: 'eA==' } }),
      object('v1', 'Secret', { stringData: { a: 'x' } }),
    ],
  },
  'secrets/no-secret-configuration': {
    compliant: [
      config({
        a: 'postgresql://hub@db/hub',
        b: 'rediss://:${REDIS_PASSWORD}@redis',
        c: '-----BEGIN CERTIFICATE-----',
      }),
      object('v1', 'ConfigMap', {}),
    ],
    violating: [
      config({ a: '-----BEGIN EC PRIVATE KEY-----' }),
      config({ a: 'postgresql://hub:hunter2@db/hub' }),
      config({ a: `AKIA${'A'.repeat(16)}` }),
    ],
  },
  'offload/opt-in': {
    compliant: [
      deployment(),
      tolerates(REMOTE, { 'ai-infn.it/offload': 'true' }),
      tolerates({ key: 'nvidia.com/gpu', operator: 'Exists' }),
    ],
    violating: [
      tolerates(REMOTE),
      tolerates({ operator: 'Exists' }),
      tolerates(REMOTE, { 'ai-infn.it/offload': 'false' }),
    ],
  },
  'offload/no-local-storage': {
    compliant: [
      deployment({ pod: { volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'c' } }] } }),
      tolerates(
        REMOTE,
        { 'ai-infn.it/offload': 'true' },
        { volumes: [{ name: 'a', secret: { secretName: 's' } }] },
      ),
    ],
    violating: [
      tolerates(
        REMOTE,
        { 'ai-infn.it/offload': 'true' },
        { volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'c' } }] },
      ),
      tolerates(
        REMOTE,
        { 'ai-infn.it/offload': 'true' },
        { volumes: [{ name: 'a', hostPath: { path: '/x' } }] },
      ),
    ],
  },
  'batch/grace': {
    compliant: [job(), job({ pod: { terminationGracePeriodSeconds: 0 } })],
    violating: [
      job({ pod: { terminationGracePeriodSeconds: 11 } }),
      job({ pod: { terminationGracePeriodSeconds: undefined } }),
    ],
  },
  'batch/queue': { compliant: [job()], violating: [job({ labels: { 'kueue.x-k8s.io/queue-name': '' } })] },
  'batch/expiry': { compliant: [job()], violating: [job({ spec: { ttlSecondsAfterFinished: undefined } })] },
  'batch/cron-deadline': {
    compliant: [cron({ startingDeadlineSeconds: 600, concurrencyPolicy: 'Forbid' })],
    violating: [
      cron({ concurrencyPolicy: 'Forbid' }),
      cron({ startingDeadlineSeconds: 600 }),
      cron({ startingDeadlineSeconds: 600, concurrencyPolicy: 'Allow' }),
    ],
  },
  'kueue/cohort': {
    compliant: [queue({}), queue({ cohortName: undefined, cohort: 'site' })],
    violating: [queue({ cohortName: undefined })],
  },
  'kueue/owner-reclaims': {
    compliant: [queue({}), queue({ preemption: undefined }, 0), queue({ preemption: undefined }, '0')],
    violating: [
      queue({ preemption: { reclaimWithinCohort: 'Never' } }),
      queue({ preemption: undefined }, '2'),
    ],
  },
  'kueue/batch-borrows': {
    compliant: [
      queue({}),
      queue({}, 0, 'opportunistic'),
      queue({}, '0', 'opportunistic'),
      queue({}, 4, 'opportunistic', 'offload-recas'),
    ],
    violating: [queue({}, 1, 'opportunistic'), queue({}, '1', 'opportunistic-cpu')],
  },
  'kueue/coverage': {
    compliant: [queue({})],
    violating: [
      queue({
        resourceGroups: [
          {
            coveredResources: ['nvidia.com/gpu', 'cpu'],
            flavors: [{ name: 'a', resources: [{ name: 'cpu', nominalQuota: 1 }] }],
          },
        ],
      }),
    ],
  },
  'delivery/pinned': {
    compliant: [
      application({}),
      application({ source: undefined, sources: [{ targetRevision: 'v1.2.3' }] }),
      application({ source: { targetRevision: 'a'.repeat(40) } }),
    ],
    violating: ['HEAD', 'main', '', '1.*', '^1.2.0', '>=1', '1.x'].map((targetRevision) =>
      application({ source: { targetRevision } }),
    ),
  },
  'delivery/server-side': {
    compliant: [application({})],
    violating: [application({ syncPolicy: { syncOptions: [] } }), application({ syncPolicy: undefined })],
  },
  'delivery/project': {
    compliant: [application({})],
    violating: [application({ project: 'default' }), application({ project: undefined })],
  },
  'delivery/project-scope': {
    compliant: [project({})],
    violating: [
      project({ sourceRepos: ['*'] }),
      project({ destinations: [{ name: 'in-cluster', namespace: '*' }] }),
      project({ destinations: [{ server: '*', namespace: 'hub' }] }),
    ],
  },
  'monitoring/runbook': {
    compliant: [alert({})],
    violating: [
      alert({ annotations: { runbook_url: undefined } }),
      alert({ annotations: { runbook_url: 'docs/a' } }),
      alert({ labels: undefined }),
      alert({ annotations: { summary: '' } }),
    ],
  },
};
