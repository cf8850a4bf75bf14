import { identity } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import { tagOf } from './tags';

/** What the cluster's credential is made from. */
export interface ClusterCredentialProps {
  readonly stack: string;
  /** See `clusterRoles` in arguments.ts. */
  readonly roles: string[];
}

/** Application credential that drivers in the cluster use: lesser roles, and it cannot make further credentials. */
export class ClusterCredential extends pulumi.ComponentResource {
  readonly credentialId: pulumi.Output<string>;
  /** Secret: encrypted in the state, masked in outputs. */
  readonly secret: pulumi.Output<string>;

  constructor(name: string, props: ClusterCredentialProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:ClusterCredential', name, {}, opts);
    const logical = 'cluster-credential';
    const credential = new identity.ApplicationCredential(
      logical,
      {
        name: `${props.stack}-cluster`,
        description: tagOf(props.stack, logical),
        roles: props.roles,
        unrestricted: false,
      },
      // The name is unique per user, and only a new credential shows its secret.
      { parent: this, deleteBeforeReplace: true, additionalSecretOutputs: ['secret'] },
    );
    this.credentialId = credential.id;
    this.secret = pulumi.secret(credential.secret);
    this.registerOutputs({ credentialId: this.credentialId });
  }
}
