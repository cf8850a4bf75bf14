import { ProgramError } from '../local/errors';

/** A JSON object of an OpenStack answer. */
export type Item = Readonly<Record<string, unknown>>;

/** Who logs in, and where. */
export interface Login {
  readonly authUrl: string;
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

/** Version headers: without them nova answers in the form of 2016 and cinder hides newer fields. */
const VERSIONS: Readonly<Record<string, string>> = {
  compute: 'compute 2.93',
  'block-storage': 'volume 3.59',
};

/**
 * The few calls with which a new cloud is filled. Not a general client: it speaks to a cloud that this program has just
 * started itself, and treats every refusal as a failure of that start.
 */
export class CloudApi {
  private constructor(
    private readonly token: string,
    private readonly endpoints: ReadonlyMap<string, string>,
    /** Project of the account that is logged in. */
    readonly projectId: string,
  ) {}

  /** Logs in with a password and reads the service catalogue. */
  static async login(login: Login): Promise<CloudApi> {
    const answer = await fetch(`${login.authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(authBody(login)),
    });
    const text = await answer.text();
    if (answer.status !== 201)
      throw new ProgramError(`keystone refused ${login.user}: ${answer.status} ${text.slice(0, 300)}`);
    const { token } = JSON.parse(text) as { token: { project: { id: string }; catalog?: CatalogItem[] } };
    const endpoints = new Map([['identity', login.authUrl]]);
    for (const { type, endpoints: all } of token.catalog ?? []) {
      const url = all.find((e) => e.interface === 'public')?.url;
      if (url !== undefined && type !== 'identity') endpoints.set(type, url);
    }
    return new CloudApi(answer.headers.get('x-subject-token') ?? '', endpoints, token.project.id);
  }

  /** True if the catalogue has a service of that type. */
  has(type: string): boolean {
    return this.endpoints.has(type);
  }

  /** All objects of a collection. */
  async list(type: string, path: string, key: string): Promise<readonly Item[]> {
    return ((await this.call(type, 'GET', path))[key] ?? []) as Item[];
  }

  /** Sends one request; statuses in `accept` count as success besides 2xx. Returns the body, empty if there is none. */
  async call(
    type: string,
    method: string,
    path: string,
    body?: unknown,
    accept: readonly number[] = [],
  ): Promise<Item> {
    const raw = body instanceof Uint8Array;
    const version = VERSIONS[type];
    const answer = await fetch(`${this.endpoints.get(type) ?? `http://no-${type}.invalid`}${path}`, {
      method,
      headers: {
        'x-auth-token': this.token,
        'content-type': raw ? 'application/octet-stream' : 'application/json',
        ...(version === undefined ? {} : { 'openstack-api-version': version }),
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok && !accept.includes(answer.status)) {
      throw new ProgramError(`${type} refused ${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    }
    return text.startsWith('{') ? (JSON.parse(text) as Item) : {};
  }

  /** The object with these values in a collection; made if it is not there. */
  async ensure(
    type: string,
    path: string,
    plural: string,
    single: string,
    body: Item,
    match: readonly string[] = ['name'],
  ): Promise<Item> {
    const found = (await this.list(type, path, plural)).find((item) =>
      match.every((key) => item[key] === body[key]),
    );
    return found ?? ((await this.call(type, 'POST', path, { [single]: body }))[single] as Item);
  }
}

interface CatalogItem {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
}

function authBody({ user, password, project }: Login): unknown {
  const domain = { id: 'default' };
  return {
    auth: {
      identity: { methods: ['password'], password: { user: { name: user, password, domain } } },
      scope: { project: { name: project, domain } },
    },
  };
}
