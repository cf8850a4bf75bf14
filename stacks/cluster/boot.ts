import type { NodeGroup } from '../../constructs';

/** What a machine is told about itself at its first boot; every machine plan has these. */
export interface BootMachine {
  readonly name: string;
  readonly role: NonNullable<NodeGroup['role']>;
  /** Fixed address in the private subnet. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `key=value:Effect`. */
  readonly taints: readonly string[];
  /** Size of the data volume in GiB; absent means there is none. */
  readonly dataGiB?: number;
}

/** Versions that a machine installs at its first boot. */
export interface BootPins {
  /** RKE2 release, for example `v1.36.2+rke2r1`. */
  readonly rke2: string;
  /** SHA-256 of rke2.linux-amd64.tar.gz; when given the download must match it besides upstream's own checksum file. */
  readonly rke2Sha256?: string;
  /** Where releases are fetched from; default upstream's release page. A site mirror keeps the same layout. */
  readonly rke2Releases?: string;
}
