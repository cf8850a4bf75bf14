import { everyContainer, type Rule } from '../../rule';

/** Images name a version. */
export const rule: Rule = {
  id: 'image/tagged',
  title: 'Images name a version',
  why: 'An image without a tag, or with `latest`, changes under a running site.',
  sources: { ksv: ['KSV-0013'], kubeScore: ['container-image-tag'] },
  ...everyContainer(
    'c.image.matches("(@sha256:[0-9a-f]{64}|:[0-9A-Za-z_][0-9A-Za-z_.-]*)$") && !c.image.endsWith(":latest")',
  ),
  message: 'a tag other than latest, or a digest',
  fix: 'take the image from versions.lock.yaml with lock.image(name)',
  admission: 'deny',
};
