import type { MachinePlan } from '../../constructs';

/** What first boot has to know of a machine. */
export type BootMachine = Pick<
  MachinePlan,
  'name' | 'role' | 'address' | 'labels' | 'taints' | 'dataGiB' | 'reserve'
>;

/** Versions that a machine installs at its first boot. */
export interface BootPins {
  /** RKE2 release, for example `v1.36.2+rke2r1`. */
  readonly rke2: string;
  /** SHA-256 of rke2.linux-amd64.tar.gz; when given the download must match it besides upstream's own checksum file. */
  readonly rke2Sha256?: string;
  /** Where releases are fetched from; default upstream's release page. A site mirror keeps the same layout. */
  readonly rke2Releases?: string;
}
