import { everyContainer, type Rule } from '../../rule';

/** Data stores are reached over TLS. */
export const rule: Rule = {
  id: 'network/tls-environment',
  title: 'Data stores are reached over TLS',
  why: 'Passwords and data of Redis and PostgreSQL would cross the network readable.',
  sources: { platform: 'design: TLS wherever a network is crossed' },
  ...everyContainer(
    'c.?env.orValue([]).all(e, !e.?value.orValue("").startsWith("redis://") && (!e.?value.orValue("").matches("^postgres(ql)?(\\\\+[a-z0-9]+)?://") || e.value.contains("sslmode=verify-full")))',
  ),
  message: 'rediss:// instead of redis://, and sslmode=verify-full in PostgreSQL URLs',
  fix: 'use the rediss or verify-full URL',
  admission: 'deny',
};
