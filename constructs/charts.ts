import type { Lock } from './core/lock';
import { CHART_WAVES, type ChartRelease } from './delivery';
import { gpuOperatorValues, hasNvidia } from './gpu';
import { kueueChartValues } from './kueue';
import { prometheusStackValues } from './monitoring';
import { NAMESPACES } from './network/namespaces';
import type { Site } from './site';
import { juicefsCsiValues } from './storage';

/** Two of each, so that a node may go; certificates are renewed 30 days before their end, so a short absence harms nobody. */
const CERT_MANAGER_VALUES = {
  crds: { enabled: true, keep: true },
  // HTTP-01 answers through the platform's Gateway.
  config: {
    apiVersion: 'controller.config.cert-manager.io/v1alpha1',
    kind: 'ControllerConfiguration',
    enableGatewayAPI: true,
  },
  replicaCount: 2,
  podDisruptionBudget: { enabled: true },
  webhook: { replicaCount: 2, podDisruptionBudget: { enabled: true } },
  prometheus: { enabled: true },
};

/** One release, in the wave that the chart's kinds are needed by. */
function release(
  chart: keyof typeof CHART_WAVES,
  namespace: string,
  values: Readonly<Record<string, unknown>>,
  alsoIn: readonly string[] = [],
): ChartRelease {
  return { chart, namespace, wave: CHART_WAVES[chart], values, ...(alsoIn.length > 0 ? { alsoIn } : {}) };
}

/** The upstream controllers of a site; what the site does not use is not installed. */
export function chartReleases(site: Site, lock: Lock): readonly ChartRelease[] {
  const { certManager, gpu, juicefs, kueue, monitoring, database } = NAMESPACES;
  return [
    // Leader election and the kubelet's Service stand in kube-system.
    release('cert-manager', certManager.name, CERT_MANAGER_VALUES, ['kube-system']),
    release('kube-prometheus-stack', monitoring.name, prometheusStackValues(site), ['kube-system']),
    ...(hasNvidia(site) ? [release('gpu-operator', gpu.name, gpuOperatorValues(site, lock))] : []),
    release('juicefs-csi-driver', juicefs.name, juicefsCsiValues()),
    ...(site.database.driver === 'cloudnative-pg'
      ? [release('cloudnative-pg', database.name, {}), release('plugin-barman-cloud', database.name, {})]
      : []),
    // The visibility server's RoleBinding stands in kube-system.
    release('kueue', kueue.name, kueueChartValues(site, lock), ['kube-system']),
  ];
}
