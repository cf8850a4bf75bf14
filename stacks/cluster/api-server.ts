import { Agent, request } from 'node:https';

import type { ClusterAccess } from './kubeconfig';

/** A Kubernetes object as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** Where an object lives. */
export type ObjectRef = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

/** The API server said no, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Longest wait for one answer; server-side apply of the largest object takes well under a second. */
const ANSWER_MS = 30_000;
/** Everything the stage applies is owned under this name, so that fields we stop setting go away. */
const FIELD_MANAGER = 'pulumi-ai-infn';

/** Plain HTTPS to one API server: apply, get, delete, as few calls as the Kubernetes stage needs. */
export class ApiServer {
  private readonly agent: Agent;
  private readonly kinds = new Map<string, Promise<ReadonlyMap<string, Kind>>>();

  constructor(private readonly access: ClusterAccess) {
    const { ca, certificate, key } = access;
    this.agent = new Agent({
      keepAlive: true,
      ...(ca ? { ca } : {}),
      ...(certificate ? { cert: certificate } : {}),
      ...(key ? { key } : {}),
    });
  }

  /** Creates or changes an object by server-side apply and returns it as stored. Fields others had set are taken over. */
  async apply(object: KubeObject): Promise<KubeObject> {
    const query = `fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`;
    return (await this.send('PATCH', `${await this.path(object)}?${query}`, object)) as KubeObject;
  }

  /** The object as it is, or nothing when it, or its kind, is not there. */
  async get(ref: ObjectRef): Promise<KubeObject | undefined> {
    return (await this.unlessAbsent(async () => this.send('GET', await this.path(ref)))) as
      KubeObject | undefined;
  }

  /** Asks for deletion, the object's dependents included; finalizers may delay it. Absent objects are fine. */
  async delete(ref: ObjectRef): Promise<void> {
    await this.unlessAbsent(async () =>
      this.send('DELETE', `${await this.path(ref)}?propagationPolicy=Background`),
    );
  }

  /** Whether a kind is served. */
  async serves(apiVersion: string, kind: string): Promise<boolean> {
    const kinds = await this.unlessAbsent(() => this.discover(apiVersion));
    return kinds?.has(kind) ?? false;
  }

  /** Lets go of kept connections. */
  close(): void {
    this.agent.destroy();
  }

  private async path(ref: ObjectRef): Promise<string> {
    const kind = (await this.discover(ref.apiVersion)).get(ref.kind);
    if (!kind) throw new ApiError(404, `the cluster knows no kind ${ref.kind} in ${ref.apiVersion}`);
    const namespace = kind.namespaced ? `/namespaces/${ref.metadata.namespace ?? 'default'}` : '';
    return `${base(ref.apiVersion)}${namespace}/${kind.plural}/${ref.metadata.name}`;
  }

  /** Kinds of a group and version; asked once, and again after a failure. */
  private discover(apiVersion: string): Promise<ReadonlyMap<string, Kind>> {
    const known = this.kinds.get(apiVersion);
    if (known) return known;
    const asked = this.send('GET', base(apiVersion)).then(kindsOf);
    this.kinds.set(apiVersion, asked);
    asked.catch(() => this.kinds.delete(apiVersion));
    return asked;
  }

  private async unlessAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  private send(method: string, path: string, body?: KubeObject): Promise<unknown> {
    const headers = {
      accept: 'application/json',
      ...(this.access.token ? { authorization: `Bearer ${this.access.token}` } : {}),
      ...(body ? { 'content-type': 'application/apply-patch+yaml' } : {}),
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.agent, timeout: ANSWER_MS };
      const call = request(`${this.access.server}${path}`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          settle(answer.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'), resolve, reject);
        });
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
      call.on('error', (error) => {
        reject(
          new ApiError(
            0,
            `the Kubernetes API server ${this.access.server} cannot be reached: ${error.message}`,
          ),
        );
      });
      call.end(body ? JSON.stringify(body) : undefined);
    });
  }
}

/** How a kind is addressed. */
interface Kind {
  readonly plural: string;
  readonly namespaced: boolean;
}

const base = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

function kindsOf(answer: unknown): ReadonlyMap<string, Kind> {
  const { resources } = answer as { resources: { name: string; kind: string; namespaced: boolean }[] };
  const own = resources.filter((resource) => !resource.name.includes('/')); // `pods/log` is a part of an object, not a kind.
  return new Map(own.map(({ kind, name, namespaced }) => [kind, { plural: name, namespaced }]));
}

function settle(
  status: number,
  text: string,
  resolve: (value: unknown) => void,
  reject: (error: Error) => void,
): void {
  const parsed = parseJson(text);
  if (status >= 200 && status < 300) {
    resolve(parsed);
    return;
  }
  const message = (parsed as { message?: string } | undefined)?.message ?? text.slice(0, 500);
  reject(new ApiError(status, `the Kubernetes API server answered ${status}: ${message}`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
