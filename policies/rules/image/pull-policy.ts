import { everyContainer, type Rule } from '../../rule';

/** Pinned images are not pulled again. */
export const rule: Rule = {
  id: 'image/pull-policy',
  title: 'Pinned images are not pulled again',
  why: 'Pulling on every start makes each start depend on the registry; `Never` makes it depend on what a node happens to hold.',
  sources: { kubeScore: ['container-image-pull-policy'] },
  ...everyContainer('c.?imagePullPolicy.orValue("") == "IfNotPresent"'),
  message: 'imagePullPolicy IfNotPresent',
  fix: 'leave imagePullPolicy to addWorkload',
  admission: 'warn',
};
