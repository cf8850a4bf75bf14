import { everyContainer, type Rule } from '../../rule';

/** Images name their registry. */
export const rule: Rule = {
  id: 'image/registry',
  title: 'Images name their registry',
  why: 'Without a registry the container runtime guesses one, and each runtime may guess differently.',
  sources: { ksv: ['KSV-0125'], platform: 'versions.lock.yaml' },
  ...everyContainer('c.image.matches("^[a-z0-9.-]+([.][a-z0-9-]+|:[0-9]+)/")'),
  message: 'an image that begins with a registry host, such as harbor.cloud.infn.it/',
  fix: 'write the registry in the lock entry',
  admission: 'deny',
};
