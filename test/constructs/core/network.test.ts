import { allowFrom, allowKubernetesApi, allowOutside, connect, portOf } from '../../../constructs';
import { checkManifests } from '../../../policies/check';
import { neighbour, objectsOf, only, sampleApp } from '../support/platform';

const app = (): ReturnType<typeof sampleApp> => sampleApp();
const matchNamespace = (name: string): object => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const matchName = (name: string): object => ({ matchLabels: { 'app.kubernetes.io/name': name } });

describe('a connection', () => {
  const platform = app();
  const hub = neighbour(platform, 'hub', 'hub', { http: 8081 });
  const database = neighbour(platform, 'postgres', 'database', { postgres: 5432, metrics: 9187 });
  connect(hub.peer, database, ['postgres'], 'stores users and tokens');
  const objects = objectsOf(platform);

  it('is one egress policy in the folder of the caller', () => {
    const policy = only(objects, 'NetworkPolicy', 'hub-to-postgres');
    expect([policy.component, policy.namespace]).toEqual(['neighbour-hub', 'hub']);
    expect(policy.spec).toEqual({
      podSelector: matchName('hub'),
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ namespaceSelector: matchNamespace('database'), podSelector: matchName('postgres') }],
          ports: [{ protocol: 'TCP', port: 5432 }],
        },
      ],
    });
  });

  it('and one ingress policy in the folder of the callee', () => {
    const policy = only(objects, 'NetworkPolicy', 'postgres-from-hub');
    expect([policy.component, policy.namespace]).toEqual(['neighbour-postgres', 'database']);
    expect(policy.spec).toEqual({
      podSelector: matchName('postgres'),
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ namespaceSelector: matchNamespace('hub'), podSelector: matchName('hub') }],
          ports: [{ protocol: 'TCP', port: 5432 }],
        },
      ],
    });
  });

  it('is an edge of the diagram, with its reason', () => {
    expect(platform.edges).toEqual([
      { from: 'hub/hub', to: 'database/postgres', ports: [5432], why: 'stores users and tokens' },
    ]);
  });

  it('to a port that the service does not have is refused, naming service and port', () => {
    expect(() => {
      connect(hub.peer, database, ['mysql'], 'a mistake');
    }).toThrow("Service database/postgres has no port 'mysql'");
    expect(platform.edges).toHaveLength(1);
    expect(portOf(database, 'metrics')).toBe(9187);
  });

  it('declared twice is refused', () => {
    expect(() => {
      connect(hub.peer, database, ['metrics'], 'again');
    }).toThrow('hub-to-postgres');
  });

  it('breaks no policy', () => {
    const rules = checkManifests(objects, platform.site).map(({ rule }) => rule);
    expect(rules.filter((rule) => rule.startsWith('network/'))).toEqual([]);
  });
});

describe('the world outside', () => {
  it('is reached at named ranges and ports only', () => {
    const platform = app();
    const hub = neighbour(platform, 'hub', 'hub', { http: 8081 });
    allowOutside(hub.peer, 'iam', ['192.0.2.0/24', '198.51.100.7/32'], [443], 'logins');
    expect(only(objectsOf(platform), 'NetworkPolicy', 'hub-to-iam').spec['egress']).toEqual([
      {
        to: [{ ipBlock: { cidr: '192.0.2.0/24' } }, { ipBlock: { cidr: '198.51.100.7/32' } }],
        ports: [{ protocol: 'TCP', port: 443 }],
      },
    ]);
    expect(platform.edges).toEqual([{ from: 'hub/hub', to: 'outside: iam', ports: [443], why: 'logins' }]);
  });

  it('can leave out ranges, such as those of the cluster itself', () => {
    const platform = app();
    allowOutside(neighbour(platform, 'hub', 'hub', { http: 1 }).peer, 'web', ['0.0.0.0/0'], [443], 'x', [
      '10.42.0.0/16',
    ]);
    expect(only(objectsOf(platform), 'NetworkPolicy', 'hub-to-web').spec['egress']).toMatchObject([
      { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.42.0.0/16'] } }] },
    ]);
  });

  it('includes the Kubernetes API, by port', () => {
    const platform = app();
    allowKubernetesApi(neighbour(platform, 'hub', 'hub', { http: 1 }).peer, 'starts sessions');
    expect(only(objectsOf(platform), 'NetworkPolicy', 'hub-to-kubernetes-api').spec['egress']).toMatchObject([
      {
        ports: [
          { protocol: 'TCP', port: 443 },
          { protocol: 'TCP', port: 6443 },
        ],
      },
    ]);
  });
});

describe('admitting others', () => {
  it.each([
    [{ namespace: 'monitoring' }, [{ namespaceSelector: matchNamespace('monitoring') }]],
    [
      { namespace: 'gateway', labels: { app: 'traefik' } },
      [{ namespaceSelector: matchNamespace('gateway'), podSelector: { matchLabels: { app: 'traefik' } } }],
    ],
    [{ cidrs: ['192.0.2.0/24'] }, [{ ipBlock: { cidr: '192.0.2.0/24' } }]],
  ])('admits %j to the named ports', (source, from) => {
    const platform = app();
    const redis = neighbour(platform, 'redis', 'storage', { redis: 6379, metrics: 9121 });
    allowFrom(redis, 'guest', source, ['redis'], 'why');
    expect(only(objectsOf(platform), 'NetworkPolicy', 'redis-from-guest').spec).toEqual({
      podSelector: matchName('redis'),
      policyTypes: ['Ingress'],
      ingress: [{ from, ports: [{ protocol: 'TCP', port: 6379 }] }],
    });
    expect(platform.edges).toEqual([{ from: 'guest', to: 'storage/redis', ports: [6379], why: 'why' }]);
  });
});
