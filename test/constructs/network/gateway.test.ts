import { exposeOnGateway, Gateway } from '../../../constructs/network/gateway';
import type { SiteInput } from '../../../constructs';
import { neighbour, objectsOf, only, SAMPLE, sampleApp, type Read } from '../support/platform';

function build(change: Partial<SiteInput> = {}): { objects: readonly Read[]; secrets: readonly string[] } {
  const app = sampleApp(change);
  const gateway = new Gateway(app, 'gateway');
  exposeOnGateway(
    gateway,
    neighbour(app, 'docs', 'hub', { http: 8080 }),
    'http',
    'docs.sample.infn.it',
    '/guide',
  );
  return { objects: objectsOf(app), secrets: app.secrets.map(({ name }) => name) };
}
const { objects } = build();
/** A site that brings its own certificate. */
const own = build({ gateway: {} });

describe('the gateway', () => {
  it('sends HTTP on to the HTTPS port that users see, not the one the listener has', () => {
    expect(only(objects, 'HTTPRoute', 'https-only').spec).toMatchObject({
      parentRefs: [{ name: 'platform', namespace: 'gateway', sectionName: 'http' }],
      rules: [{ filters: [{ requestRedirect: { scheme: 'https', port: 443 } }] }],
    });
  });

  it('takes routes only from namespaces that show something', () => {
    const { listeners } = only(objects, 'Gateway', 'platform').spec as { listeners: readonly object[] };
    for (const listener of listeners)
      expect(listener).toMatchObject({
        allowedRoutes: {
          namespaces: { selector: { matchExpressions: [{ operator: 'In', values: ['gateway', 'hub'] }] } },
        },
      });
  });

  it('is of the class that the site file names', () => {
    const other = build({ gateway: { class: 'cilium' } }).objects;
    expect(only(other, 'Gateway', 'platform').spec['gatewayClassName']).toBe('cilium');
    expect(only(objects, 'Gateway', 'platform').spec['gatewayClassName']).toBe('traefik');
  });

  it('switches on the Gateway API only in a cluster that we install', () => {
    expect(only(objects, 'HelmChartConfig', 'rke2-traefik').spec['valuesContent']).toContain(
      'kubernetesGateway',
    );
    const kubernetes: SiteInput['kubernetes'] = {
      cluster: { existing: true, server: 'https://k8s.infn.it:6443' },
    };
    expect(build({ kubernetes }).objects.filter(({ kind }) => kind === 'HelmChartConfig')).toEqual([]);
  });
});

describe('showing a service', () => {
  it('gives a route beside the service, for its host and path', () => {
    expect(only(objects, 'HTTPRoute', 'docs', 'hub').spec).toMatchObject({
      hostnames: ['docs.sample.infn.it'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/guide' } }],
          backendRefs: [{ name: 'docs', port: 8080 }],
        },
      ],
    });
  });

  it('lets in the pods of the gateway and nobody else', () => {
    expect(only(objects, 'NetworkPolicy', 'docs-from-gateway', 'hub').spec['ingress']).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'rke2-traefik' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
    ]);
  });

  it('adds its host to the public certificate, though it is shown after the gateway stands', () => {
    expect(only(objects, 'Certificate', 'platform-tls').spec['dnsNames']).toEqual([
      'docs.sample.infn.it',
      'hub.sample.infn.it',
    ]);
  });

  it('of a port that it does not have is a bug and says so', () => {
    const app = sampleApp();
    const gateway = new Gateway(app, 'gateway');
    const service = neighbour(app, 'docs', 'hub', { http: 8080 });
    expect(() => {
      exposeOnGateway(gateway, service, 'https', 'docs.sample.infn.it');
    }).toThrow("Service hub/docs has no port 'https'");
  });
});

describe('certificates', () => {
  it('of the inside chain to a root whose key stays with cert-manager', () => {
    expect(only(objects, 'ClusterIssuer', 'platform-ca-root').spec).toEqual({ selfSigned: {} });
    expect(only(objects, 'Certificate', 'platform-ca', 'cert-manager').spec).toMatchObject({
      isCA: true,
      secretName: 'platform-ca',
      issuerRef: { name: 'platform-ca-root' },
    });
    expect(only(objects, 'ClusterIssuer', 'platform-ca').spec).toEqual({ ca: { secretName: 'platform-ca' } });
  });

  it('of the outside come from ACME through a Service that opens no node port', () => {
    expect(SAMPLE.gateway?.acme).toBe('admin@sample.infn.it');
    expect(only(objects, 'ClusterIssuer', 'acme').spec).toMatchObject({
      acme: {
        email: 'admin@sample.infn.it',
        solvers: [
          {
            http01: { gatewayHTTPRoute: { serviceType: 'ClusterIP', parentRefs: [{ sectionName: 'http' }] } },
          },
        ],
      },
    });
    expect(only(objects, 'NetworkPolicy', 'acme-solver-from-gateway').spec['podSelector']).toEqual({
      matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' },
    });
  });

  it('of the outside are two settings of the operator where the site brings its own', () => {
    expect(own.secrets).toEqual(['platform-tls']);
    expect(own.objects.filter(({ name }) => name === 'acme' || name === 'platform-tls')).toEqual([]);
    expect(build().secrets).toEqual([]);
  });
});
