import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { machineFacts } from '../../../cli/doctor/gather';
import { aiinfn, json } from '../support';

const dir = mkdtempSync(join(tmpdir(), 'aiinfn-doctor-'));
const before = process.env['OS_CLIENT_CONFIG_FILE'];
let server: Server;
/** A Keystone that knows nobody; a real one is asked in test/e2e. */
beforeAll(async () => {
  server = createServer((_, response) => {
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end('{"error":{"message":"who are you"}}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const auth = 'username: a, password: b, project_name: c';
  const clouds = `clouds:
  refused: { auth: { auth_url: "http://127.0.0.1:${port}", ${auth} } }
  gone: { auth: { auth_url: "http://127.0.0.1:1", ${auth} } }
  half: { auth: { auth_url: "http://127.0.0.1:1" } }
`;
  writeFileSync(join(dir, 'clouds.yaml'), clouds);
  process.env['OS_CLIENT_CONFIG_FILE'] = join(dir, 'clouds.yaml');
});
afterAll(async () => {
  if (before === undefined) delete process.env['OS_CLIENT_CONFIG_FILE'];
  else process.env['OS_CLIENT_CONFIG_FILE'] = before;
  await new Promise((done) => server.close(done));
  rmSync(dir, { recursive: true, force: true });
});

interface Answer {
  readonly ready: boolean;
  readonly purpose: string;
  readonly checks: readonly { readonly need: string; readonly state: string; readonly found: string }[];
}

describe('doctor', () => {
  test('looks at this very machine', async () => {
    const facts = await machineFacts();
    expect(facts.node).toBe(process.versions.node);
    expect(facts.npm).toMatch(/^\d+\./);
    expect(facts.git).toMatch(/^\d+\./);
    expect(facts.disk).toBeGreaterThan(0);
    expect(facts.memory).toBeGreaterThan(0);
    expect(facts.pulumiPin).toMatch(/^v3\./);
  });

  test('answers for `npm run up`; the exit code is the answer', async () => {
    const ran = await aiinfn(['doctor', '--json']);
    const answer = JSON.parse(ran.out) as Answer;
    expect(answer.purpose).toBe('npm run up');
    expect(answer.ready).toBe(!answer.checks.some(({ state }) => state === 'missing'));
    expect(ran.code).toBe(answer.ready ? 0 : 1);
    expect(ran.progress.length).toBeGreaterThan(0);
    const text = await aiinfn(['doctor']);
    for (const { need } of answer.checks) expect(text.out).toContain(need);
  });

  test.each([
    ['nowhere', /no such entry/],
    ['refused', /Keystone refuses them: who are you/],
    ['gone', /127\.0\.0\.1:1\/v3\/auth\/tokens: /],
    ['half', /auth\.username is missing/],
  ])('tells why the cloud %s cannot be used, exit 1', async (cloud, reason) => {
    const { code, out } = await aiinfn(['doctor', 'cnaf', '--cloud', cloud, '--json']);
    const answer = JSON.parse(out) as Answer;
    expect(code).toBe(1);
    expect(answer.ready).toBe(false);
    expect(answer.checks.find(({ need }) => need.includes(`cloud ${cloud}`))?.found).toMatch(reason);
  });

  test('takes the entry of the site file for a real site', async () => {
    expect(await json(['doctor', 'cnaf'])).toMatchObject({
      purpose: 'npx aiinfn up cnaf --cloud cnaf',
      ready: false,
    });
  });

  test('never shows a password', async () => {
    const { out, err } = await aiinfn(['doctor', 'cnaf', '--cloud', 'refused']);
    expect(out + err).not.toMatch(/password: b/);
  });
});
