import { object, type Plain } from '../fixtures';
import type { RuleCases } from './case';

const certificate = (spec: Plain): Plain =>
  object('cert-manager.io/v1', 'Certificate', {
    spec: { duration: '2160h', privateKey: { rotationPolicy: 'Always' }, ...spec },
  });

/** Cases of the rules about certificates. */
export const CERTIFICATE_CASES: Readonly<Record<string, RuleCases>> = {
  'certificates/fresh-keys': {
    compliant: [certificate({}), certificate({ duration: '24h' })],
    violating: [
      certificate({ privateKey: {} }),
      certificate({ duration: '87600h' }),
      certificate({ privateKey: undefined }),
    ],
  },
};
