import { SECRETS } from '../../kinds';
import type { Rule } from '../../rule';

/** No Secret value is rendered. */
export const rule: Rule = {
  id: 'secrets/no-values',
  title: 'No Secret value is rendered',
  why: 'charts-out is in git; a value there is public for ever.',
  sources: { platform: 'secret catalogue' },
  match: SECRETS,
  expressions: ['size(object.?data.orValue({})) == 0 && size(object.?stringData.orValue({})) == 0'],
  found:
    '"values of keys " + (object.?data.orValue({}).map(k, k) + object.?stringData.orValue({}).map(k, k)).join(", ")',
  message: 'Secrets are declared with declareSecret and delivered by Pulumi',
  fix: 'use declareSecret',
  admission: 'none',
};
