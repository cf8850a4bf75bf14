/** What a run may add to the site file; every entry is a setting `ai-infn:NAME` of the stack. */
export interface ProvisionOptions {
  /** Entry of clouds.yaml to use instead of the site's own (`cloud`). */
  readonly cloud?: string;
  /** Public SSH key of the administrators (`sshPublicKey`); absent: the machines get no key pair. */
  readonly sshPublicKey?: string;
  /** Data volumes that may be deleted (`destroyData`), by exact name; all others are protected. */
  readonly destroyData?: readonly string[];
  /**
   * Machines that may be replaced by changed user data, image or key (`replaceMachines`), by exact name. All others
   * keep what they were made with: a new user data would end every session and lose every MIG layout of a GPU machine.
   */
  readonly replaceMachines?: readonly string[];
}
