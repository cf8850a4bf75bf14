import fc from 'fast-check';

import {
  addDatabase,
  DATABASE_BUCKET,
  type DatabaseComponent,
  isLossless,
  synchronousNames,
} from '../../../constructs/database';
import { Storage } from '../../../constructs/storage';
import type { Site, SiteInput } from '../../../constructs/site';
import { at, render, type Rendered, site, smallSite } from '../harness';

const consumers = [{ name: 'hub' }, { name: 'accounting', certificate: { namespace: 'monitoring' } }];

interface Built {
  readonly rendered: Rendered;
  readonly database: DatabaseComponent;
}

function build(forSite: Site, primaryNode?: number): Built {
  const held: { database?: DatabaseComponent } = {};
  const rendered = render(forSite, (app) => {
    const storage = new Storage(app, 'storage', {
      wave: 0,
      buckets: [{ name: DATABASE_BUCKET, namespace: 'database', purpose: 'backups', consumers: [] }],
    });
    held.database = addDatabase(app, 'database', {
      wave: 0,
      consumers,
      objects: storage.objects,
      ...(primaryNode === undefined ? {} : { primaryNode }),
    });
  });
  if (!held.database) throw new Error('no database was built');
  return { rendered, database: held.database };
}

const small = (changes: Partial<SiteInput> = {}): Built => build(smallSite(changes));
const config = ({ rendered }: Built, file: string): string =>
  String(at(rendered.get('ConfigMap database/postgres-config'), 'data', file));

describe('the quorum rule', () => {
  test.each([
    ['3 nodes, ANY 1, promoter sees both standbys', 2, 1, 2, true],
    ['3 nodes and a witness: the witness makes up the majority', 2, 1, 1, false],
    ['3 nodes and a witness, ANY 2', 2, 2, 1, true],
    ['5 nodes, ANY 2, promoter sees three of four', 4, 2, 3, true],
    ['asynchronous replication', 2, 0, 2, false],
  ])('%s', (_, standbys, acks, seen, safe) => {
    expect(isLossless({ standbys, acks, seen })).toBe(safe);
  });

  test('holds exactly when every set of acknowledging standbys meets every set of seen ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(5), fc.nat(5), (standbys, acks, seen) => {
        fc.pre(acks <= standbys && seen <= standbys);
        const sets = (size: number): number[] =>
          Array.from({ length: 1 << standbys }, (_, set) => set).filter(
            (set) => set.toString(2).replaceAll('0', '').length === size,
          );
        const meets = acks > 0 && sets(acks).every((a) => sets(seen).every((b) => (a & b) !== 0));
        expect(isLossless({ standbys, acks, seen })).toBe(meets);
      }),
    );
  });

  test('is kept by the rendered cluster: all three nodes are named and one of them must answer', () => {
    expect(synchronousNames(['a', 'b'])).toBe('ANY 1 ("a","b")');
    expect(config(small(), 'postgresql.conf')).toContain(
      'synchronous_standby_names = \'ANY 1 ("postgres-0","postgres-1","postgres-2")\'\n',
    );
  });
});

describe('PostgreSQL with repmgr', () => {
  test.each(['cnaf', 'recas-bari', 'lab'])('renders for %s without holding a secret value', (name) => {
    const { objects } = build(site(name)).rendered;
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(
      objects.some(({ kind, metadata }) => kind === 'StatefulSet' && metadata['name'] === 'postgres'),
    ).toBe(true);
  });

  test('is three data nodes that start side by side, keep their volumes and lose one at a time', () => {
    const { rendered } = small();
    const set = rendered.get('StatefulSet database/postgres');
    expect(at(set, 'spec', 'replicas')).toBe(3);
    expect(at(set, 'spec', 'podManagementPolicy')).toBe('Parallel');
    expect(at(set, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted')).toBe('Retain');
    expect(at(rendered.get('PodDisruptionBudget database/postgres'), 'spec', 'maxUnavailable')).toBe(1);
    expect(at(rendered.get('Service database/postgres'), 'spec', 'publishNotReadyAddresses')).toBe(true);
  });

  test('keeps the modes of its data directory when a volume is mounted again', () => {
    const pod = at(small().rendered.get('StatefulSet database/postgres'), 'spec', 'template', 'spec');
    expect(at(pod, 'securityContext', 'fsGroupChangePolicy')).toBe('OnRootMismatch');
  });

  test('lets nobody in without TLS, and the last rule refuses everything', () => {
    const rules = config(small(), 'pg_hba.conf').trim().split('\n');
    expect(rules.filter((rule) => /^(host|hostnossl) /.test(rule))).toEqual(['host all all all reject']);
    expect(rules.at(-1)).toBe('host all all all reject');
    expect(config(small(), 'postgresql.conf')).toContain("ssl_min_protocol_version = 'TLSv1.3'\n");
  });

  test('lets a consumer into its own database only, with a certificate where that was asked for', () => {
    const rules = config(small(), 'pg_hba.conf').split('\n');
    expect(rules).toContain('hostssl hub hub all scram-sha-256');
    expect(rules).toContain('hostssl accounting accounting all scram-sha-256 clientcert=verify-full');
    const certificate = small().rendered.get('Certificate monitoring/postgres-accounting-tls');
    expect(at(certificate, 'spec', 'commonName')).toBe('accounting');
  });

  test('has passwords in files and the catalogue, never in its SQL', () => {
    const { rendered, database } = small();
    const access = database.access('hub');
    expect(access.password).toEqual({ namespace: 'database', name: 'postgres-roles', key: 'hub' });
    expect(rendered.app.secrets.find(({ name }) => name === 'postgres-roles')?.keys['hub']?.kind).toBe(
      'random',
    );
    expect(config(small(), 'roles.sql')).toContain('\\set password `cat /etc/postgres-roles/hub`\n');
    expect(() => database.access('stranger')).toThrow(/knows no database consumer 'stranger'/);
  });

  test('writes to node 0 unless the operator promoted another, and no pod restarts for that', () => {
    const selector = (built: Built): unknown =>
      at(
        built.rendered.get('Service database/postgres-rw'),
        'spec',
        'selector',
        'statefulset.kubernetes.io/pod-name',
      );
    const before = small();
    const after = build(smallSite(), 2);
    expect([selector(before), selector(after)]).toEqual(['postgres-0', 'postgres-2']);
    expect([config(before, 'primary'), config(after, 'primary')]).toEqual(['0', '2']);
    expect(after.rendered.get('StatefulSet database/postgres')).toEqual(
      before.rendered.get('StatefulSet database/postgres'),
    );
  });

  test('encrypts backups before they leave and takes every key from the environment', () => {
    const text = config(small(), 'pgbackrest.conf');
    expect(text).toContain('repo1-cipher-type=aes-256-cbc\n');
    expect(text).toContain('repo1-s3-endpoint=objects.storage.svc\n');
    expect(text).not.toMatch(/cipher-pass|s3-key/);
    const env = at(
      small().rendered.get('StatefulSet database/postgres'),
      'spec',
      'template',
      'spec',
      'containers',
      0,
      'env',
    );
    const names = (env as { name: string; value?: string }[]).filter(({ value }) => value === undefined);
    expect(names.map(({ name }) => name)).toEqual([
      'PGBACKREST_REPO1_S3_KEY',
      'PGBACKREST_REPO1_S3_KEY_SECRET',
      'PGBACKREST_REPO1_CIPHER_PASS',
    ]);
  });

  test('trusts public authorities for a store owned elsewhere', () => {
    const built = small({ storage: { objects: 's3', endpoint: 'https://s3.example.org' } });
    expect(config(built, 'pgbackrest.conf')).toContain(
      'repo1-storage-ca-file=/etc/ssl/certs/ca-certificates.crt\n',
    );
    expect(config(built, 'pgbackrest.conf')).toContain('repo1-storage-port=443\n');
  });

  test.each(['full', 'diff', 'incr', 'verify'])(
    'backs up on a schedule (%s) without any right in the cluster',
    (run) => {
      const { rendered } = small();
      const job = rendered.get(`CronJob database/postgres-backup-${run}`);
      expect(at(job, 'spec', 'concurrencyPolicy')).toBe('Forbid');
      expect(at(job, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'automountServiceAccountToken')).toBe(
        false,
      );
      expect(rendered.objects.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
      expect(rendered.get(`NetworkPolicy database/postgres-from-postgres-backup-${run}`)).toBeDefined();
    },
  );
});

describe('PostgreSQL under CloudNativePG', () => {
  const cnpg = (): Built => small({ database: { driver: 'cloudnative-pg' } });

  test('keeps the same quorum, certificates and way in', () => {
    const { rendered, database } = cnpg();
    const cluster = rendered.get('Cluster database/postgres');
    expect(at(cluster, 'spec', 'instances')).toBe(3);
    expect(at(cluster, 'spec', 'postgresql', 'synchronous')).toEqual({
      method: 'any',
      number: 1,
      dataDurability: 'required',
      failoverQuorum: true,
    });
    expect(at(cluster, 'spec', 'postgresql', 'pg_hba', 0)).toBe('hostssl hub hub all scram-sha-256');
    expect(database.access('hub').service.host).toBe('postgres-rw.database.svc');
  });

  test('gives each consumer a database that outlives its object', () => {
    const object = cnpg().rendered.get('Database database/postgres-hub');
    expect(at(object, 'spec')).toEqual({
      name: 'hub',
      owner: 'hub',
      cluster: { name: 'postgres' },
      databaseReclaimPolicy: 'retain',
    });
  });
});
