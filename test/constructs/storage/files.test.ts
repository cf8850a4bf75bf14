import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { contains } from '../support/cidr';
import { nfsAddress, projectGids, Storage } from '../../../constructs/storage';
import { at, render, type Rendered, site, smallSite } from '../harness';

const tree = (): Rendered =>
  render(smallSite({ projects: { muography: { group: 'm' }, diamond: { group: 'd' } } }), (app) => {
    new Storage(app, 'storage', { wave: 0, buckets: [] });
  });

describe('homes and shared folders', () => {
  test('are served to the machines of the site and to nobody else', () => {
    const conf = String(at(tree().get('ConfigMap homes/nfs-config'), 'data', 'ganesha.conf'));
    expect(
      conf.match(/CLIENT \{ Clients = 10\.9\.0\.0\/24; Access_Type = RW; Protocols = 4; \}/g),
    ).toHaveLength(3);
    expect(conf.match(/^ {2}Access_Type = None;$/gm)).toHaveLength(3);
    const policy = tree().get('NetworkPolicy homes/nfs-from-machines');
    expect(at(policy, 'spec', 'ingress', 0, 'from')).toEqual([{ ipBlock: { cidr: '10.9.0.0/24' } }]);
  });

  test('come from a server that is not privileged', () => {
    const container = at(tree().get('StatefulSet homes/nfs'), 'spec', 'template', 'spec', 'containers', 0);
    expect(at(container, 'securityContext', 'privileged')).toBeUndefined();
    expect(at(container, 'securityContext', 'allowPrivilegeEscalation')).toBe(false);
    expect(at(container, 'securityContext', 'capabilities', 'drop')).toEqual(['ALL']);
  });

  test('are claimed by the hub; batch gets the environments alone, read-only', () => {
    const claims = tree().objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
    const nfs = claims.map(({ metadata }) => `${String(metadata['namespace'])}/${String(metadata['name'])}`);
    expect(nfs.filter((name) => !name.endsWith('juicefs')).sort()).toEqual([
      'batch/envs',
      'hub/envs',
      'hub/homes',
      'hub/shared',
    ]);
    expect(at(tree().get('PersistentVolume envs-batch'), 'spec', 'nfs', 'readOnly')).toBe(true);
  });

  test('survive the removal of their claim', () => {
    for (const volume of tree().objects.filter(({ kind }) => kind === 'PersistentVolume'))
      expect(at(volume, 'spec', 'persistentVolumeReclaimPolicy')).toBe('Retain');
    for (const claim of tree().objects.filter(({ kind }) => kind === 'PersistentVolumeClaim'))
      expect(at(claim, 'metadata', 'annotations', 'argocd.argoproj.io/sync-options')).toBe('Prune=false');
  });

  test('give each project a group number that does not depend on the others', () => {
    const one = projectGids(smallSite({ projects: { diamond: { group: 'd' } } }));
    const two = projectGids(smallSite({ projects: { muography: { group: 'm' }, diamond: { group: 'd' } } }));
    expect(two['diamond']).toBe(one['diamond']);
    expect(new Set(Object.values(two)).size).toBe(2);
    for (const gid of Object.values(two)) expect(gid).toBeGreaterThanOrEqual(20_000);
  });
});

describe('the fixed address of the NFS server', () => {
  test.each([
    ['10.43.0.0/16', '10.43.0.251'],
    ['10.96.0.0/24', '10.96.0.11'],
    ['10.96.128.0/20', '10.96.128.251'],
  ])('in %s is %s', (range, address) => {
    expect(nfsAddress(range)).toBe(address);
  });

  test('lies in its range for every size, and is not the address of cluster DNS', () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 24 }), fc.nat(255), (bits, second) => {
        const range = `10.${second}.0.0/${bits}`;
        const address = nfsAddress(range);
        expect(contains(range, address)).toBe(true);
        expect(address.endsWith('.0.10')).toBe(false);
      }),
    );
  });
});

describe('the shared file system', () => {
  test('takes passwords and keys by reference into one Secret', () => {
    const secret = tree().app.secrets.find(({ name }) => name === 'juicefs-volume');
    const metaurl = secret?.keys['metaurl'];
    if (metaurl?.kind !== 'template') throw new Error('metaurl is no template');
    expect(metaurl.text).toMatch(/^rediss:\/\/juicefs:\$\{password\}@redis\.storage\.svc:6379\/1\?/);
    expect(metaurl.refs['password']).toEqual({
      namespace: 'storage',
      name: 'redis-passwords',
      key: 'juicefs',
    });
    expect(secret?.keys['encrypt_rsa_key']?.kind).toBe('static');
  });

  test('is there for hub and batch', () => {
    for (const namespace of ['hub', 'batch'])
      expect(at(tree().get(`PersistentVolumeClaim ${namespace}/juicefs`), 'spec', 'volumeName')).toBe(
        `juicefs-${namespace}`,
      );
  });
});

describe('object stores', () => {
  test('of the MinIO line have four drives that share the capacity, and a policy that sees one bucket', () => {
    const rendered = tree();
    const claims = at(
      rendered.get('StatefulSet storage/objects'),
      'spec',
      'volumeClaimTemplates',
    ) as unknown[];
    expect(claims.map((claim) => at(claim, 'spec', 'resources', 'requests', 'storage'))).toEqual(
      Array.from({ length: 4 }, () => '256Gi'),
    );
    const policy = JSON.parse(
      String(at(rendered.get('ConfigMap storage/objects-provision'), 'data', 'juicefs.json')),
    ) as unknown;
    expect(at(policy, 'Statement', 0, 'Resource')).toEqual([
      'arn:aws:s3:::juicefs',
      'arn:aws:s3:::juicefs/*',
    ]);
  });

  test('owned elsewhere leave no server here and ask the operator for the keys', () => {
    const rendered = render(
      smallSite({ storage: { objects: 'rgw', endpoint: 'https://rgw.example.org:8443' } }),
      (app) => {
        new Storage(app, 'storage', { wave: 0, buckets: [] });
      },
    );
    expect(rendered.objects.some(({ metadata }) => metadata['name'] === 'objects')).toBe(false);
    const secret = rendered.app.secrets.find(({ name }) => name === 'objects-juicefs');
    expect(secret?.keys['secretKey']).toEqual({ kind: 'static', setting: 'objects.juicefs.secretKey' });
  });

  test('need an endpoint when owned elsewhere', () => {
    expect(() =>
      render({ ...smallSite(), storage: { ...site('lab').storage, objects: 's3' } }, (app) => {
        new Storage(app, 'storage', { wave: 0, buckets: [] });
      }),
    ).toThrow(/driver s3 needs storage\.endpoint/);
  });
});

describe('entry points of the images', () => {
  const images = join(__dirname, '..', '..', '..', 'images');
  const scripts = ['postgres', 'redis', 'nfs'].flatMap((image) =>
    readdirSync(join(images, image))
      .filter((file) => file.endsWith('.sh'))
      .map((file) => join(images, image, file)),
  );

  test.each(scripts)('%s is well-formed shell', (script) => {
    expect(execFileSync('bash', ['-n', script], { encoding: 'utf8' })).toBe('');
  });

  test('are all looked at', () => {
    expect(scripts.length).toBeGreaterThanOrEqual(7);
  });
});
