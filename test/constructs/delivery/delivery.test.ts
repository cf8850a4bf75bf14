import { DATABASE_BUCKET, addDatabase } from '../../../constructs/database';
import {
  CHART_WAVES,
  type ChartRelease,
  Delivery,
  deliveryFaults,
  type Folder,
  policiesFolder,
  PROVIDERS,
  WAVES,
} from '../../../constructs/delivery';
import type { PlatformApp } from '../../../constructs/core/component';
import { Offload } from '../../../constructs/offload';
import { juicefsCsiValues, Storage } from '../../../constructs/storage';
import { at, keyOf, type Loose, render, type Rendered, site } from '../harness';

const chart = (name: keyof typeof CHART_WAVES, namespace: string): ChartRelease => ({
  chart: name,
  namespace,
  wave: CHART_WAVES[name],
  values: {},
});

const charts = [
  { ...chart('cert-manager', 'cert-manager'), alsoIn: ['kube-system'] },
  { ...chart('juicefs-csi-driver', 'juicefs'), values: juicefsCsiValues() },
  chart('kueue', 'kueue-system'),
];

function components(app: PlatformApp): void {
  const storage = new Storage(app, 'storage', {
    wave: WAVES.storage,
    buckets: [{ name: DATABASE_BUCKET, namespace: 'database', purpose: 'backups', consumers: [] }],
  });
  addDatabase(app, 'database', {
    wave: WAVES.database,
    consumers: [{ name: 'hub' }],
    objects: storage.objects,
  });
  new Offload(app, 'offload', { wave: WAVES.offload });
}

const tree = (): Rendered =>
  render(site('cnaf'), (app) => {
    components(app);
    new Delivery(app, 'delivery', { charts, folders: [policiesFolder()] });
  });

const applications = (rendered: Rendered): readonly Loose[] =>
  rendered.objects.filter(({ kind }) => kind === 'Application');

describe('Applications', () => {
  test('are one per component, per folder beside them and per chart', () => {
    const names = applications(tree()).map(({ metadata }) => String(metadata['name']));
    expect(names.sort()).toEqual([
      'cert-manager',
      'database',
      'juicefs-csi-driver',
      'kueue',
      'offload',
      'policies',
      'storage',
    ]);
  });

  test('read their own folder of the site at the pinned revision', () => {
    const { delivery } = site('cnaf');
    expect(at(tree().get('Application argocd/storage'), 'spec', 'source')).toEqual({
      repoURL: delivery.repo,
      targetRevision: delivery.revision,
      path: 'charts-out/cnaf/storage',
      directory: { recurse: true, include: '*.yaml' },
    });
  });

  test('carry the wave of their component and are synced by server-side apply', () => {
    const application = tree().get('Application argocd/storage');
    expect(at(application, 'metadata', 'annotations', 'argocd.argoproj.io/sync-wave')).toBe(
      String(WAVES.storage),
    );
    expect(at(application, 'spec', 'syncPolicy')).toEqual({
      automated: { enabled: true, prune: true, selfHeal: true, allowEmpty: false },
      retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '3m' }, refresh: true },
      syncOptions: [
        'ServerSideApply=true',
        'RespectIgnoreDifferences=true',
        'PruneLast=true',
        'FailOnSharedResource=true',
        'ApplyOutOfSyncOnly=true',
        'CreateNamespace=false',
      ],
    });
  });

  test('take charts at the locked version, from OCI without its scheme', () => {
    expect(at(tree().get('Application argocd/kueue'), 'spec', 'source')).toEqual({
      repoURL: 'registry.k8s.io/kueue/charts',
      chart: 'kueue',
      targetRevision: '0.19.2',
      helm: { releaseName: 'kueue', valuesObject: {} },
    });
  });

  test('delete what they own when they go, unless it carries data', () => {
    const rendered = tree();
    const finalizers = (name: string): unknown =>
      at(rendered.get(`Application argocd/${name}`), 'metadata', 'finalizers');
    expect(finalizers('offload')).toEqual(['resources-finalizer.argocd.argoproj.io/foreground']);
    for (const name of ['database', 'storage', 'kueue']) expect(finalizers(name)).toBeUndefined();
  });
});

describe('projects', () => {
  const allowed = (project: Loose, list: string): string[] =>
    (at(project, 'spec', list) as { group: string; kind: string }[]).map(
      ({ group, kind }) => `${group}/${kind}`,
    );

  test('let every object of every component through, and nothing with a wildcard', () => {
    const rendered = tree();
    const project = rendered.get('AppProject argocd/platform');
    const namespaces = (at(project, 'spec', 'destinations') as { namespace: string }[]).map(
      (d) => d.namespace,
    );
    for (const object of rendered.objects.filter(
      ({ kind }) => !['Application', 'AppProject'].includes(kind),
    )) {
      const group = String(object['apiVersion']).includes('/')
        ? String(object['apiVersion']).split('/')[0]
        : '';
      const list = object.metadata['namespace'] ? 'namespaceResourceWhitelist' : 'clusterResourceWhitelist';
      expect([keyOf(object), allowed(project, list)]).toEqual([
        keyOf(object),
        expect.arrayContaining([`${group}/${object.kind}`]),
      ]);
      if (object.metadata['namespace']) expect(namespaces).toContain(object.metadata['namespace']);
    }
    expect(JSON.stringify(project)).not.toContain('*');
  });

  test('keep charts to their own repositories and namespaces', () => {
    const project = tree().get('AppProject argocd/controllers');
    expect(at(project, 'spec', 'sourceRepos')).toEqual([
      'https://charts.jetstack.io',
      'https://juicedata.github.io/charts',
      'registry.k8s.io/kueue/charts',
    ]);
    const namespaces = (at(project, 'spec', 'destinations') as { namespace: string }[]).map(
      (d) => d.namespace,
    );
    expect(namespaces).toEqual(['cert-manager', 'juicefs', 'kube-system', 'kueue-system']);
    expect(JSON.stringify(project)).not.toContain('"*"');
  });

  test('are there before any Application', () => {
    const rendered = tree();
    const wave = (object: Loose): number =>
      Number(at(object, 'metadata', 'annotations', 'argocd.argoproj.io/sync-wave'));
    const first = Math.min(...applications(rendered).map(wave));
    expect(wave(rendered.get('AppProject argocd/platform'))).toBeLessThan(first);
  });
});

describe('order of delivery', () => {
  const folder = (name: string, wave: number, group: string, object = 'x'): Folder => ({
    name,
    wave,
    objects: [{ group, kind: 'Thing', name: object, namespace: 'n' }],
  });

  test('refuses a component whose kinds come too late, or never, or from nowhere', () => {
    const folders = [
      folder('early', -50, 'cert-manager.io', 'a'),
      folder('late', 0, 'cert-manager.io', 'b'),
      folder('orphan', 0, 'nvidia.com', 'c'),
      folder('stray', 0, 'example.org', 'd'),
      folder('plain', -90, 'apps', 'e'),
    ];
    expect(deliveryFaults(folders, { 'cert-manager': -40 })).toEqual([
      'early (wave -50) uses kinds of cert-manager.io before chart cert-manager (wave -40) installs them',
      'orphan uses kinds of nvidia.com, but chart gpu-operator is not delivered',
      'stray uses kinds of example.org, which no chart is known to install',
    ]);
  });

  test('refuses an object that two components own', () => {
    const folders = [folder('one', 0, 'apps'), folder('two', 0, 'apps'), folder('three', 0, 'batch')];
    expect(deliveryFaults(folders, {})).toEqual(['Thing x is owned by one and by two']);
  });

  test('is checked when the tree is rendered', () => {
    expect(() =>
      render(site('cnaf'), (app) => {
        components(app);
        new Delivery(app, 'delivery', { charts: [] });
      }),
    ).toThrow(/storage uses kinds of cert-manager\.io, but chart cert-manager is not delivered/);
  });

  test('is checked against components added afterwards', () => {
    expect(() =>
      render(site('cnaf'), (app) => {
        new Delivery(app, 'delivery', { charts });
        components(app);
      }),
    ).toThrow(/make it the last of the tree/);
  });

  test('puts every chart before the components of its kinds, by the waves of the project', () => {
    for (const name of Object.values(PROVIDERS)) expect(Object.keys(CHART_WAVES)).toContain(name);
    expect(CHART_WAVES['cert-manager']).toBeLessThan(WAVES['cert-manager']);
    expect(CHART_WAVES.kueue).toBeLessThan(WAVES.kueue);
    expect(CHART_WAVES['gpu-operator']).toBeLessThan(WAVES.gpu);
  });
});
