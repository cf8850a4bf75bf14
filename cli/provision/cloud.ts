import { join } from 'node:path';

import { openstackHosts, planMachines, type Site } from '../../constructs';
import { destroyOpenStack, type FlavorSpec, installPackages, startOpenStack } from '../../twin/openstack';
import { stateDir } from './state';

/** A cloud to provision on: which entry of which clouds.yaml, and whether it is the simulated one of this machine. */
export interface TargetCloud {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly local: boolean;
}

/** The operator's own cloud: an entry of the clouds.yaml found in the usual places. */
export function ownCloud(name: string): TargetCloud {
  return { name, env: { OS_CLOUD: name }, local: false };
}

/** Folder of the local cloud of a site. */
function cloudDir(site: string): string {
  return join(stateDir(site), 'cloud');
}

/** Starts the local OpenStack shaped like the site's hosts, installing what it needs; already running: a check. */
export async function localCloud(site: Site, progress: (message: string) => void): Promise<TargetCloud> {
  const onProgress = ({ message }: { readonly message: string }): void => {
    progress(message);
  };
  await installPackages(join(stateDir(site.name), 'apt.log'), onProgress);
  const handle = await startOpenStack({
    stateDir: cloudDir(site.name),
    hosts: openstackHosts(site),
    cloudName: site.cloud.name,
    content: {
      externalNetwork: site.cloud.externalNetwork,
      images: [site.cloud.image],
      volumeTypes: volumeTypes(site),
      flavors: flavors(site),
    },
    onProgress,
  });
  return { name: site.cloud.name, env: handle.env, local: true };
}

function volumeTypes(site: Site): { readonly name: string; readonly encrypted?: boolean }[] {
  const { volumeType = 'standard', encryptedVolumeType } = site.cloud;
  return [
    { name: volumeType },
    ...(encryptedVolumeType ? [{ name: encryptedVolumeType, encrypted: true }] : []),
  ];
}

/** Flavors that the cloud's administrators would have made: all that the stack does not make itself. */
function flavors(site: Site): readonly FlavorSpec[] {
  if (site.cloud.createFlavors) return [];
  return planMachines(site).flavors.map(({ name, vcpus, ramMiB, diskGiB, extraSpecs }) => ({
    name,
    vcpus,
    memoryMb: ramMiB,
    diskGb: diskGiB,
    extraSpecs,
  }));
}

/** Stops the local OpenStack of a site and removes its files. */
export function removeLocalCloud(site: string): Promise<void> {
  return destroyOpenStack(cloudDir(site));
}

/** Makes the cloud's settings those of this process, where the API client looks for clouds.yaml. */
export function enterCloud(cloud: TargetCloud): void {
  Object.assign(process.env, cloud.env);
}
