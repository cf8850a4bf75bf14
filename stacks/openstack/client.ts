import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { z } from 'zod';

import { UserError } from '../../constructs/core/errors';
import type { Cloud } from './clouds';

/** Services of the catalogue that the platform talks to, with the type names clouds give them. */
const SERVICE_TYPES = {
  compute: ['compute'],
  network: ['network'],
  image: ['image'],
  volume: ['volumev3', 'block-storage', 'volume'],
  'load-balancer': ['load-balancer'],
  identity: ['identity'],
} as const;

/** A service of an OpenStack cloud. */
export type Service = keyof typeof SERVICE_TYPES;

/** Every request is given up after this time; a slow API answers in a few seconds. */
const TIMEOUT_MS = 60_000;
/** Compute microversion: 2.64 brings server-group `policy`/`rules`; every release since Rocky (2018) has it. */
const COMPUTE_MICROVERSION = '2.64';

/** The cloud answered a request with an error. */
export class CloudError extends Error {
  constructor(
    readonly status: number,
    readonly what: string,
    detail: string,
  ) {
    super(`${what}: HTTP ${status} ${detail}`);
    this.name = 'CloudError';
  }
}

/** The same error as the operator reads it: what was asked and what the cloud said. */
export function asUserError(error: CloudError): UserError {
  return new UserError('The cloud did not do what was asked of it; the state is kept.', [
    {
      rule: 'cloud/answer',
      path: error.what,
      found: error.message.slice(error.what.length + 2),
      allowed: 'success',
      fix: 'see the message; run again when the cloud is well',
    },
  ]);
}

const tokenSchema = z.object({
  token: z.object({
    user: z.object({ id: z.string(), name: z.string() }),
    project: z.object({ id: z.string(), name: z.string() }).optional(),
    roles: z.array(z.object({ name: z.string() })).default([]),
    application_credential: z.object({ restricted: z.boolean() }).optional(),
    catalog: z
      .array(
        z.object({
          type: z.string(),
          endpoints: z.array(
            z.object({ interface: z.string(), region_id: z.string().nullish(), url: z.string() }),
          ),
        }),
      )
      .default([]),
  }),
});

/** Who is logged in and what they may do. */
export interface Session {
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly string[];
  /** The login is an application credential that may not make another one. */
  readonly restricted: boolean;
}

/** A JSON object as an OpenStack API returns it. */
export type Json = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A logged-in client of one project of one cloud. The few requests that checks and recovery need, no more. */
export class CloudClient {
  private constructor(
    private readonly cloud: Cloud,
    private readonly token: string,
    private readonly endpoints: ReadonlyMap<Service, string>,
    /** Who is logged in. */
    readonly session: Session,
  ) {}

  /**
   * Logs in at Keystone.
   * @throws UserError when Keystone cannot be reached, refuses the credentials or has no project for them
   */
  static async login(cloud: Cloud, region: string): Promise<CloudClient> {
    const url = `${authRoot(cloud.auth.auth_url)}/auth/tokens`;
    const answer = await send(cloud, 'POST', url, {}, loginBody(cloud)).catch((error: unknown) => {
      throw loginFault(
        cloud,
        'cloud/reachable',
        `${url}: ${reason(error)}`,
        'an answering Keystone',
        'check auth_url, network and TLS certificate',
      );
    });
    if (answer.status === 401) {
      throw loginFault(
        cloud,
        'cloud/credentials',
        `Keystone refuses them: ${errorText(answer.text)}`,
        'valid credentials',
        'renew the credentials of this entry',
      );
    }
    if (answer.status !== 201) {
      throw loginFault(
        cloud,
        'cloud/reachable',
        `HTTP ${answer.status} from ${url}: ${errorText(answer.text)}`,
        'a Keystone v3',
        'check auth_url',
      );
    }
    const { token } = tokenSchema.parse(JSON.parse(answer.text));
    if (!token.project)
      throw loginFault(
        cloud,
        'cloud/credentials',
        'a login without a project',
        'a project',
        'add project_name',
      );
    const session = {
      userId: token.user.id,
      projectId: token.project.id,
      roles: token.roles.map((role) => role.name),
      restricted: token.application_credential?.restricted ?? false,
    };
    const header = answer.headers['x-subject-token'];
    return new CloudClient(
      cloud,
      String(header),
      endpointsOf(token.catalog, cloud.interface, region),
      session,
    );
  }

  /** Whether the catalogue of this region has the service. */
  has(service: Service): boolean {
    return this.endpoints.has(service);
  }

  /** One object. @throws CloudError on any status but 2xx */
  async get(service: Service, path: string): Promise<Json> {
    return parseObject((await this.call('GET', service, path)).text);
  }

  /** One object, or undefined where there is none (404). @throws CloudError on other errors */
  async find(service: Service, path: string): Promise<Json | undefined> {
    try {
      return await this.get(service, path);
    } catch (error) {
      if (error instanceof CloudError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All elements of a collection, following the pages. */
  async list(service: Service, path: string, key: string): Promise<readonly Json[]> {
    const all: Json[] = [];
    let next: string | undefined = path;
    while (next !== undefined) {
      const page: Json = await this.get(service, next);
      all.push(...objects(page[key]));
      next = nextPage(page, key, this.endpoint(service));
    }
    return all;
  }

  /** Deletes; an object that is gone already is fine. */
  async remove(service: Service, path: string): Promise<void> {
    await this.call('DELETE', service, path).catch((error: unknown) => {
      if (!(error instanceof CloudError && error.status === 404)) throw error;
    });
  }

  /** Changes something by POST or PUT. */
  async send(method: 'POST' | 'PUT', service: Service, path: string, body: Json): Promise<Json> {
    return parseObject((await this.call(method, service, path, body)).text);
  }

  private endpoint(service: Service): string {
    const url = this.endpoints.get(service);
    if (url === undefined)
      throw new CloudError(
        0,
        service,
        `the catalogue of ${this.cloud.name} has no such service in this region`,
      );
    return url;
  }

  private async call(method: string, service: Service, path: string, body?: Json): Promise<Answer> {
    const url = path.startsWith('http') ? path : `${this.endpoint(service)}${path}`;
    // Cinder answers 400 to a version header that names another service only.
    const microversion =
      service === 'compute' ? { 'OpenStack-API-Version': `compute ${COMPUTE_MICROVERSION}` } : {};
    const headers = { 'X-Auth-Token': this.token, ...microversion };
    const answer = await send(this.cloud, method, url, headers, body).catch((error: unknown) => {
      throw new CloudError(0, `${method} ${url}`, reason(error));
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new CloudError(answer.status, `${method} ${url}`, errorText(answer.text));
  }
}

/** The elements of a JSON array that are objects; an absent array is empty. */
export function objects(value: unknown): readonly Json[] {
  return Array.isArray(value)
    ? value.filter((item): item is Json => typeof item === 'object' && item !== null)
    : [];
}

/** A property of an API object as text; absent or null is the empty text. */
export function text(object: Json | undefined, key: string): string {
  const value = object?.[key];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** A property of an API object that is an object itself; absent is the empty object. */
export function child(object: Json | undefined, key: string): Json {
  const value = object?.[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function authRoot(url: string): string {
  const trimmed = url.replace(/\/+$/, '');
  return trimmed.endsWith('/v3') ? trimmed : `${trimmed}/v3`;
}

function loginBody(cloud: Cloud): Json {
  const a = cloud.auth;
  const user = a.user_id
    ? { id: a.user_id }
    : {
        name: a.username,
        domain: domain(a.user_domain_id ?? a.domain_id, a.user_domain_name ?? a.domain_name),
      };
  if (a.application_credential_secret !== undefined) {
    const named = a.application_credential_id
      ? { id: a.application_credential_id }
      : { name: a.application_credential_name, user };
    const credential = { ...named, secret: a.application_credential_secret };
    return {
      auth: { identity: { methods: ['application_credential'], application_credential: credential } },
    };
  }
  const project = a.project_id
    ? { id: a.project_id }
    : {
        name: a.project_name,
        domain: domain(a.project_domain_id ?? a.domain_id, a.project_domain_name ?? a.domain_name),
      };
  const identity = { methods: ['password'], password: { user: { ...user, password: a.password } } };
  return { auth: { identity, scope: { project } } };
}

function domain(id: string | undefined, name: string | undefined): Json {
  return id !== undefined ? { id } : { name: name ?? 'Default' };
}

type Catalog = z.output<typeof tokenSchema>['token']['catalog'];

function endpointsOf(catalog: Catalog, face: string, region: string): ReadonlyMap<Service, string> {
  const found = new Map<Service, string>();
  for (const [service, types] of Object.entries(SERVICE_TYPES) as [Service, readonly string[]][]) {
    const entry = types
      .map((type) => catalog.find((item) => item.type === type))
      .find((item) => item !== undefined);
    const endpoint = entry?.endpoints.find((e) => e.interface === face && (e.region_id ?? region) === region);
    if (endpoint) found.set(service, versioned(service, endpoint.url.replace(/\/+$/, '')));
  }
  return found;
}

/** Catalogues list some services without their version. */
function versioned(service: Service, url: string): string {
  const wanted = (
    { network: '/v2.0', image: '/v2', 'load-balancer': '/v2', identity: '/v3' } as Partial<
      Record<Service, string>
    >
  )[service];
  return wanted === undefined || /\/v\d+(\.\d+)?$/.test(url) ? url : `${url}${wanted}`;
}

function nextPage(page: Json, key: string, endpoint: string): string | undefined {
  const link = objects(page[`${key}_links`] ?? page['links']).find((l) => l['rel'] === 'next');
  if (link) return text(link, 'href');
  const next = text(page, 'next'); // Glance gives a path beginning with its version.
  return next === '' ? undefined : `${endpoint.replace(/\/v\d+(\.\d+)?$/, '')}${next}`;
}

function parseObject(body: string): Json {
  return body.trim() === '' ? {} : (JSON.parse(body) as Json);
}

/** The human part of an OpenStack error body, whatever the service's dialect. */
function errorText(body: string): string {
  try {
    const parsed = JSON.parse(body) as Json;
    const inner = [parsed, ...Object.values(parsed)].find(
      (v): v is Json => typeof (v as Json | null)?.['message'] === 'string',
    );
    return text(inner, 'message') || text(parsed, 'faultstring') || body.slice(0, 300);
  } catch {
    return body.slice(0, 300);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}

function loginFault(cloud: Cloud, rule: string, found: string, allowed: string, fix: string): UserError {
  const finding = { rule, file: cloud.file, path: `clouds.${cloud.name}`, found, allowed, fix };
  return new UserError(`The cloud ${cloud.name} cannot be used.`, [finding]);
}

/** node:http rather than fetch, because only it takes the certificate authority that clouds.yaml may name. */
function send(
  cloud: Cloud,
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: Json,
): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method,
    timeout: TIMEOUT_MS,
    headers: {
      Accept: 'application/json',
      ...headers,
      ...(payload === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
    },
  };
  const tls = {
    rejectUnauthorized: cloud.verify,
    ...(cloud.cacert ? { ca: readFileSync(cloud.cacert) } : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = url.startsWith('https:')
      ? httpsRequest(url, { ...options, ...tls })
      : httpRequest(url, options);
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.end(payload);
  });
}
