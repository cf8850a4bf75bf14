/**
 * How NVIDIA cards divide under MIG (Multi-Instance GPU): memory slices, compute slices and the places where each
 * profile may start. Source of every figure: NVIDIA MIG user guide, "Supported MIG Profiles" and the placement listing
 * of `nvidia-smi mig -lgipp`; counts and sizes agree with NVIDIA/go-nvml pkg/nvml/mock/gpus/{a100,a30}.go. The
 * placements of H100 and H200 are those of the A100: the go-nvml mock of these two cards is simplified.
 */

/**
 * What sets a profile apart: `base` is the plain one, `double-memory` pairs one compute slice with two memory slices,
 * `media` adds the card's only JPEG decoder and optical-flow engine, so at most one such instance exists per card.
 */
export type MigVariant = 'base' | 'double-memory' | 'media';

/** One MIG profile of a card family. */
export interface MigProfile {
  /** NVIDIA's name, for example `1g.5gb` or `1g.5gb+me`. */
  readonly name: string;
  /** Compute slices the instance holds. */
  readonly compute: number;
  /** Memory slices it occupies. */
  readonly size: number;
  /** Memory slices it may start at. */
  readonly starts: readonly number[];
  /** Most instances of this profile a card can hold when nothing else is on it. */
  readonly max: number;
  /** Nominal memory in GB, as in the name; the usable memory is a few per cent less. */
  readonly memoryGiB: number;
  readonly variant: MigVariant;
}

/** How the cards of one family divide. */
export interface MigGeometry {
  /** Name for messages, for example `A100 40 GB`. */
  readonly family: string;
  readonly memorySlices: number;
  readonly computeSlices: number;
  /** Profiles, largest first; the order in which a packing is searched. */
  readonly profiles: readonly MigProfile[];
  /**
   * Turning MIG mode on or off needs a GPU reset (Ampere). Inside a virtual machine with passthrough the reset may not
   * be exposed, so the machine reboots. From Hopper on the mode belongs to the driver and changes without a reset.
   * Source: NVIDIA MIG user guide, "Enable MIG Mode".
   */
  readonly modeNeedsReset: boolean;
}

type Row = readonly [
  name: string,
  compute: number,
  size: number,
  starts: readonly number[],
  max: number,
  variant?: MigVariant,
];

const profile = ([name, compute, size, starts, max, variant = 'base']: Row): MigProfile => ({
  name,
  compute,
  size,
  starts,
  max,
  memoryGiB: Number(/\.(\d+)gb/.exec(name)?.[1]),
  variant,
});

interface SevenSlice {
  readonly family: string;
  readonly modeNeedsReset: boolean;
  /** Nominal GB of 1g, 2g (also of the 1g with double memory), 3g (also 4g) and 7g. */
  readonly gb: readonly [one: number, two: number, half: number, full: number];
}

/** Cards with eight memory slices and seven compute slices. */
function sevenSlice({ family, modeNeedsReset, gb: [one, two, half, full] }: SevenSlice): MigGeometry {
  const rows: readonly Row[] = [
    [`7g.${full}gb`, 7, 8, [0], 1],
    [`4g.${half}gb`, 4, 4, [0], 1],
    [`3g.${half}gb`, 3, 4, [0, 4], 2],
    [`2g.${two}gb`, 2, 2, [0, 2, 4], 3],
    [`1g.${two}gb`, 1, 2, [0, 2, 4, 6], 4, 'double-memory'],
    [`1g.${one}gb+me`, 1, 1, [0, 1, 2, 3, 4, 5, 6], 1, 'media'],
    [`1g.${one}gb`, 1, 1, [0, 1, 2, 3, 4, 5, 6], 7],
  ];
  return { family, memorySlices: 8, computeSlices: 7, profiles: rows.map(profile), modeNeedsReset };
}

/** A100 with 40 GB, PCIe and SXM: one memory slice is 4,864 MiB. */
export const A100_40GB = sevenSlice({ family: 'A100 40 GB', modeNeedsReset: true, gb: [5, 10, 20, 40] });

/** A100 with 80 GB, PCIe and SXM: one memory slice is 9,856 MiB. */
export const A100_80GB = sevenSlice({ family: 'A100 80 GB', modeNeedsReset: true, gb: [10, 20, 40, 80] });

/** H100 with 80 GB, PCIe and SXM. */
export const H100_80GB = sevenSlice({ family: 'H100 80 GB', modeNeedsReset: false, gb: [10, 20, 40, 80] });

/** H200 with 141 GB. */
export const H200_141GB = sevenSlice({
  family: 'H200 141 GB',
  modeNeedsReset: false,
  gb: [18, 35, 71, 141],
});

const A30_ROWS: readonly Row[] = [
  ['4g.24gb', 4, 4, [0], 1],
  ['2g.12gb+me', 2, 2, [0, 2], 1, 'media'],
  ['2g.12gb', 2, 2, [0, 2], 2],
  ['1g.6gb+me', 1, 1, [0, 1, 2, 3], 1, 'media'],
  ['1g.6gb', 1, 1, [0, 1, 2, 3], 4],
];

/** A30 with 24 GB: four slices of 5,836 MiB. */
export const A30_24GB: MigGeometry = {
  family: 'A30 24 GB',
  memorySlices: 4,
  computeSlices: 4,
  profiles: A30_ROWS.map(profile),
  modeNeedsReset: true,
};

/** Profile of a geometry by NVIDIA's name. */
export function profileOf(geometry: MigGeometry, name: string): MigProfile | undefined {
  return geometry.profiles.find((p) => p.name === name);
}
