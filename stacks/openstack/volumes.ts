import { blockstorage, compute } from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';

import type { Machine } from './machines';
import type { ProvisionOptions } from './options';
import { TAG_KEY, tagOf } from './tags';
import type { Site } from '../../constructs/site';

/** What the data volumes of a site are made from. */
export interface VolumesProps {
  readonly stack: string;
  readonly site: Site;
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
    const { volumeType, encryptedVolumeType } = props.site.cloud;
    const type = spec.encrypted ? encryptedVolumeType : volumeType;
    const volume = new blockstorage.Volume(
      spec.name,
      {
        name: `${props.stack}-${spec.name}`,
        description: `Data of ${machine.spec.name}`,
        size: spec.gib,
        metadata: { [TAG_KEY]: tagOf(props.stack, spec.name) },
        enableOnlineResize: true,
        ...(type === undefined ? {} : { volumeType: type }),
      },
      { parent: this, protect: !(props.options.destroyData ?? []).includes(spec.name) },
    );
    new compute.VolumeAttach(
      `${spec.name}-attachment`,
      { instanceId: machine.instance.id, volumeId: volume.id },
      { parent: this, deleteBeforeReplace: true },
    );
    return [spec.name, volume];
  }
}
