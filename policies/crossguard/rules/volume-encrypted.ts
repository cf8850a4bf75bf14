import type { StackRule } from '../rule';

/** Volumes that the site file calls encrypted have an encrypting type. */
export const rule: StackRule = {
  name: 'volume-encrypted',
  description:
    'Encryption is a property of the volume type: with the default type data lie readable on the storage servers.',
  type: 'openstack:blockstorage/volume:Volume',
  judge({ name, props }, { encryptedVolumes = [], encryptedTypes = [] }) {
    const type = props['volumeType'];
    if (!encryptedVolumes.includes(name) || encryptedTypes.some((allowed) => allowed === type)) return [];
    return [
      `volume ${name} has type ${typeof type === 'string' ? type : '(default)'}; the site file wants encryption: ${encryptedTypes.join(', ') || 'set cloud.encryptedVolumeType'}`,
    ];
  },
};
