import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { openstackHosts, planMachines, type Site, UserError } from '../../constructs';
import { takeRunLock } from '../../stacks/engine/lock';
import { loadCloud } from '../../stacks/openstack/clouds';
import {
  type CloudContent,
  destroyOpenStack,
  type FlavorSpec,
  installPackages,
  startOpenStack,
} from '../../twin/openstack';
import type { Checkout } from '../checkout';
import type { Io } from '../io';
import { stateDir, stateName, stateRoot } from './state';

/** The site that runs on one machine without anything else. */
export const LAB = 'lab';

/** A cloud to provision on: which entry of which clouds.yaml, and whether it is the simulated one of this machine. */
export interface TargetCloud {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly local: boolean;
  /** Folder of what this machine keeps about the site on this cloud. */
  readonly home: string;
}

/**
 * Checks what can be checked about the choice of a cloud without doing anything.
 * @throws UserError when a real site comes without a cloud, or the entry of clouds.yaml cannot be used
 */
export function checkCloud(site: Site, own: string | undefined): void {
  if (own !== undefined) loadCloud(own);
  else if (site.name !== LAB)
    throw new UserError(
      `${site.name} is a real site: name the entry of clouds.yaml that it stands on, for example --cloud ${site.cloud.name}`,
    );
}

/** Picks the cloud: the operator's own by name, or for the lab the local one, which is started. @throws as checkCloud */
export async function targetCloud(
  site: Site,
  own: string | undefined,
  io: Io,
  checkout: Checkout,
): Promise<TargetCloud> {
  checkCloud(site, own);
  const home = stateDir(checkout.root, site.name, own);
  return own === undefined
    ? localCloud(site, home, io)
    : { name: own, env: { OS_CLOUD: own }, local: false, home };
}

/** Folder of the local OpenStack; short, because a path of a unix socket must fit below it. */
const cloudDir = (home: string): string => join(home, 'cloud');

/** Starts the local OpenStack shaped like the site's hosts, installing what it needs; already running: a check. */
async function localCloud(site: Site, home: string, io: Io): Promise<TargetCloud> {
  const onProgress = ({ message }: { readonly message: string }): void => {
    io.progress(message);
  };
  await installPackages(join(home, 'apt.log'), onProgress);
  const handle = await startOpenStack({
    stateDir: cloudDir(home),
    hosts: openstackHosts(site),
    cloudName: site.cloud.name,
    content: localContent(site),
    onProgress,
  });
  return { name: site.cloud.name, env: handle.env, local: true, home };
}

/** What a site expects to find on its cloud; the local one is filled with it. */
export function localContent(site: Site): Partial<CloudContent> {
  return {
    externalNetwork: site.cloud.externalNetwork,
    images: [site.cloud.image],
    volumeTypes: volumeTypes(site),
    flavors: flavors(site),
  };
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

/** Folder of a site's Pulumi backend. */
export const backendDir = (home: string): string => join(home, 'pulumi');

/**
 * Removes the lab's local cloud as a whole, with its simulated volumes and its state; false when there is none.
 * @throws UserError while another run works on it
 */
export async function removeLocalCloud(checkout: Checkout): Promise<boolean> {
  const home = join(stateRoot(checkout.root), stateName(LAB, undefined));
  if (!existsSync(home)) return false;
  const lock = takeRunLock(join(backendDir(home), 'runs', `${LAB}.lock`), 'destroy');
  try {
    await destroyOpenStack(cloudDir(home));
    rmSync(home, { recursive: true, force: true });
  } finally {
    lock.release();
  }
  return true;
}
