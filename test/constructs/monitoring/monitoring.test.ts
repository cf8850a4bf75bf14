import {
  buildDashboard,
  DASHBOARDS,
  Monitoring,
  prometheusStackValues,
  prometheusVolume,
} from '../../../constructs/monitoring';
import { Gateway } from '../../../constructs/network/gateway';
import {
  neighbour,
  objectsOf,
  only,
  sampleApp,
  sampleDatabase,
  sampleServer,
  sampleSite,
} from '../support/platform';

const app = sampleApp();
const server = sampleServer(app);
const monitoring = new Monitoring(app, 'monitoring', {
  database: sampleDatabase(server, 'grafana'),
  databaseFigures: sampleDatabase(server, 'monitoring'),
  gateway: new Gateway(app, 'gateway'),
});
const hub = neighbour(app, 'hub', 'hub', { http: 8081 });
monitoring.scrape({
  service: hub,
  port: 'http',
  path: '/hub/metrics',
  token: { namespace: 'hub', name: 'hub', key: 'metricsToken' },
});
monitoring.scrape({
  service: neighbour(app, 'store', 'storage', { https: 9000 }),
  port: 'https',
  scheme: 'https',
});
const objects = objectsOf(app);
interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly securityContext: object;
}
const grafana = (
  only(objects, 'Deployment', 'grafana').spec as { template: { spec: { containers: [Container] } } }
).template.spec.containers[0];
const setting = (name: string): string | undefined => grafana.env.find((entry) => entry.name === name)?.value;

describe('scraping', () => {
  it('finds the service by namespace and labels, and presents the token it asks for', () => {
    expect(only(objects, 'ServiceMonitor', 'hub-hub').spec).toEqual({
      namespaceSelector: { matchNames: ['hub'] },
      selector: { matchLabels: { 'app.kubernetes.io/name': 'hub' } },
      endpoints: [
        {
          port: 'http',
          path: '/hub/metrics',
          interval: '30s',
          authorization: { credentials: { name: 'scrape-hub-hub', key: 'token' } },
        },
      ],
    });
  });

  it('declares the token as a copy beside the ServiceMonitor, where the operator looks for it', () => {
    const secret = app.secrets.find(({ name }) => name === 'scrape-hub-hub');
    expect(secret).toMatchObject({
      namespace: 'monitoring',
      keys: { token: { kind: 'copy', of: { namespace: 'hub', name: 'hub', key: 'metricsToken' } } },
    });
  });

  it('checks the certificate of an endpoint with TLS against the platform’s own authority', () => {
    expect(only(objects, 'ServiceMonitor', 'storage-store').spec['endpoints']).toEqual([
      {
        port: 'https',
        path: '/metrics',
        interval: '30s',
        scheme: 'https',
        tlsConfig: {
          serverName: 'store.storage.svc',
          ca: { secret: { name: 'prometheus-tls', key: 'ca.crt' } },
        },
      },
    ]);
  });

  it('lets Prometheus in, on the port of figures alone', () => {
    expect(only(objects, 'NetworkPolicy', 'hub-from-prometheus').spec['ingress']).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 8081 }],
      },
    ]);
  });

  it('lets labels of DCGM win, since they name the pod that holds the device', () => {
    expect(only(objects, 'ServiceMonitor', 'dcgm').spec['endpoints']).toEqual([
      expect.objectContaining({ honorLabels: true }),
    ]);
  });
});

describe('Grafana', () => {
  it('takes people in through IAM alone, as viewers unless their group administers', () => {
    expect(setting('GF_AUTH_DISABLE_LOGIN_FORM')).toBe('true');
    expect(setting('GF_AUTH_GENERIC_OAUTH_ALLOWED_GROUPS')).toBe('users/ai-infn,admins/ai-infn');
    expect(setting('GF_AUTH_GENERIC_OAUTH_ROLE_ATTRIBUTE_PATH')).toBe(
      "(contains(groups[*], 'admins/ai-infn')) && 'GrafanaAdmin' || 'Viewer'",
    );
    expect(setting('GF_AUTH_GENERIC_OAUTH_USE_PKCE')).toBe('true');
  });

  it('keeps what it knows in PostgreSQL over checked TLS, and needs no volume', () => {
    expect(setting('GF_DATABASE_HOST')).toBe('postgres.database.svc:5432');
    expect(setting('GF_DATABASE_SSL_MODE')).toBe('verify-full');
    expect(objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toEqual([]);
  });

  it('takes every secret from a Secret', () => {
    const secret = /SECRET|PASSWORD|CLIENT_ID|_PASS$/;
    const plain = grafana.env.filter(({ name, valueFrom }) => secret.test(name) && !valueFrom);
    expect(plain).toEqual([]);
    expect(grafana.env.filter(({ valueFrom }) => valueFrom).map(({ name }) => name)).toHaveLength(5);
    expect(
      grafana.env.filter(({ value, valueFrom }) => value === undefined && valueFrom === undefined),
    ).toEqual([]);
  });

  it('runs under the restricted level with a read-only root', () => {
    expect(grafana.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('is shown under a name of its own', () => {
    expect(only(objects, 'HTTPRoute', 'grafana', 'monitoring').spec['hostnames']).toEqual([
      'grafana.hub.sample.infn.it',
    ]);
    expect(only(objects, 'Certificate', 'platform-tls').spec['dnsNames']).toContain(
      'grafana.hub.sample.infn.it',
    );
  });

  it('reads Prometheus over TLS with a certificate that bears the name', () => {
    const data = only(objects, 'ConfigMap', 'grafana-provisioning').object['data'] as Record<string, string>;
    expect(data['datasources.yaml']).toContain('https://platform-prometheus.monitoring.svc:9090');
    expect(JSON.stringify(prometheusStackValues(sampleSite()))).toContain(
      '"platform-prometheus.monitoring.svc"',
    );
  });
});

describe('dashboards', () => {
  const data = only(objects, 'ConfigMap', 'grafana-dashboards').object['data'] as Record<string, string>;

  it('are all provisioned, as JSON that Grafana reads, the same at every render', () => {
    expect(Object.keys(data)).toEqual(
      ['devices', 'postgresql', 'queues', 'sessions', 'storage'].map((uid) => `${uid}.json`),
    );
    for (const spec of DASHBOARDS) {
      const text = data[`${spec.uid}.json`] ?? '';
      expect(text).toBe(`${JSON.stringify(buildDashboard(spec), null, 2)}\n`);
      expect(JSON.parse(text)).toMatchObject({ uid: spec.uid, title: spec.title, editable: false });
    }
  });

  it.each(DASHBOARDS.map((spec) => [spec.title, buildDashboard(spec)] as const))(
    '%s has panels inside the grid that do not overlap, each with its own number and source',
    (_title, { panels }) => {
      const ids = panels.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const cells = panels.flatMap(({ gridPos }) => {
        const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
        expect(x + w).toBeLessThanOrEqual(24);
        return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
      });
      expect(cells.length).toBeGreaterThan(24);
      expect(new Set(cells).size).toBe(cells.length);
      const sources = panels.flatMap((panel) =>
        'datasource' in panel && panel.type !== 'row' ? [panel.datasource] : [],
      );
      expect(sources).toHaveLength(panels.filter(({ type }) => type !== 'row').length);
      expect(new Set(sources.map((source) => source.uid))).toEqual(new Set(['prometheus']));
    },
  );

  it('ask for ranges where they draw lines and for the present where they show a value', () => {
    const panels = DASHBOARDS.map(buildDashboard).flatMap((board) => board.panels);
    const targets = (type: string): unknown[] =>
      panels.flatMap((panel) => (panel.type === type && 'targets' in panel ? (panel.targets ?? []) : []));
    expect(targets('timeseries').every((t) => (t as { range?: boolean }).range === true)).toBe(true);
    expect(targets('stat').every((t) => (t as { instant?: boolean }).instant === true)).toBe(true);
    expect(targets('stat').length).toBeGreaterThan(4);
  });
});

describe('the values of the Prometheus chart', () => {
  it('leave Grafana to us, keep samples as long as the site file says, and take rules from everywhere', () => {
    expect(prometheusStackValues(sampleSite({ monitoring: { retention: '7d' } }))).toMatchObject({
      grafana: { enabled: false },
      prometheus: {
        prometheusSpec: {
          retention: '604800s',
          ruleSelectorNilUsesHelmValues: false,
          serviceMonitorSelectorNilUsesHelmValues: false,
          externalLabels: { site: 'sample' },
        },
      },
    });
  });

  it('give a volume that grows with retention and devices and has a floor', () => {
    expect(prometheusVolume(sampleSite({ monitoring: { retention: '1d' } }))).toBe(10);
    expect(prometheusVolume(sampleSite({ monitoring: { retention: '30d' } }))).toBe(32);
    expect(prometheusVolume(sampleSite({ monitoring: { retention: '90d' } }))).toBeGreaterThan(90);
  });

  it('show the labels by which rules find devices and sessions', () => {
    expect(prometheusStackValues(sampleSite())['kube-state-metrics']).toMatchObject({
      metricLabelsAllowlist: [
        'nodes=[nvidia.com/gpu.product]',
        'pods=[component,ai-infn.it/accelerator,ai-infn.it/project]',
      ],
    });
  });
});
