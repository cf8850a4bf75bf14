/**
 * Argo CD sync wave of each component: what others stand on comes first, pruning goes the other way round.
 * Gaps leave room for a component in between.
 */
export const WAVES = {
  network: -60,
  policies: -45,
  'cert-manager': -35,
  gateway: -32,
  gpu: -30,
  database: -20,
  storage: -20,
  monitoring: -10,
  kueue: -5,
  hub: 0,
  vkd: 0,
  accounting: 5,
  offload: 10,
} as const;
