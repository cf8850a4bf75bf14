import type { PackConfig, StackResource, StackRule } from '../rule';

/** Machines and volumes say which stack owns them. */
export const rule: StackRule = {
  name: 'owned',
  description: 'An object without owner is neither recovered after a crash nor found when the bill is read.',
  type: 'openstack:compute/instance:Instance',
  judge: judgeOwner,
};

/** The same for volumes. */
export const volumeRule: StackRule = {
  ...rule,
  name: 'owned-volume',
  type: 'openstack:blockstorage/volume:Volume',
};

function judgeOwner({ name, props }: StackResource, { stack }: PackConfig): readonly string[] {
  const { 'ai-infn': owner } = (props['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
  const prefix = stack === undefined ? 'ai-infn/' : `ai-infn/${stack}/`;
  if (typeof owner === 'string' && owner.startsWith(prefix)) return [];
  return [
    `${name} has owner ${typeof owner === 'string' ? owner : '(none)'} in its metadata; it must begin with ${prefix}`,
  ];
}
