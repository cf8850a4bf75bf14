/** A resource as the engine shows it to a policy, before it is created or changed. */
export interface StackResource {
  /** Pulumi type token, for example `openstack:compute/instance:Instance`. */
  readonly type: string;
  readonly name: string;
  /** Inputs; reading one that is not known yet throws in a preview, which the engine reports as "not checked". */
  readonly props: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

/** What the site file says that resources alone do not tell; see config.ts. */
export interface PackConfig {
  /** Pulumi names of volumes that must be encrypted. */
  readonly encryptedVolumes?: readonly string[];
  /** Cinder volume types that encrypt. */
  readonly encryptedTypes?: readonly string[];
  /** Volumes the operator gave up by name for this run, so that they may go. */
  readonly destroyable?: readonly string[];
  /** Name of the stack, which every resource carries. */
  readonly stack?: string;
}

/** One rule about OpenStack resources; pure, so that it is tested without a server. */
export interface StackRule {
  /** Policy name in the pack: letters, digits and dashes. */
  readonly name: string;
  /** What goes wrong without it. */
  readonly description: string;
  /** Type token of the resources it judges. */
  readonly type: string;
  /** Violations in the operator's words; empty when there are none. */
  judge(resource: StackResource, config: PackConfig): readonly string[];
}
