import { everyContainer, type Rule } from '../../rule';

/** Each environment variable is set once. */
export const rule: Rule = {
  id: 'pod/unique-env',
  title: 'Each environment variable is set once',
  why: 'Of two values the API server keeps the last without a word.',
  sources: { kubeScore: ['environment-variable-key-duplication'] },
  ...everyContainer('c.?env.orValue([]).all(e, c.env.filter(f, f.name == e.name).size() == 1)'),
  message: 'each variable once',
  fix: 'remove the second entry',
  admission: 'deny',
};
