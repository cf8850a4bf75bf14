import type { Site } from '../../constructs';
import { planMachines } from '../../constructs/site';
import { STACK_RULES } from './policies';
import type { PackConfig } from './rule';

/**
 * The pack's configuration for a site, for `--policy-pack-config`: what the site file wants encrypted, and whose the resources are.
 * Every policy gets the same, because the engine knows no configuration of a pack.
 */
export function packConfig(
  site: Site,
  destroyable: readonly string[] = [],
): Readonly<Record<string, PackConfig>> {
  const volumes = planMachines(site).machines.flatMap(({ volume }) =>
    volume?.encrypted ? [volume.name] : [],
  );
  const { encryptedVolumeType: type } = site.cloud;
  const config = {
    encryptedVolumes: volumes,
    encryptedTypes: type === undefined ? [] : [type],
    destroyable,
    stack: site.name,
  };
  return Object.fromEntries(STACK_RULES.map((rule) => [rule.name, config]));
}
