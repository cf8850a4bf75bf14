import { WAVES } from '../../../constructs/delivery/waves';
import { DATABASE_BUCKET } from '../../../constructs/database';
import { Storage } from '../../../constructs/storage';
import type { SiteInput } from '../../../constructs/site';
import { at, render, type Rendered, site, smallSite } from '../harness';

const request = {
  name: DATABASE_BUCKET,
  namespace: 'database',
  purpose: 'backups',
  consumers: ['database/postgres'],
  needs: ['versioning'],
} as const;

const build = (changes: Partial<SiteInput> = {}): Rendered =>
  render(smallSite(changes), (app) => {
    new Storage(app, 'storage', { wave: WAVES.storage, buckets: [request] });
  });

const remote = {
  bari: {
    api: 'https://interlink.bari.example.org:3000',
    cpu: 10,
    memory: '20Gi',
    addresses: ['192.0.2.0/28', '198.51.100.7/32'],
  },
  lecce: { api: 'https://interlink.lecce.example.org', cpu: 10, memory: '20Gi', addresses: ['192.0.2.0/28'] },
} satisfies SiteInput['offload'];

describe('the storage component', () => {
  test.each(['cnaf', 'recas-bari', 'lab'])('renders for %s without holding a secret value', (name) => {
    const { objects } = render(site(name), (app) => {
      new Storage(app, 'storage', { wave: WAVES.storage, buckets: [request] });
    });
    expect(objects.length).toBeGreaterThan(20);
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('refuses a bucket that nobody asked for', () => {
    render(smallSite(), (app) => {
      const { objects } = new Storage(app, 'storage', { wave: WAVES.storage, buckets: [request] });
      expect(objects.bucket(DATABASE_BUCKET).endpoint).toBe('https://objects.storage.svc:9000');
      expect(() => objects.bucket('other')).toThrow(/has no bucket 'other'/);
    });
  });

  test('refuses a bucket whose needs the store does not meet', () => {
    expect(() =>
      render(smallSite({ storage: { objects: 'seaweedfs' } }), (app) => {
        new Storage(app, 'storage', {
          wave: 0,
          buckets: [{ ...request, needs: ['lifecycle'] }],
        });
      }),
    ).toThrow(/bucket 'postgres-backup' needs lifecycle/);
  });
});

describe('Redis for metadata', () => {
  const conf = (rendered: Rendered): string =>
    String(at(rendered.get('ConfigMap storage/redis-config'), 'data', 'redis.conf'));

  test('listens on TLS only, asks for client certificates, appends to its log and never evicts', () => {
    const lines = conf(build()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'port 0',
        'tls-auth-clients yes',
        'appendonly yes',
        'maxmemory-policy noeviction',
        'aclfile /etc/redis-users/users.acl',
      ]),
    );
  });

  test('leaves memory for rewriting its log', () => {
    const rendered = build();
    const max = Number(/maxmemory (\d+)mb/.exec(conf(rendered))?.[1]);
    const limit = at(
      rendered.get('StatefulSet storage/redis'),
      'spec',
      'template',
      'spec',
      'containers',
      0,
      'resources',
      'limits',
      'memory',
    );
    expect(max).toBeLessThan(Number(String(limit).replace('Mi', '')) * 0.75);
    expect(max).toBeGreaterThan(1024);
  });

  test('takes every password from the catalogue and switches the default user off', () => {
    const users = build().app.secrets.find(({ name }) => name === 'redis-users');
    const acl = users?.keys['users.acl'];
    if (acl?.kind !== 'template') throw new Error('users.acl is no template');
    expect(acl.text).toMatch(/^user default off\nuser juicefs on >\$\{juicefs\} /);
    expect(Object.keys(acl.refs).sort()).toEqual(['juicefs', 'monitor', 'replica']);
  });

  test('keeps the primary on the storage machine and the replica free to go elsewhere', () => {
    const rendered = build();
    const selector = (name: string): unknown =>
      at(rendered.get(`StatefulSet storage/${name}`), 'spec', 'template', 'spec', 'nodeSelector');
    expect(selector('redis')).toEqual({ 'ai-infn.it/role': 'storage' });
    expect(selector('redis-replica')).toBeUndefined();
  });
});

describe('what remote centres reach', () => {
  test('is nothing where there are none', () => {
    const names = build().objects.map(({ metadata }) => String(metadata['name']));
    expect(names.filter((name) => name.includes('remotes'))).toEqual([]);
  });

  test.each(['redis', 'objects'])(
    'is %s by node port, from their addresses alone and with the source kept',
    (name) => {
      const rendered = build({ offload: remote });
      const service = rendered.get(`Service storage/${name}-remotes`);
      expect(at(service, 'spec', 'externalTrafficPolicy')).toBe('Local');
      expect(at(service, 'spec', 'type')).toBe('NodePort');
      const policy = rendered.get(`NetworkPolicy storage/${name}-from-remotes`);
      const cidrs = (at(policy, 'spec', 'ingress', 0, 'from') as unknown[]).map((peer) =>
        at(peer, 'ipBlock', 'cidr'),
      );
      expect(cidrs).toEqual(['192.0.2.0/28', '198.51.100.7/32']);
    },
  );

  test('is filtered by balancer and policy from one list where the cloud balances', () => {
    const small = smallSite();
    const rendered = render(
      {
        ...small,
        cloud: { ...small.cloud, entry: 'octavia' },
        offload: smallSite({ offload: remote }).offload,
      },
      (app) => {
        new Storage(app, 'storage', { wave: 0, buckets: [] });
      },
    );
    for (const name of ['redis', 'objects']) {
      const policy = rendered.get(`NetworkPolicy storage/${name}-from-remotes`);
      const cidrs = (at(policy, 'spec', 'ingress', 0, 'from') as unknown[]).map((peer) =>
        at(peer, 'ipBlock', 'cidr'),
      );
      expect(at(rendered.get(`Service storage/${name}-remotes`), 'spec', 'loadBalancerSourceRanges')).toEqual(
        cidrs,
      );
    }
  });
});
