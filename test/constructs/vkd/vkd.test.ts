import type { Peer } from '../../../constructs';
import { Vkd, type VkdConfig } from '../../../constructs/vkd';
import { neighbour, objectsOf, only, sampleApp } from '../support/platform';

const app = sampleApp({
  offload: {
    recas: { api: 'https://interlink.recas.example:3000', cpu: 200, memory: '800Gi', gpus: { t4: 4 } },
  },
});
const hub = neighbour(app, 'hub', 'hub', { http: 8081 });
const sessions: Peer = { ...hub.peer, name: 'session', labels: { component: 'singleuser-server' } };
const hubToken = { namespace: 'hub', name: 'hub', key: 'vkdToken' };
const vkd = new Vkd(app, 'vkd', { hub, hubPort: 'http', hubToken, sessions });
const objects = objectsOf(app);
const data = only(objects, 'ConfigMap', 'vkd').object['data'] as Record<string, string>;
const config = JSON.parse(data['config.json'] ?? '') as VkdConfig;
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

describe('what vkd knows of the site', () => {
  it('is every kind of device by the product label, with the memory by which a job may choose', () => {
    expect(config.kinds).toContainEqual({
      key: 'a100-40gb-1g-5gb',
      product: 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb',
      resource: 'nvidia.com/gpu',
      memoryGiB: 5,
    });
    expect(config.kinds).toContainEqual({ key: 'cpu', product: 'none', memoryGiB: 0 });
  });

  it('is the group of each project and the grace of the site file', () => {
    expect(config.projects).toEqual({ muography: { group: 'muography' }, diamond: { group: 'diamond' } });
    expect(config.graceSeconds).toBe(10);
    expect(config.priorityClass).toBe('opportunistic');
  });

  it('is each remote centre with the taint that a job must opt into', () => {
    expect(config.remotes).toEqual([
      { name: 'recas', product: 'offload-recas', taint: 'virtual-node.interlink/no-schedule' },
    ]);
  });

  it('is where the hub answers', () => {
    expect(config.hubApi).toBe('http://hub.hub.svc:8081/hub/api');
  });
});

describe('what vkd may do', () => {
  const rules = only(objects, 'Role', 'vkd').object['rules'] as readonly Rule[];

  it('ends at the batch namespace', () => {
    expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    expect(objects.filter(({ kind }) => kind === 'Role').map(({ namespace }) => namespace)).toEqual([
      'batch',
    ]);
    expect(only(objects, 'RoleBinding', 'vkd', 'batch').object['subjects']).toEqual([
      { kind: 'ServiceAccount', name: 'vkd', namespace: 'vkd' },
    ]);
  });

  it('does not include changing queues, reading Secrets or entering pods', () => {
    const verbs = (resource: string): readonly string[] =>
      rules.filter(({ resources }) => resources.includes(resource)).flatMap((rule) => rule.verbs);
    expect(verbs('localqueues')).toEqual(['get', 'list', 'watch']);
    expect(verbs('secrets')).toEqual([]);
    expect(verbs('pods/exec')).toEqual([]);
    expect(rules.flatMap((rule) => [...rule.verbs, ...rule.resources, ...rule.apiGroups])).not.toContain('*');
  });
});

describe('the dispatcher', () => {
  it('runs twice with a disruption budget', () => {
    expect(only(objects, 'Deployment', 'vkd').spec).toMatchObject({ replicas: 2 });
    expect(only(objects, 'PodDisruptionBudget', 'vkd').spec).toMatchObject({ maxUnavailable: 1 });
  });

  it('serves TLS under the name that sessions are told', () => {
    expect(Vkd.url).toBe('https://vkd.vkd.svc:8000/api/v1');
    expect(only(objects, 'Certificate', 'vkd-tls').spec['dnsNames']).toContain(new URL(Vkd.url).hostname);
    expect(vkd.service.ports['https']).toBe(8000);
  });

  it('gets its hub token as a copy of the hub’s, never rendered', () => {
    expect(app.secrets.map(({ keys }) => keys)).toEqual([{ token: { kind: 'copy', of: hubToken } }]);
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('is reached by sessions alone, and reaches the hub and the API server', () => {
    const edges = app.edges.map(({ from, to, ports }) => `${from} > ${to} ${ports.join(',')}`);
    expect(edges).toEqual([
      'hub/session > vkd/vkd 8000',
      'vkd/vkd > hub/hub 8081',
      'vkd/vkd > outside: kubernetes-api 443,6443',
    ]);
  });
});
