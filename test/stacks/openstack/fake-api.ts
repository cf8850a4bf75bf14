import { createServer, type IncomingMessage, type Server } from 'node:http';

import type { Json } from '../../../stacks/openstack/client';
import type { Cloud } from '../../../stacks/openstack/clouds';

/** A request that came in. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Json;
}

/** What is answered: a status and a JSON body or plain text. */
export type Reply = readonly [status: number, body?: Json | string];

/**
 * An HTTP server that answers as told, for what no healthy OpenStack says: refusals, other dialects, pages, objects
 * that are on their way. Whether the real services accept our requests is what the end-to-end tests show.
 */
export class FakeApi {
  readonly asked: Asked[] = [];
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Starts on a free port of the loopback. */
  static async start(reply: (asked: Asked) => Reply): Promise<FakeApi> {
    const box: { api?: FakeApi } = {};
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const asked: Asked = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          body: text === '' ? {} : (JSON.parse(text) as Json),
        };
        box.api?.asked.push(asked);
        const [status, body] = reply(asked);
        response.writeHead(status, { 'x-subject-token': 'token-1', connection: 'close' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    box.api = new FakeApi(server, `http://127.0.0.1:${port}`);
    return box.api;
  }

  /** Requests as `METHOD path`, without the login. */
  get requests(): string[] {
    return this.asked
      .filter(({ path }) => !path.endsWith('/auth/tokens'))
      .map(({ method, path }) => `${method} ${path}`);
  }

  /** An entry of clouds.yaml for this server. */
  cloud(auth: Partial<Cloud['auth']> = {}): Cloud {
    return {
      name: 'test',
      file: 'clouds.yaml',
      interface: 'public',
      verify: true,
      auth: { auth_url: this.url, username: 'u', password: 'p', project_name: 'x', ...auth },
    };
  }

  /** The answer to a login: a token whose catalogue has every service on this server, below its name. */
  token(over: Json = {}): Reply {
    const services = {
      compute: '',
      network: '',
      image: '',
      'block-storage': '/v3',
      'load-balancer': '',
      identity: '/v3',
    };
    const catalog = Object.entries(services).map(([type, version]) => ({
      type,
      endpoints: [{ interface: 'public', region_id: 'RegionOne', url: `${this.url}/${type}${version}` }],
    }));
    const token = {
      user: { id: 'u-1', name: 'u' },
      project: { id: 'p-1', name: 'x' },
      roles: [{ name: 'member' }],
      catalog,
    };
    return [201, { token: { ...token, ...over } }];
  }

  /** Stops the server. */
  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}
