import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';

/** A JSON object of an answer. */
export type Json = Record<string, unknown>;

interface CloudEntry {
  readonly auth: Readonly<
    Record<'auth_url' | 'username' | 'password' | 'project_name' | 'user_domain_name', string>
  >;
}

/** What a test asks of an OpenStack, as an outsider would: by clouds.yaml and plain requests. */
export class Cloud {
  private constructor(
    private readonly token: string,
    private readonly urls: ReadonlyMap<string, string>,
    readonly projectId: string,
  ) {}

  /** Logs in with an entry of clouds.yaml. */
  static async login(cloudsYaml: string, name: string): Promise<Cloud> {
    const { clouds } = parse(readFileSync(cloudsYaml, 'utf8')) as { clouds: Record<string, CloudEntry> };
    const auth = clouds[name]?.auth;
    if (auth === undefined) throw new Error(`${cloudsYaml} has no entry ${name}`);
    const domain = { name: auth.user_domain_name };
    const password = { user: { name: auth.username, password: auth.password, domain } };
    const body = {
      auth: {
        identity: { methods: ['password'], password },
        scope: { project: { name: auth.project_name, domain } },
      },
    };
    const answer = await fetch(`${auth.auth_url}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`login of ${name}: ${answer.status} ${text}`);
    const { token } = JSON.parse(text) as {
      token: {
        project: { id: string };
        catalog: { type: string; endpoints: { interface: string; url: string }[] }[];
      };
    };
    const urls = new Map(
      token.catalog.map((c) => [c.type, c.endpoints.find((e) => e.interface === 'public')?.url ?? '']),
    );
    return new Cloud(answer.headers.get('x-subject-token') ?? '', urls, token.project.id);
  }

  /** Types of services in the catalogue. */
  get services(): string[] {
    return [...this.urls.keys()].sort();
  }

  /** Sends a request; the answer's status and body, whatever they are. */
  async ask(
    type: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Json }> {
    const answer = await fetch(`${this.urls.get(type) ?? ''}${path}`, {
      method,
      headers: {
        'x-auth-token': this.token,
        'content-type': 'application/json',
        ...(type === 'compute' ? { 'openstack-api-version': 'compute 2.93' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Json) : {} };
  }

  /** Sends a request that must succeed. */
  async call(type: string, method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.ask(type, method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${type}${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** All objects of a collection. */
  async list(type: string, path: string, key: string): Promise<Json[]> {
    return (await this.call(type, 'GET', path))[key] as Json[];
  }

  /** Id of the one object with that name. */
  async id(type: string, path: string, key: string, name: string): Promise<string> {
    const found = (await this.list(type, path, key)).filter((item) => item['name'] === name);
    if (found.length !== 1) throw new Error(`${found.length} ${key} are called ${name}`);
    return String(found[0]?.['id']);
  }

  /** Reads an object until it fits; fails with what it is in the end. `gone` waits for a 404. */
  async until(
    type: string,
    path: string,
    key: string,
    fits: (item: Json) => boolean,
    tries = 120,
  ): Promise<Json> {
    let last: Json = {};
    for (let attempt = 0; attempt < tries; attempt++) {
      const answer = await this.ask(type, 'GET', path);
      last = (answer.body[key] ?? { status: answer.status === 404 ? 'GONE' : answer.status }) as Json;
      if (fits(last)) return last;
      await sleep(500);
    }
    throw new Error(`${path} stays ${JSON.stringify(last)}`);
  }

  /** Asks for a server with one port on a network and waits until nova has decided: ACTIVE or ERROR. */
  async boot(name: string, flavor: string, network: string, image = 'debian-12'): Promise<Json> {
    const server = {
      name,
      flavorRef: await this.id('compute', '/flavors', 'flavors', flavor),
      imageRef: await this.id('image', '/v2/images', 'images', image),
      networks: [{ uuid: network }],
    };
    const { id } = (await this.call('compute', 'POST', '/servers', { server }))['server'] as Json;
    return this.until(
      'compute',
      `/servers/${String(id)}`,
      'server',
      (s) => s['status'] === 'ACTIVE' || s['status'] === 'ERROR',
    );
  }

  /** A network with a subnet; its id. */
  async network(name: string, cidr: string): Promise<string> {
    const { id } = (await this.call('network', 'POST', '/v2.0/networks', { network: { name } }))[
      'network'
    ] as Json;
    await this.call('network', 'POST', '/v2.0/subnets', { subnet: { network_id: id, ip_version: 4, cidr } });
    return String(id);
  }
}
