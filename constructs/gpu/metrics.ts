/** One figure of DCGM: field, Prometheus type, help text. No comma in it: the exporter refuses a line of four parts. */
export type DcgmMetric = readonly [field: string, type: 'gauge' | 'counter', help: string];

/**
 * What the DCGM exporter measures on every card. Utilisation is GR_ENGINE_ACTIVE, for it exists per MIG instance;
 * GPU_UTIL stays for cards without the profiling module (Turing workstation cards). Left out of the exporter's default
 * list: video engines, NVLink and vGPU licences, which no machine here has. Source: dcgm-exporter default counters.
 */
export const DCGM_METRICS: readonly DcgmMetric[] = [
  ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'gauge', 'Fraction of time the graphics or compute engine was active.'],
  ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'gauge', 'Fraction of cycles the tensor cores were active.'],
  ['DCGM_FI_PROF_DRAM_ACTIVE', 'gauge', 'Fraction of cycles device memory was read or written.'],
  ['DCGM_FI_PROF_PCIE_TX_BYTES', 'gauge', 'Bytes sent over PCIe per second; whole cards only.'],
  ['DCGM_FI_PROF_PCIE_RX_BYTES', 'gauge', 'Bytes received over PCIe per second; whole cards only.'],
  ['DCGM_FI_DEV_GPU_UTIL', 'gauge', 'Utilisation in per cent; whole cards only.'],
  ['DCGM_FI_DEV_MEM_COPY_UTIL', 'gauge', 'Utilisation of memory in per cent; whole cards only.'],
  ['DCGM_FI_DEV_FB_USED', 'gauge', 'Device memory used in MiB.'],
  ['DCGM_FI_DEV_FB_FREE', 'gauge', 'Device memory free in MiB.'],
  ['DCGM_FI_DEV_FB_RESERVED', 'gauge', 'Device memory reserved by the driver in MiB.'],
  ['DCGM_FI_DEV_SM_CLOCK', 'gauge', 'Clock of the multiprocessors in MHz.'],
  ['DCGM_FI_DEV_MEM_CLOCK', 'gauge', 'Clock of device memory in MHz.'],
  ['DCGM_FI_DEV_GPU_TEMP', 'gauge', 'Temperature of the card in degrees Celsius.'],
  ['DCGM_FI_DEV_MEMORY_TEMP', 'gauge', 'Temperature of device memory in degrees Celsius.'],
  ['DCGM_FI_DEV_POWER_USAGE', 'gauge', 'Power drawn in W.'],
  ['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 'counter', 'Energy since the driver was loaded in mJ.'],
  ['DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'counter', 'Retries on PCIe.'],
  ['DCGM_FI_DEV_XID_ERRORS', 'gauge', 'Last XID error.'],
  ['DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS', 'counter', 'Memory rows remapped after uncorrectable errors.'],
  ['DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS', 'counter', 'Memory rows remapped after correctable errors.'],
  [
    'DCGM_FI_DEV_ROW_REMAP_FAILURE',
    'gauge',
    'A memory row could not be remapped: the card must be replaced.',
  ],
];

/** The exporter's own file format: one line for each metric. */
export function dcgmCsv(metrics: readonly DcgmMetric[]): string {
  return metrics.map((metric) => `${metric.join(', ')}\n`).join('');
}
