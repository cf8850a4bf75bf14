import { createHash } from 'node:crypto';

/** User name and password for one registry host. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** How a registry client behaves. */
export interface RegistryOptions {
  /** Logins by registry host; without one the registry is asked anonymously. */
  readonly logins?: ReadonlyMap<string, RegistryLogin>;
  /** Milliseconds a registry may take for one answer. Default 30 s, the patience of container runtimes. */
  readonly timeout?: number;
  /** Milliseconds before an overloaded registry is asked again. Default 1 s. */
  readonly pause?: number;
}

/** Where a digest was found. */
export interface FoundDigest {
  readonly digest: string;
  /** Address of the manifest. */
  readonly from: string;
}

/** Looks digests up in image registries. */
export interface RegistryClient {
  /** Digest of an image's index, or of its manifest when it is built for one platform. @throws Error saying what the registry answered */
  digestOf(ref: string, tag: string): Promise<FoundDigest>;
}

/** Index first: a pinned index serves every platform. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Answers after which trying again helps: too many requests, gateway and capacity troubles. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const ATTEMPTS = 3;

/** A client of the registry API (OCI distribution specification 1.1), with token and basic authentication. */
export function registryClient(options: RegistryOptions = {}): RegistryClient {
  return {
    async digestOf(ref, tag) {
      const { host, repository } = splitReference(ref);
      const url = `${origin(host)}/v2/${repository}/manifests/${tag}`;
      const login = options.logins?.get(host);
      const head = await ask(url, 'HEAD', login, options);
      const header = head.headers.get('docker-content-digest') ?? '';
      return { digest: DIGEST.test(header) ? header : await hashOf(url, login, options), from: url };
    },
  };
}

/** Host and repository of a reference; Docker Hub has other names inside than outside. */
function splitReference(ref: string): { host: string; repository: string } {
  const slash = ref.indexOf('/');
  const [host, path] = [ref.slice(0, slash), ref.slice(slash + 1)];
  if (host !== 'docker.io') return { host, repository: path };
  return { host: 'registry-1.docker.io', repository: path.includes('/') ? path : `library/${path}` };
}

/** Plain HTTP on the loopback interface only, as container runtimes do. */
function origin(host: string): string {
  return /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host) ? `http://${host}` : `https://${host}`;
}

/** Some registries leave the header out: the digest is the checksum of the manifest's bytes. */
async function hashOf(
  url: string,
  login: RegistryLogin | undefined,
  options: RegistryOptions,
): Promise<string> {
  const answer = await ask(url, 'GET', login, options);
  const body = Buffer.from(await answer.arrayBuffer());
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

async function ask(
  url: string,
  method: 'HEAD' | 'GET',
  login: RegistryLogin | undefined,
  options: RegistryOptions,
): Promise<Response> {
  const headers = { accept: MANIFEST_TYPES };
  const first = await send(url, { method, headers }, options);
  if (first.status !== 401) return accept(first, url);
  const authorization = await authorize(first.headers.get('www-authenticate') ?? '', login, options);
  return accept(await send(url, { method, headers: { ...headers, authorization } }, options), url);
}

function accept(answer: Response, url: string): Response {
  if (answer.ok) return answer;
  if (answer.status === 404) throw new Error(`${url} does not exist`);
  if (answer.status === 401 || answer.status === 403)
    throw new Error(`${url} is not for this login (${answer.status})`);
  throw new Error(`${url} answered ${answer.status}`);
}

/** The Authorization header that a challenge asks for. */
async function authorize(
  challenge: string,
  login: RegistryLogin | undefined,
  options: RegistryOptions,
): Promise<string> {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  if (/^basic\b/i.test(challenge)) {
    if (basic === undefined) throw new Error('the registry wants a login');
    return basic;
  }
  if (!/^bearer\b/i.test(challenge))
    throw new Error(`the registry wants an unknown authentication: '${challenge}'`);
  const answer = await send(tokenUrl(challenge), { headers: basic ? { authorization: basic } : {} }, options);
  if (!answer.ok) throw new Error(`the registry's token service answered ${answer.status}`);
  const { token, access_token } = (await answer.json()) as { token?: unknown; access_token?: unknown };
  const found = token ?? access_token;
  if (typeof found !== 'string') throw new Error("the registry's token service gave no token");
  return `Bearer ${found}`;
}

/** Address of the token service; a password must not leave over plain HTTP, so only loopback may lack TLS. */
function tokenUrl(challenge: string): string {
  const fields = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const realm = fields.get('realm') ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (!url || (url.protocol !== 'https:' && !['127.0.0.1', 'localhost'].includes(url.hostname)))
    throw new Error(`the registry's token service '${realm}' is no https address`);
  for (const key of ['service', 'scope']) {
    const value = fields.get(key);
    if (value !== undefined) url.searchParams.set(key, value);
  }
  return url.href;
}

async function send(url: string, init: RequestInit, options: RegistryOptions): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(url, {
      ...init,
      signal: AbortSignal.timeout(options.timeout ?? 30_000),
    }).catch((error: unknown) => {
      throw new Error(`${new URL(url).host} cannot be reached: ${why(error)}`, { cause: error });
    });
    if (!BUSY.has(answer.status) || attempt === ATTEMPTS) return answer;
    await new Promise((done) => setTimeout(done, options.pause ?? 1000));
  }
}

/** fetch hides the reason (refused, unknown host, certificate) in the cause. */
function why(error: unknown): string {
  const { cause, message } = error as {
    readonly cause?: { readonly code?: unknown; readonly message?: unknown };
    readonly message?: unknown;
  };
  return String(cause?.code ?? cause?.message ?? message);
}

/** Logins of a Docker or Podman configuration file (`auths.<host>.auth`); what a credential helper holds is not in it. */
export function loginsOf(configText: string): ReadonlyMap<string, RegistryLogin> {
  const { auths } = JSON.parse(configText) as { auths?: Readonly<Record<string, { auth?: string }>> };
  return new Map(
    Object.entries(auths ?? {}).flatMap(([address, { auth }]): [string, RegistryLogin][] => {
      const [username, ...rest] = Buffer.from(auth ?? '', 'base64')
        .toString()
        .split(':');
      const host = address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
      const known = host === 'index.docker.io' ? 'registry-1.docker.io' : host;
      return username && rest.length > 0 ? [[known, { username, password: rest.join(':') }]] : [];
    }),
  );
}
