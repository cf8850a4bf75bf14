import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Lock } from '../../constructs';
import { resolveDigests, unresolved } from '../../cli/lock';
import { registryClient } from '../../cli/registry';

/** Debian's docker-registry (package of that name), the distribution project's own server. */
const REGISTRY = '/usr/bin/docker-registry';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const sha = (bytes: string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let dir: string;
const children: ChildProcess[] = [];
const servers: Server[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A small server that plays what the registry itself cannot be made to do here: a token service, an overload. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts the real registry and waits until it answers; returns its host and port. */
async function startRegistry(name: string, auth = ''): Promise<string> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, `${name}.yml`);
  writeFileSync(
    config,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${join(dir, name)} } }\nhttp: { addr: "${host}", secret: test }\n${auth}`,
  );
  // It ends with this process, even when that is killed.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', REGISTRY, 'serve', config], { stdio: 'ignore' });
  children.push(child);
  let error: Error | undefined;
  child.on('error', (found) => (error = found));
  for (let i = 0; i < 300; i += 1) {
    if (error) throw error;
    if (child.exitCode !== null) throw new Error(`${REGISTRY} ended with ${child.exitCode}`);
    if (
      await fetch(`http://${host}/v2/`).then(
        () => true,
        () => false,
      )
    )
      return host;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${REGISTRY} did not answer`);
}

/** Uploads a blob and puts a manifest under a tag, by the same API that container tools use. */
async function push(
  host: string,
  repository: string,
  tag: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ manifest: string; index: string }> {
  const blob = '{}';
  const upload = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  const place = new URL(upload.headers.get('location') ?? '', `http://${host}`);
  place.searchParams.set('digest', sha(blob));
  const stored = await fetch(place, {
    method: 'PUT',
    body: blob,
    headers: { ...headers, 'content-type': 'application/octet-stream' },
  });
  expect(stored.status).toBe(201);
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    size: blob.length,
    digest: sha(blob),
  };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] });
  await put(host, repository, sha(manifest), MANIFEST, manifest, headers);
  const platform = { architecture: 'amd64', os: 'linux' };
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ mediaType: MANIFEST, size: manifest.length, digest: sha(manifest), platform }],
  });
  await put(host, repository, tag, INDEX, index, headers);
  await put(host, repository, `${tag}-single`, MANIFEST, manifest, headers);
  return { manifest: sha(manifest), index: sha(index) };
}

async function put(
  host: string,
  repository: string,
  tag: string,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    body,
    headers: { ...headers, 'content-type': type },
  });
  expect(answer.status).toBe(201);
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'registry-'));
});
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      await once(child, 'exit');
  }
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(dir, { recursive: true, force: true });
});

describe('a real image registry', () => {
  let host: string;
  let pushed: { manifest: string; index: string };
  beforeAll(async () => {
    host = await startRegistry('open');
    pushed = await push(host, 'team/app', '1.0');
  });

  it('gives the digest of the index, which serves every platform', async () => {
    expect(await registryClient().digestOf(`${host}/team/app`, '1.0')).toEqual({
      digest: pushed.index,
      from: `http://${host}/v2/team/app/manifests/1.0`,
    });
  });

  it('gives the digest of the manifest where there is no index', async () => {
    expect((await registryClient().digestOf(`${host}/team/app`, '1.0-single')).digest).toBe(pushed.manifest);
  });

  it('says when image or tag do not exist', async () => {
    await expect(registryClient().digestOf(`${host}/team/app`, '9')).rejects.toThrow(
      `http://${host}/v2/team/app/manifests/9 does not exist`,
    );
    await expect(registryClient().digestOf(`${host}/team/none`, '1.0')).rejects.toThrow('does not exist');
  });

  it('resolves a lock file, twice the same, and reports what it does not know', async () => {
    const entry = (name: string, tag: string): string =>
      `  ${name}:\n    ref: ${host}/team/app\n    tag: "${tag}"\n    digest: { unresolved: later }\n    licence: MIT\n    source: https://example.org\n`;
    const text = `# pins\nimages:\n${entry('app', '1.0')}${entry('gone', '9')}charts: {}\nsoftware: {}\n`;
    const first = await resolveDigests(text, registryClient());
    expect(first.failures.map(({ path }) => path)).toEqual(['images.gone']);
    expect(Lock.parse(first.text).image('app')).toBe(`${host}/team/app:1.0@${pushed.index}`);
    expect(unresolved(Lock.parse(first.text).data).map(({ name }) => name)).toEqual(['gone']);
    expect((await resolveDigests(first.text, registryClient())).text).toBe(first.text);
  });

  it('that is gone is reported as unreachable, with the reason', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    await expect(registryClient().digestOf(`${nobody}/a`, '1')).rejects.toThrow(
      `${nobody} cannot be reached: ECONNREFUSED`,
    );
  });
});

describe('a registry with a login', () => {
  // htpasswd entry (bcrypt) of the password below, for this test only.
  const HTPASSWD = 'robot:$2b$05$16bDJbuqFrpEN7yXCKPNn.3p4FygAXBpe0uVMCEsv5.4ZNI7h6iJC';
  let host: string;
  beforeAll(async () => {
    writeFileSync(join(dir, 'htpasswd'), HTPASSWD);
    host = await startRegistry(
      'closed',
      `auth: { htpasswd: { realm: test, path: ${join(dir, 'htpasswd')} } }\n`,
    );
  });

  it('answers the right one', async () => {
    const login = { username: 'robot', password: 'for-this-test' };
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    const pushed = await push(host, 'team/app', '1.0', { authorization });
    const client = registryClient({ logins: new Map([[host, login]]) });
    expect((await client.digestOf(`${host}/team/app`, '1.0')).digest).toBe(pushed.index);
  });

  it('refuses to answer without one, and with a wrong one', async () => {
    await expect(registryClient().digestOf(`${host}/team/app`, '1.0')).rejects.toThrow(
      'the registry wants a login',
    );
    const logins = new Map([[host, { username: 'robot', password: 'wrong' }]]);
    await expect(registryClient({ logins }).digestOf(`${host}/team/app`, '1.0')).rejects.toThrow(
      'is not for this login (401)',
    );
  });
});

describe('the token service of a registry', () => {
  it('is asked for the scope of the image, with the login, and its token is shown to the registry', async () => {
    const seen: string[] = [];
    const tokens = await serve((request, response) => {
      seen.push(`${request.url ?? ''} ${request.headers.authorization ?? 'anonymous'}`);
      response.setHeader('content-type', 'application/json').end('{"token": "t0ken"}');
    });
    const registry = await serve((request, response) => {
      if (request.headers.authorization !== 'Bearer t0ken') {
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="http://${tokens}/auth",service="r",scope="repository:a:pull"`,
          })
          .end();
        return;
      }
      response.writeHead(200, { 'docker-content-digest': `sha256:${'c'.repeat(64)}` }).end();
    });
    const logins = new Map([[registry, { username: 'u', password: 'p' }]]);
    expect((await registryClient({ logins }).digestOf(`${registry}/a`, '1')).digest).toBe(
      `sha256:${'c'.repeat(64)}`,
    );
    expect((await registryClient().digestOf(`${registry}/a`, '1')).digest).toBe(`sha256:${'c'.repeat(64)}`);
    expect(seen).toEqual([
      '/auth?service=r&scope=repository%3Aa%3Apull Basic dTpw',
      '/auth?service=r&scope=repository%3Aa%3Apull anonymous',
    ]);
  });

  it('is not asked where the password would cross the network readable', async () => {
    const registry = await serve((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://192.0.2.1/auth"' }).end(),
    );
    await expect(registryClient().digestOf(`${registry}/a`, '1')).rejects.toThrow(
      "'http://192.0.2.1/auth' is no https address",
    );
  });
});

describe('an overloaded or odd registry', () => {
  it('is asked again, three times in all', async () => {
    let asked = 0;
    const busy = await serve((_, response) =>
      response
        .writeHead(++asked < 3 ? 503 : 200, { 'docker-content-digest': `sha256:${'d'.repeat(64)}` })
        .end(),
    );
    expect((await registryClient({ pause: 1 }).digestOf(`${busy}/a`, '1')).digest).toBe(
      `sha256:${'d'.repeat(64)}`,
    );
    const down = await serve((_, response) => response.writeHead(503).end());
    await expect(registryClient({ pause: 1 }).digestOf(`${down}/a`, '1')).rejects.toThrow('answered 503');
  });

  it('that sends no digest gives the checksum of its manifest', async () => {
    const plain = await serve((_, response) => response.end('manifest'));
    expect((await registryClient().digestOf(`${plain}/a`, '1')).digest).toBe(sha('manifest'));
  });

  it('that does not answer is given up', async () => {
    const silent = await serve(() => undefined);
    await expect(registryClient({ timeout: 50 }).digestOf(`${silent}/a`, '1')).rejects.toThrow(
      'cannot be reached',
    );
  });
});
