import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { parse } from 'yaml';

import { aiinfn, json, TemporaryCheckout } from '../support';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const entry = (host: string, name: string, digest: string): string => `  ${name}:
    ref: ${host}/ours/${name}
    tag: "1.0" # stays
    digest: ${digest}
    licence: MIT
    source: images/${name}/Containerfile
`;
const OPEN = '{ unresolved: not pushed yet }';
const DONE = `{ resolved: ${DIGEST}, from: elsewhere }`;

const checkout = new TemporaryCheckout();
let server: Server;
let host: string;
/** A registry reduced to one image; the protocol itself is tested against a real one in test/e2e/registry.test.ts. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const found = request.url === '/v2/ours/there/manifests/1.0';
    response.writeHead(found ? 200 : 404, found ? { 'docker-content-digest': DIGEST } : {}).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  checkout.remove();
});
const pins = (...entries: readonly string[]): void => {
  checkout.write('versions.lock.yaml', `images:\n${entries.join('')}charts: {}\nsoftware: {}\n`);
};

describe('lock check', () => {
  test('lists what is unresolved and passes; for a release it fails, with the same document', async () => {
    pins(entry(host, 'there', OPEN), entry(host, 'done', DONE));
    const answer = {
      images: 2,
      unresolved: [{ name: 'there', image: `${host}/ours/there:1.0`, reason: 'not pushed yet' }],
    };
    expect(await json(['lock', 'check'], checkout)).toEqual(answer);
    const { code, out, err } = await aiinfn(['lock', 'check', '--release', '--json'], checkout);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual(answer);
    expect(err).toContain('a release needs every digest');
    expect((await aiinfn(['lock', 'check'], checkout)).out).toContain('1 of 2 images have a digest');
  });

  test('passes for a release when every digest is there', async () => {
    pins(entry(host, 'done', DONE));
    expect(await aiinfn(['lock', 'check', '--release'], checkout)).toMatchObject({ code: 0, err: '' });
  });

  test('answers for the committed pins', async () => {
    expect(await json(['lock', 'check'])).toMatchObject({ images: expect.any(Number) as unknown });
  });
});

describe('lock resolve', () => {
  test('writes what the registry knows, keeps the rest, names what it does not know and exits 1', async () => {
    pins(entry(host, 'there', OPEN), entry(host, 'absent', OPEN));
    const { code, out, err, progress } = await aiinfn(['lock', 'resolve', '--json'], checkout);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      resolved: ['there'],
      failures: [{ path: 'images.absent', line: 8 }],
    });
    expect(err).toContain('build images/absent/Containerfile and push it');
    expect(progress).toHaveLength(2);
    const text = checkout.read('versions.lock.yaml');
    expect(text).toContain('tag: "1.0" # stays');
    expect(parse(text)).toMatchObject({
      images: {
        there: { digest: { resolved: DIGEST } },
        absent: { digest: { unresolved: 'not pushed yet' } },
      },
    });
  });

  test('exits 0 when all are known, and then has nothing to ask', async () => {
    pins(entry(host, 'there', OPEN));
    expect((await aiinfn(['lock', 'resolve'], checkout)).code).toBe(0);
    expect(await aiinfn(['lock', 'resolve'], checkout)).toMatchObject({
      code: 0,
      progress: [],
      out: expect.stringMatching(/^0 digests written/) as unknown,
    });
  });
});
