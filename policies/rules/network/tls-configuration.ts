import { CONFIG_MAPS } from '../../kinds';
import type { Rule } from '../../rule';

/** Configuration names TLS addresses of data stores. */
export const rule: Rule = {
  id: 'network/tls-configuration',
  title: 'Configuration names TLS addresses of data stores',
  why: 'A URL without TLS in a configuration file is as readable as one in the environment.',
  sources: { platform: 'design: TLS wherever a network is crossed' },
  match: CONFIG_MAPS,
  expressions: ['object.?data.orValue({}).all(k, !object.data[k].contains("redis://"))'],
  found: '"redis:// in " + object.data.filter(k, object.data[k].contains("redis://")).join(", ")',
  message: 'rediss:// instead of redis://; s3 endpoints by https',
  fix: 'use the TLS address',
  admission: 'warn',
};
