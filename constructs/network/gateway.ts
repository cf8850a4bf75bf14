import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';

import { PlatformComponent } from '../core/component';
import { allowFrom, portOf, type ServiceRef } from '../core/network';
import { toYaml } from '../core/render';
import { WAVES } from '../delivery/waves';
import { addAuthority, addPublicIssuer, PUBLIC_ISSUER } from './authority';
import { NAMESPACES } from './namespaces';

/** Name of the Gateway; other components attach HTTPRoutes to it. */
const NAME = 'platform';
/** Secret with the public certificate. */
const CERTIFICATE = 'platform-tls';
/**
 * Listener ports. Traefik wants the ports of its entry points, not those that users see: its chart listens on 8000 and 8443
 * and publishes 80 and 443 on the host.
 */
const LISTENERS = { http: 8000, https: 8443 } as const;
/** Pods of the gateway implementation as RKE2 packages it. */
const IMPLEMENTATION = {
  namespace: 'kube-system',
  labels: { 'app.kubernetes.io/name': 'rke2-traefik' },
};

/** What the gateway shows to the outside. */
export interface Exposure {
  readonly service: ServiceRef;
  /** Name of the service's port. */
  readonly port: string;
  /** DNS name; default the site's own. */
  readonly host?: string;
  /** Path prefix; default `/`. */
  readonly path?: string;
  readonly why: string;
}

/**
 * The way in: one Gateway for the whole platform, its public certificate, HTTP sent on to HTTPS, and the authority that signs
 * traffic inside. Stands after cert-manager, whose kinds it uses. Certificates of the inside are one matter with the way in
 * because both are cert-manager's; the two could be parted without renaming an object.
 *
 * From the gateway to a service the traffic is plain HTTP: Traefik reads BackendTLSPolicy, but re-encryption has not been
 * run here. Between machines that hop is protected only if the cluster network encrypts.
 */
export class Gateway extends PlatformComponent {
  private readonly hosts = new Set<string>();
  private readonly namespaces = new Set<string>();

  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: NAMESPACES.gateway.name, wave: WAVES.gateway });
    this.hosts.add(this.site.domain);
    addAuthority(this);
    if (!this.site.kubernetes.cluster) enableGatewayApi(this);
    addGateway(this, this.namespaceList());
    addRedirect(this);
    addPublicCertificate(this, this.hostList());
  }

  /**
   * Shows a service to the outside: an HTTPRoute beside the service, and a NetworkPolicy that lets the gateway's pods in.
   * The host joins the certificate.
   */
  expose({ service, port, host = this.site.domain, path = '/', why }: Exposure): void {
    this.hosts.add(host);
    this.namespaces.add(service.namespace);
    service.peer.component.add({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: service.name, namespace: service.namespace },
      spec: {
        parentRefs: [listener('https')],
        hostnames: [host],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: path } }],
            backendRefs: [{ name: service.name, port: portOf(service, port) }],
          },
        ],
      },
    });
    allowFrom(service, 'gateway', IMPLEMENTATION, [port], why);
  }

  /** Hosts so far, read when the tree is rendered: components are exposed after the gateway stands. */
  private hostList(): unknown {
    return Lazy.any({ produce: () => [...this.hosts].sort() });
  }

  private namespaceList(): unknown {
    return Lazy.any({
      // The gateway's own namespace holds the redirect and the answers to ACME's questions.
      produce: () => [...new Set([...this.namespaces, NAMESPACES.gateway.name])].sort(),
    });
  }
}

/** Shows a service under a host and a path; see `Gateway.expose`. */
export function exposeOnGateway(
  gateway: Gateway,
  service: ServiceRef,
  port: string,
  host: string,
  path = '/',
): void {
  gateway.expose({ service, port, host, path, why: `users open https://${host}${path}` });
}

function listener(sectionName: keyof typeof LISTENERS): object {
  return { name: NAME, namespace: NAMESPACES.gateway.name, sectionName };
}

function addGateway(component: PlatformComponent, namespaces: unknown): void {
  const allowedRoutes = {
    namespaces: {
      from: 'Selector',
      selector: {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }],
      },
    },
  };
  component.add({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: NAME, namespace: component.home },
    spec: {
      gatewayClassName: component.site.gateway.class,
      listeners: [
        { name: 'http', port: LISTENERS.http, protocol: 'HTTP', allowedRoutes },
        {
          name: 'https',
          port: LISTENERS.https,
          protocol: 'HTTPS',
          tls: { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: CERTIFICATE }] },
          allowedRoutes,
        },
      ],
    },
  });
}

/** Whoever types http:// ends on https://; the public port is named because the listener's own is another. */
function addRedirect(component: PlatformComponent): void {
  component.add({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'https-only', namespace: component.home },
    spec: {
      parentRefs: [listener('http')],
      rules: [
        {
          filters: [
            { type: 'RequestRedirect', requestRedirect: { scheme: 'https', port: 443, statusCode: 301 } },
          ],
        },
      ],
    },
  });
}

/** The certificate that browsers see: from ACME, or brought by the site as two encrypted Pulumi settings. */
function addPublicCertificate(component: PlatformComponent, hosts: unknown): void {
  const { acme } = component.site.gateway;
  if (acme === undefined) {
    declareOwnCertificate(component);
    return;
  }
  addPublicIssuer(component, acme, listener('http'));
  component.add({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: CERTIFICATE, namespace: component.home },
    spec: {
      secretName: CERTIFICATE,
      dnsNames: hosts,
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      issuerRef: { name: PUBLIC_ISSUER, kind: 'ClusterIssuer', group: 'cert-manager.io' },
    },
  });
  allowSolver(component);
}

function declareOwnCertificate(component: PlatformComponent): void {
  component.declareSecret({
    namespace: component.home,
    name: CERTIFICATE,
    purpose: `certificate of ${component.site.domain} and its service names, as browsers see it`,
    type: 'kubernetes.io/tls',
    keys: {
      'tls.crt': { kind: 'static', setting: 'gatewayCertificate' },
      'tls.key': { kind: 'static', setting: 'gatewayKey' },
    },
    consumers: [`${component.home}/${NAME}`],
    rotation: { days: 365, how: 'set both settings to the new certificate and run `pulumi up`' },
  });
}

/** cert-manager's answer to the authority is a pod in the Certificate's namespace; it listens on 8089. */
function allowSolver(component: PlatformComponent): void {
  component.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'acme-solver-from-gateway', namespace: component.home },
    spec: {
      podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': IMPLEMENTATION.namespace } },
              podSelector: { matchLabels: IMPLEMENTATION.labels },
            },
          ],
          ports: [{ protocol: 'TCP', port: 8089 }],
        },
      ],
    },
  });
}

/** Switches on the Gateway API in the Traefik that RKE2 packages; an existing cluster brings its own implementation. */
function enableGatewayApi(component: PlatformComponent): void {
  component.add({
    apiVersion: 'helm.cattle.io/v1',
    kind: 'HelmChartConfig',
    metadata: { name: 'rke2-traefik', namespace: IMPLEMENTATION.namespace },
    spec: {
      valuesContent: toYaml({
        providers: { kubernetesGateway: { enabled: true } },
        // Ours is the only Gateway; the chart's example would take the same ports.
        gateway: { enabled: false },
      }),
    },
  });
}
