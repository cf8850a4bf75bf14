import { NAMESPACES } from '../../../constructs';
import { CONTROLLER_FLOWS } from '../../../constructs/network/flows';
import { Network } from '../../../constructs/network/network';
import { PRIORITIES } from '../../../constructs/network/priorities';
import { objectsOf, only, sampleApp } from '../support/platform';

const app = sampleApp();
new Network(app, 'network');
const objects = objectsOf(app);
const names = Object.values(NAMESPACES).map(({ name }) => name);
const metadata = (object: Readonly<Record<string, unknown>>): { labels: object; annotations: object } =>
  object['metadata'] as { labels: object; annotations: object };

describe('every namespace', () => {
  it.each(names)(
    '%s exists, enforces its Pod Security level by the pinned minor, and asks before it is deleted',
    (name) => {
      const { labels, annotations } = metadata(only(objects, 'Namespace', name).object);
      const spec = Object.values(NAMESPACES).find((candidate) => candidate.name === name);
      expect(labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': spec?.enforce,
        'pod-security.kubernetes.io/enforce-version': 'v1.36',
        'pod-security.kubernetes.io/audit-version': 'v1.36',
        'pod-security.kubernetes.io/warn-version': 'v1.36',
      });
      expect(annotations).toHaveProperty(['argocd.argoproj.io/sync-options'], 'Prune=confirm,Delete=confirm');
    },
  );

  it.each(names)('%s denies everything in and out to all pods', (name) => {
    expect(only(objects, 'NetworkPolicy', 'default-deny', name).spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it.each(names)('%s may ask for names, of the cluster DNS and nobody else', (name) => {
    const { egress } = only(objects, 'NetworkPolicy', 'dns', name).spec as {
      egress: readonly { to: unknown; ports: unknown }[];
    };
    expect(egress).toHaveLength(1);
    expect(egress[0]?.to).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
    ]);
  });

  it('says why it is not restricted where it is not', () => {
    const lax = Object.values(NAMESPACES).filter(({ enforce }) => enforce !== 'restricted');
    expect(lax.length).toBeGreaterThan(0);
    for (const { name } of lax) {
      expect(metadata(only(objects, 'Namespace', name).object).annotations).toHaveProperty([
        'ai-infn.it/pod-security-reason',
      ]);
    }
  });
});

describe('quotas', () => {
  const hard = (namespace: string): unknown =>
    only(objects, 'ResourceQuota', 'platform', namespace).spec['hard'];

  it('let nobody open a port on every machine but storage, which remote centres reach', () => {
    for (const name of names.filter((candidate) => candidate !== 'storage'))
      expect(hard(name)).toMatchObject({ 'services.nodeports': '0', 'services.loadbalancers': '0' });
    expect(
      objects.filter(({ kind, namespace }) => kind === 'ResourceQuota' && namespace === 'storage'),
    ).toEqual([]);
  });

  it('bound the pods of sessions and batch', () => {
    expect(hard('hub')).toMatchObject({ pods: '800' });
    expect(hard('batch')).toMatchObject({ pods: '2000' });
  });

  it('hold sessions to the limits of the site file', () => {
    const big = sampleApp({ sessions: { cpu: 12, memory: '1Ti' } });
    new Network(big, 'network');
    expect(only(objectsOf(big), 'LimitRange', 'containers', 'hub').spec).toMatchObject({
      limits: [{ type: 'Container', max: { cpu: '12', memory: '1Ti' } }],
    });
  });
});

describe('priorities', () => {
  it('put services before sessions, sessions before pods of no class, and those before batch', () => {
    const { service, interactive, opportunistic } = PRIORITIES;
    expect(service.value).toBeGreaterThan(interactive.value);
    expect(interactive.value).toBeGreaterThan(0);
    expect(opportunistic.value).toBeLessThan(0);
  });

  it('let batch preempt nothing, and are nobody’s default', () => {
    expect(only(objects, 'PriorityClass', 'opportunistic').object['preemptionPolicy']).toBe('Never');
    expect(only(objects, 'PriorityClass', 'interactive').object['preemptionPolicy']).toBe(
      'PreemptLowerPriority',
    );
    const classes = objects.filter(({ kind }) => kind === 'PriorityClass');
    expect(classes.map(({ object }) => object['globalDefault'])).toEqual([false, false, false]);
  });
});

describe('flows of upstream controllers', () => {
  it('concern only namespaces whose pods come from upstream charts', () => {
    const own = ['hub', 'vkd', 'batch', 'database', 'storage', 'homes', 'offload', 'gateway'];
    expect(CONTROLLER_FLOWS.filter(({ namespace }) => own.includes(namespace))).toEqual([]);
  });

  it('let the API server call each webhook, on its port alone', () => {
    const { ingress, policyTypes } = only(
      objects,
      'NetworkPolicy',
      'webhook-from-kubernetes-api',
      'kueue-system',
    ).spec;
    expect(policyTypes).toEqual(['Ingress']);
    expect(ingress).toEqual([
      { from: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ protocol: 'TCP', port: 9443 }] },
    ]);
  });

  it('each become an edge with a reason', () => {
    expect(app.edges).toHaveLength(CONTROLLER_FLOWS.length);
    expect(app.edges.every(({ why }) => why.length > 10)).toBe(true);
    expect(app.edges).toContainEqual(
      expect.objectContaining({ from: 'monitoring/*', to: 'kueue-system/*', ports: [8443] }),
    );
  });
});
