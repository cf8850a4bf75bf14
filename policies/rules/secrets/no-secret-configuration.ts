import { CONFIG_MAPS } from '../../kinds';
import type { Rule } from '../../rule';

/** ConfigMaps hold no keys or passwords. */
export const rule: Rule = {
  id: 'secrets/no-secret-configuration',
  title: 'ConfigMaps hold no keys or passwords',
  why: 'A ConfigMap is neither encrypted nor guarded like a Secret, and is in git here.',
  sources: { kubescape: ['C-0012'], ksv: ['KSV-0109', 'KSV-01010'] },
  match: CONFIG_MAPS,
  expressions: [
    'object.?data.orValue({}).all(k, !object.data[k].matches("-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|[a-z]+://[^/ :@${}]*:[^/ @${}]+@"))',
  ],
  found:
    '"a secret in key " + object.data.filter(k, object.data[k].matches("-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|[a-z]+://[^/ :@${}]*:[^/ @${}]+@")).join(", ")',
  message: 'no private keys, cloud keys or URLs with a password',
  fix: 'move the value into a Secret',
  admission: 'deny',
};
