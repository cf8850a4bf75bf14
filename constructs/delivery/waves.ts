/**
 * Argo CD sync wave of each component: what others stand on comes first, pruning goes the other way round.
 * Gaps leave room for a component in between.
 */
export const WAVES = {
  delivery: -70,
  network: -60,
  policies: -45,
  'cert-manager': -35,
  gateway: -32,
  gpu: -30,
  'local-path': -26,
  storage: -22,
  database: -20,
  monitoring: -10,
  kueue: -5,
  hub: 0,
  vkd: 0,
  accounting: 5,
  offload: 10,
} as const;

/** Wave of each upstream chart: before the first component that uses one of its kinds. */
export const CHART_WAVES = {
  'cert-manager': -40,
  'external-secrets': -40,
  'kube-prometheus-stack': -34,
  'gpu-operator': -31,
  'juicefs-csi-driver': -24,
  'cloudnative-pg': -24,
  'plugin-barman-cloud': -23,
  kueue: -6,
} as const;
