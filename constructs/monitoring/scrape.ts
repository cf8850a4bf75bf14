import type { MetricsEndpoint } from '../core/access';
import type { PlatformComponent } from '../core/component';
import { allowFrom } from '../core/network';
import { NAMESPACES } from '../network/namespaces';
import { PROMETHEUS_LABELS, PROMETHEUS_TLS, STACK } from './stack';

/** Seconds between two scrapes; DCGM and Kueue change no faster than people look. */
const INTERVAL = '30s';

/**
 * Lets Prometheus read a component's figures: a ServiceMonitor in the monitoring namespace, the token copied there if the
 * endpoint asks for one, and a policy that lets Prometheus in.
 */
export function scrape(component: PlatformComponent, endpoint: MetricsEndpoint): void {
  const { service, port, path = '/metrics', token } = endpoint;
  const name = `${service.namespace}-${service.name}`;
  const secret = `scrape-${name}`;
  if (token) {
    component.declareSecret({
      namespace: component.home,
      name: secret,
      purpose: `token by which Prometheus reads the figures of ${service.namespace}/${service.name}`,
      keys: { token: { kind: 'copy', of: token } },
      consumers: [`${component.home}/${STACK}-prometheus`],
      rotation: { days: 365, how: `renew it in ${token.namespace}/${token.name}` },
    });
  }
  addMonitor(component, name, {
    namespace: service.namespace,
    labels: service.peer.labels,
    endpoint: {
      port,
      path,
      interval: INTERVAL,
      ...(endpoint.scheme === 'https' ? https(service.host) : {}),
      ...(token ? { authorization: { credentials: { name: secret, key: 'token' } } } : {}),
    },
  });
  const source = { namespace: NAMESPACES.monitoring.name, labels: PROMETHEUS_LABELS };
  allowFrom(service, 'prometheus', source, [port], 'Prometheus reads figures');
}

function https(serverName: string): object {
  return {
    scheme: 'https',
    tlsConfig: { serverName, ca: { secret: { name: PROMETHEUS_TLS, key: 'ca.crt' } } },
  };
}

interface Monitor {
  readonly namespace: string;
  /** Labels of the Service. */
  readonly labels: Readonly<Record<string, string>>;
  readonly endpoint: object;
}

function addMonitor(
  component: PlatformComponent,
  name: string,
  { namespace, labels, endpoint }: Monitor,
): void {
  component.add({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name, namespace: component.home },
    spec: {
      namespaceSelector: { matchNames: [namespace] },
      selector: { matchLabels: labels },
      endpoints: [endpoint],
    },
  });
}

/**
 * Upstream controllers whose figures our rules use. Their charts could make these too, but then every rule would depend on
 * switches in another room. Labels and ports are the charts'.
 */
export function scrapeControllers(component: PlatformComponent): void {
  addMonitor(component, 'cert-manager', {
    namespace: NAMESPACES.certManager.name,
    labels: { 'app.kubernetes.io/name': 'cert-manager' },
    endpoint: { port: 'tcp-prometheus-servicemonitor', interval: '60s' },
  });
  addMonitor(component, 'dcgm', {
    namespace: NAMESPACES.gpu.name,
    labels: { app: 'nvidia-dcgm-exporter' },
    // DCGM names the pod that holds a device; its labels must win over those of the exporter's own pod.
    endpoint: { port: 'gpu-metrics', interval: INTERVAL, honorLabels: true },
  });
  addMonitor(component, 'kueue', {
    namespace: NAMESPACES.kueue.name,
    labels: { 'control-plane': 'controller-manager' },
    endpoint: {
      port: 'https',
      interval: INTERVAL,
      scheme: 'https',
      bearerTokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      // Kueue signs this port itself, with an authority that nobody else can know.
      tlsConfig: { insecureSkipVerify: true },
    },
  });
  component.add({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'prometheus-reads-kueue' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kueue-metrics-reader' },
    subjects: [{ kind: 'ServiceAccount', name: `${STACK}-prometheus`, namespace: component.home }],
  });
}
