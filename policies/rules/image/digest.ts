import { everyContainer, type Rule } from '../../rule';

/** Released images are pinned by digest. */
export const rule: Rule = {
  id: 'image/digest',
  title: 'Released images are pinned by digest',
  why: 'A tag can be moved; a digest cannot. Unresolved pins may be rendered, never released.',
  sources: { platform: 'versions.lock.yaml' },
  ...everyContainer('c.image.matches("@sha256:[0-9a-f]{64}$")'),
  message: 'name:tag@sha256:<64 hex digits>',
  fix: 'run `npx aiinfn lock resolve`',
  admission: 'warn',
  stage: 'release',
};
