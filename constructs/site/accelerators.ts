import { A100_40GB, A100_80GB, A30_24GB, H100_80GB, H200_141GB, type MigGeometry } from './mig/geometry';

/** One kind of accelerator card that a site may own. */
export interface Accelerator {
  /** Key in site files, for example `a100-40gb`. */
  readonly kind: string;
  /** What people read. */
  readonly title: string;
  readonly vendor: 'nvidia' | 'xilinx';
  /** PCI vendor and device, as `lspci -nn` prints them. FPGAs: the management function; the user function is one higher. */
  readonly pciId: string;
  /**
   * Nova's `device_type` in the PCI alias: `type-PF` for cards that advertise SR-IOV, else `type-PCI`. A wrong value
   * ends in "No valid host". It depends on firmware too: verify every kind on site.
   */
  readonly deviceType: 'type-PCI' | 'type-PF';
  /**
   * Value of the node label `nvidia.com/gpu.product` for the whole card, as GPU Feature Discovery writes it. No
   * discovery runs on FPGA machines: there the kubelet is started with this label, so that queues know one key only.
   */
  readonly product: string;
  /** Nominal memory of the card in GB. */
  readonly memoryGiB: number;
  /** Extended resource a pod requests for one card. */
  readonly resource: string;
  /** How the card divides; absent for cards without MIG. */
  readonly mig?: MigGeometry;
  /** Where the figures come from and what remains to be verified on site. */
  readonly source: string;
}

/** Extended resource of NVIDIA's device plugin: a whole card, or one slice under MIG strategy `single`. */
export const NVIDIA_GPU = 'nvidia.com/gpu';

/** Node label by which flavors, sessions and jobs select accelerators. */
export const PRODUCT_LABEL = 'nvidia.com/gpu.product';

const AI_INFN = 'product label: accelerator catalogue of the AI_INFN hub (2026)';
const PCI_IDS = 'PCI id: pci.ids 2023-04-11';
const GO_NVML = 'PCI id: NVIDIA/go-nvml mock/gpus and pci.ids 2023-04-11; MIG: NVIDIA MIG user guide';
const DEVICE_FILTER =
  'PCI id: GPU Operator MIG device filters and pci.ids 2023-04-11; MIG: NVIDIA MIG user guide';
const XRT = 'PCI id: Xilinx/XRT driver xocl/devices.h; resource follows the flashed shell, verify on site';

type NvidiaCard = Omit<Accelerator, 'vendor' | 'resource'>;
const nvidia = (card: NvidiaCard): Accelerator => ({ ...card, vendor: 'nvidia', resource: NVIDIA_GPU });

type XilinxCard = Omit<Accelerator, 'vendor' | 'product' | 'deviceType' | 'mig'>;
const xilinx = (card: XilinxCard): Accelerator => ({
  ...card,
  vendor: 'xilinx',
  product: card.kind,
  deviceType: 'type-PCI',
});

const CARDS: readonly Accelerator[] = [
  nvidia({
    kind: 't4',
    title: 'NVIDIA Tesla T4 16 GB',
    pciId: '10de:1eb8',
    deviceType: 'type-PF',
    product: 'Tesla-T4',
    memoryGiB: 16,
    source: `${PCI_IDS}; ${AI_INFN}; type-PF with most firmware, verify on site`,
  }),
  nvidia({
    kind: 'rtx5000',
    title: 'NVIDIA Quadro RTX 5000 16 GB',
    // Not to be confused with the RTX 5000 Ada (10de:26b2).
    pciId: '10de:1eb0',
    deviceType: 'type-PCI',
    product: 'Quadro-RTX-5000',
    memoryGiB: 16,
    source: `${PCI_IDS}; ${AI_INFN}`,
  }),
  nvidia({
    kind: 'a30',
    title: 'NVIDIA A30 24 GB',
    pciId: '10de:20b7',
    deviceType: 'type-PF',
    product: 'NVIDIA-A30',
    memoryGiB: 24,
    mig: A30_24GB,
    source: `${GO_NVML}; ${AI_INFN}`,
  }),
  nvidia({
    kind: 'a100-40gb',
    title: 'NVIDIA A100 PCIe 40 GB',
    pciId: '10de:20f1',
    deviceType: 'type-PF',
    product: 'NVIDIA-A100-PCIE-40GB',
    memoryGiB: 40,
    mig: A100_40GB,
    source: `${GO_NVML}; ${AI_INFN}`,
  }),
  nvidia({
    kind: 'a100-sxm-40gb',
    title: 'NVIDIA A100 SXM4 40 GB',
    pciId: '10de:20b0',
    deviceType: 'type-PF',
    product: 'NVIDIA-A100-SXM4-40GB',
    memoryGiB: 40,
    mig: A100_40GB,
    source: GO_NVML,
  }),
  nvidia({
    kind: 'a100-80gb',
    title: 'NVIDIA A100 PCIe 80 GB',
    pciId: '10de:20b5',
    deviceType: 'type-PF',
    product: 'NVIDIA-A100-80GB-PCIe',
    memoryGiB: 80,
    mig: A100_80GB,
    source: `${GO_NVML}; ${AI_INFN}`,
  }),
  nvidia({
    kind: 'a100-sxm-80gb',
    title: 'NVIDIA A100 SXM4 80 GB',
    pciId: '10de:20b2',
    deviceType: 'type-PF',
    product: 'NVIDIA-A100-SXM4-80GB',
    memoryGiB: 80,
    mig: A100_80GB,
    source: GO_NVML,
  }),
  nvidia({
    kind: 'h100',
    title: 'NVIDIA H100 PCIe 80 GB',
    pciId: '10de:2331',
    deviceType: 'type-PF',
    product: 'NVIDIA-H100-PCIe',
    memoryGiB: 80,
    mig: H100_80GB,
    source: DEVICE_FILTER,
  }),
  nvidia({
    kind: 'h100-sxm',
    title: 'NVIDIA H100 SXM5 80 GB',
    pciId: '10de:2330',
    deviceType: 'type-PF',
    product: 'NVIDIA-H100-80GB-HBM3',
    memoryGiB: 80,
    mig: H100_80GB,
    source: DEVICE_FILTER,
  }),
  nvidia({
    kind: 'h200',
    title: 'NVIDIA H200 SXM 141 GB',
    pciId: '10de:2335',
    deviceType: 'type-PF',
    product: 'NVIDIA-H200',
    memoryGiB: 141,
    mig: H200_141GB,
    source: 'PCI id: general knowledge, verify on site with lspci -nn; MIG: NVIDIA MIG user guide',
  }),
  xilinx({
    kind: 'u50',
    title: 'AMD Alveo U50 8 GB',
    pciId: '10ee:5020',
    memoryGiB: 8,
    resource: 'amd.com/xilinx_u50_gen3x16_xdma_base_5-0',
    source: `${XRT}; memory: AMD data sheet DS965 (8 GB HBM2)`,
  }),
  xilinx({
    kind: 'u250',
    title: 'AMD Alveo U250 64 GB',
    pciId: '10ee:5004',
    memoryGiB: 64,
    resource: 'amd.com/xilinx_u250_gen3x16_base_4-0',
    source: `${XRT}; memory: AMD data sheet DS962 (64 GB DDR4)`,
  }),
  xilinx({
    kind: 'u55c',
    title: 'AMD Alveo U55C 16 GB',
    pciId: '10ee:505c',
    memoryGiB: 16,
    resource: 'amd.com/xilinx_u55c_gen3x16_xdma_base_3-0',
    source: `${XRT}; resource seen at AI_INFN (2026); memory: AMD data sheet DS978 (16 GB HBM2)`,
  }),
  xilinx({
    kind: 'v70',
    title: 'AMD Alveo V70 16 GB',
    pciId: '10ee:5094',
    memoryGiB: 16,
    resource: 'amd.com/xilinx_v70_gen5x8_qdma_base_2-0',
    source: `${XRT}; memory: AMD product brief (16 GB DDR4), verify on site`,
  }),
];

/** Every kind of card a site file may name, by kind. */
export const ACCELERATORS: Readonly<Record<string, Accelerator>> = Object.freeze(
  Object.fromEntries(CARDS.map((card) => [card.kind, Object.freeze(card)])),
);
