import { INTERNAL_ISSUER } from '../core/certificates';
import { NAMESPACES } from '../network/namespaces';
import { gi, type Site } from '../site';
import { PRODUCT_LABEL } from '../site/accelerators';
import { schedulable } from '../site/inventory';

/** Release and prefix of every name that the chart makes; ours refer to them. */
export const STACK = 'platform';
/** Service of Prometheus, as the chart names it. */
export const PROMETHEUS_HOST = `${STACK}-prometheus.${NAMESPACES.monitoring.name}.svc`;
/** Its port. */
export const PROMETHEUS_PORT = 9090;
/** Certificate of Prometheus; also the Secret whose `ca.crt` Prometheus and Grafana trust. */
export const PROMETHEUS_TLS = 'prometheus-tls';
/** Labels of the pods of Prometheus, as its operator sets them. */
export const PROMETHEUS_LABELS = { 'app.kubernetes.io/name': 'prometheus' } as const;

/**
 * Disk per day of samples and accelerator, in GiB, and a floor: about 2,500 series a device at two bytes a sample every 30 s are
 * 0.014 GiB a day; the cluster itself has some 100,000 series, 0.6 GiB a day. Deduced from Prometheus' own sizing formula.
 */
const GIB_PER_DAY = 0.6;
const GIB_PER_DEVICE_DAY = 0.014;
const LEAST_GIB = 10;

/** Volume that holds the retention of the site with a fifth to spare. */
export function prometheusVolume(site: Site): number {
  const devices = schedulable(site).reduce((sum, { count }) => sum + count, 0);
  const days = site.monitoring.retention / 86_400;
  return Math.max(LEAST_GIB, Math.ceil(days * (GIB_PER_DAY + devices * GIB_PER_DEVICE_DAY) * 1.2));
}

/**
 * Values of the kube-prometheus-stack chart: Prometheus, its operator, Alertmanager, node-exporter and kube-state-metrics.
 * Grafana is off, because ours is native. Rules and targets are taken from every namespace.
 */
export function prometheusStackValues(site: Site): Readonly<Record<string, unknown>> {
  return {
    fullnameOverride: STACK,
    crds: { enabled: true },
    grafana: { enabled: false },
    // RKE2 lets these listen on the machine's loopback only: their targets would always be down.
    kubeEtcd: { enabled: false },
    kubeScheduler: { enabled: false },
    kubeControllerManager: { enabled: false },
    kubeProxy: { enabled: false },
    prometheus: prometheus(site),
    alertmanager: {
      alertmanagerSpec: {
        storage: claim(site, 1),
        resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      },
    },
    prometheusOperator: {
      // cert-manager makes the webhook's certificate; the chart's own Jobs are Helm hooks, which change on every render.
      admissionWebhooks: {
        certManager: {
          enabled: true,
          issuerRef: { name: INTERNAL_ISSUER, kind: 'ClusterIssuer', group: 'cert-manager.io' },
        },
      },
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
    'kube-state-metrics': {
      // Only what rules and dashboards join: every label more multiplies series.
      metricLabelsAllowlist: [
        `nodes=[${PRODUCT_LABEL}]`,
        'pods=[component,ai-infn.it/accelerator,ai-infn.it/project]',
      ],
      resources: { requests: { cpu: '20m', memory: '256Mi' }, limits: { memory: '256Mi' } },
    },
    'prometheus-node-exporter': {
      resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    },
    extraManifests: [certificate()],
  };
}

function prometheus(site: Site): object {
  const tls = (key: string): object => ({ secret: { name: PROMETHEUS_TLS, key } });
  const trust = { serverName: PROMETHEUS_HOST, ca: tls('ca.crt') };
  return {
    // The chart's own ServiceMonitor of Prometheus must speak TLS too.
    serviceMonitor: { scheme: 'https', tlsConfig: trust },
    prometheusSpec: {
      externalLabels: { site: site.name },
      retention: `${site.monitoring.retention}s`,
      // Never stop by a full disk: drop the oldest samples earlier instead.
      retentionSize: `${Math.floor(prometheusVolume(site) * 0.9)}GB`,
      storageSpec: claim(site, prometheusVolume(site)),
      resources: { requests: { cpu: '300m', memory: '2Gi' }, limits: { memory: '2Gi' } },
      web: {
        tlsConfig: { cert: tls('tls.crt'), keySecret: { name: PROMETHEUS_TLS, key: 'tls.key' } },
      },
      // All objects of these kinds, not only those with the release's label.
      ruleSelectorNilUsesHelmValues: false,
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      probeSelectorNilUsesHelmValues: false,
      scrapeConfigSelectorNilUsesHelmValues: false,
    },
  };
}

function claim(site: Site, gib: number): object {
  return {
    volumeClaimTemplate: {
      spec: {
        storageClassName: site.storage.class,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: gi(gib) } },
      },
    },
  };
}

/** Part of the chart's Application and not of our component, because Prometheus cannot start without it. */
function certificate(): object {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: PROMETHEUS_TLS, namespace: NAMESPACES.monitoring.name },
    spec: {
      secretName: PROMETHEUS_TLS,
      commonName: PROMETHEUS_HOST,
      dnsNames: [PROMETHEUS_HOST, `${STACK}-prometheus`, `${PROMETHEUS_HOST}.cluster.local`],
      usages: ['server auth'],
      duration: '2160h',
      renewBefore: '720h',
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      issuerRef: { name: INTERNAL_ISSUER, kind: 'ClusterIssuer', group: 'cert-manager.io' },
    },
  };
}
