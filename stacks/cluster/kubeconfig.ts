import { parse } from 'yaml';
import { z } from 'zod';

const named = <K extends string, T extends z.ZodType>(key: K, value: T) =>
  z.array(z.looseObject({ name: z.string(), [key]: value } as { name: z.ZodString } & Record<K, T>));

const schema = z.looseObject({
  'current-context': z.string().min(1),
  contexts: named('context', z.looseObject({ cluster: z.string(), user: z.string() })),
  clusters: named(
    'cluster',
    z.looseObject({
      server: z.url({ protocol: /^https$/ }),
      'certificate-authority-data': z.base64().optional(),
    }),
  ),
  users: named(
    'user',
    z.looseObject({
      'client-certificate-data': z.base64().optional(),
      'client-key-data': z.base64().optional(),
      token: z.string().optional(),
    }),
  ),
});

/** How to reach one API server and as whom. PEM texts; a user has a certificate with key, or a token. */
export interface ClusterAccess {
  readonly server: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

/** What to do about a kubeconfig that cannot be used. */
const ADVICE =
  'make a self-contained one with `kubectl config view --raw --flatten --minify` and set it with `pulumi config set --secret kubeconfig`';

/**
 * Reads the current context of a self-contained kubeconfig: certificates inline, no login programs, TLS.
 * @throws Error naming what is wrong and never quoting the text, which holds credentials
 */
export function parseKubeconfig(text: string): ClusterAccess {
  const result = schema.safeParse(readYaml(text));
  if (!result.success) {
    const places = result.error.issues.map((issue) => issue.path.join('.') || 'the document');
    throw new Error(`the kubeconfig cannot be used (at ${[...new Set(places)].join(', ')}): ${ADVICE}`);
  }
  const config = result.data;
  const context = find(config.contexts, config['current-context'], 'context').context;
  const { server, 'certificate-authority-data': ca } = find(
    config.clusters,
    context.cluster,
    'cluster',
  ).cluster;
  const user = find(config.users, context.user, 'user').user;
  const { 'client-certificate-data': certificate, 'client-key-data': key, token } = user;
  if (!token && !(certificate && key))
    throw new Error(`the kubeconfig holds no usable credentials: ${ADVICE}`);
  return {
    server: server.replace(/\/$/, ''),
    ...(ca ? { ca: plain(ca) } : {}),
    ...(certificate && key ? { certificate: plain(certificate), key: plain(key) } : {}),
    ...(token ? { token } : {}),
  };
}

function readYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new Error(`the kubeconfig is not YAML: ${ADVICE}`);
  }
}

function find<T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T {
  const found = list.find((entry) => entry.name === name);
  if (!found)
    throw new Error(`the kubeconfig names the ${what} '${name}' and does not describe it: ${ADVICE}`);
  return found;
}

const plain = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
