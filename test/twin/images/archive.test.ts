import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { archiveState, debianArchitecture, packagesSum } from '../../../twin/images/archive';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
/** The form of dists/SUITE/InRelease: an MD5 section, then SHA256, each with one line per index. */
const release = (sum: string, date: string): string =>
  [
    'Origin: Debian',
    `Date: ${date}`,
    'MD5Sum:',
    ` ${'0'.repeat(32)} 378656 main/binary-amd64/Packages.xz`,
    'SHA256:',
    ` ${'1'.repeat(64)}  2526003 main/binary-amd64/Packages`,
    ` ${sum}   378656 main/binary-amd64/Packages.xz`,
    ` ${'2'.repeat(64)}   378656 main/debian-installer/binary-amd64/Packages.xz`,
    '',
  ].join('\n');

describe('packagesSum', () => {
  it('is the SHA-256 of the list of packages of one architecture', () => {
    expect(packagesSum(release(A, 'Mon'), 'amd64', 'here')).toBe(A);
  });

  it('refuses a text that vouches for no such list', () => {
    expect(() => packagesSum(release(A, 'Mon'), 'arm64', 'http://x/InRelease')).toThrow(
      'http://x/InRelease lists no packages of main for arm64',
    );
  });
});

describe('debianArchitecture', () => {
  it.each([
    ['x64', 'amd64'],
    ['arm64', 'arm64'],
  ])('calls %s %s', (node, debian) => {
    expect(debianArchitecture(node)).toBe(debian);
  });

  it('refuses a machine that no image is built for', () => {
    expect(() => debianArchitecture('riscv64')).toThrow('this machine is riscv64');
  });
});

describe('archiveState', () => {
  let server: Server;
  let address: string;
  let answer: { status: number; text: string };
  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.status).end(answer.text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/InRelease`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const state = (status: number, text: string): Promise<string> => {
    answer = { status, text };
    return archiveState('amd64', [address]);
  };

  it('stays when a release file is signed anew and changes with its packages', async () => {
    const monday = await state(200, release(A, 'Mon'));
    expect(monday).toMatch(/^[0-9a-f]{16}$/);
    expect(await state(200, release(A, 'Tue'))).toBe(monday);
    expect(await state(200, release(B, 'Tue'))).not.toBe(monday);
  });

  it('says what the archive answered', async () => {
    await expect(state(503, '')).rejects.toThrow(`answered 503 for ${address}`);
  });

  it('says why the archive cannot be reached', async () => {
    await expect(archiveState('amd64', ['http://127.0.0.1:1/InRelease'])).rejects.toThrow(
      /cannot be reached: http:\/\/127\.0\.0\.1:1\/InRelease/,
    );
  });
});
