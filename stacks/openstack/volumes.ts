import { blockstorage, compute } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import { volumeArgs } from './arguments';
import type { Machine } from './machines';
import type { ProvisionOptions } from './options';

/** What the data volumes of a site are made from. */
export interface VolumesProps {
  readonly stack: string;
  readonly machines: readonly Machine[];
  readonly options: ProvisionOptions;
}

/** Data volumes, protected against deletion unless `destroyData` names them, each attached to its machine. */
export class Volumes extends pulumi.ComponentResource {
  readonly byName: ReadonlyMap<string, blockstorage.Volume>;

  constructor(name: string, props: VolumesProps, opts?: pulumi.ComponentResourceOptions) {
    super('aiinfn:openstack:Volumes', name, {}, opts);
    const entries = props.machines.flatMap((machine) => {
      const volume = this.volume(machine, props);
      return volume ? [volume] : [];
    });
    this.byName = new Map(entries);
    this.registerOutputs({ volumes: [...this.byName.keys()] });
  }

  private volume(machine: Machine, props: VolumesProps): [string, blockstorage.Volume] | undefined {
    const spec = machine.spec.volume;
    if (!spec) return undefined;
    const destroyable = (props.options.destroyData ?? []).includes(spec.name);
    const volume = new blockstorage.Volume(spec.name, volumeArgs(props.stack, machine.spec, spec), {
      parent: this,
      protect: !destroyable,
    });
    new compute.VolumeAttach(
      `${spec.name}-attachment`,
      { instanceId: machine.instance.id, volumeId: volume.id },
      { parent: this, deleteBeforeReplace: true },
    );
    return [spec.name, volume];
  }
}
