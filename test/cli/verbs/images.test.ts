import { pinned, standing } from '../../../cli/verbs/images';
import { Lock } from '../../../constructs';
import type { BuiltImage } from '../../../twin/images';
import { aiinfn, json, TemporaryCheckout } from '../support';

const hex = (n: number): string => n.toString(16).padStart(64, '0');
const TEXT = `# Head comment
images:
  homes: # its name is not that of its folder
    ref: r.example.org/homes
    tag: "4.3"
    digest: { unresolved: "not pushed yet" } # why
    licence: MIT
    source: images/nfs/Containerfile
  redis:
    ref: r.example.org/redis
    tag: "7.0"
    digest: { resolved: sha256:${hex(1)}, from: https://r.example.org/v2/redis/manifests/7.0 }
    licence: MIT
    source: images/redis/Containerfile
charts: {}
software: {}
`;
const { data } = Lock.parse(TEXT);
const image = (name: string, digest: number, twice = true): BuiltImage => ({
  name,
  digest: `sha256:${hex(digest)}`,
  size: 1,
  packages: ['a 1 all'],
  packagesHash: '0123456789abcdef',
  twice,
  layout: '/x/oci',
});

describe('standing', () => {
  it.each([
    ['redis', 1, 'same'],
    ['redis', 2, 'differs'],
    ['nfs', 1, 'unresolved'],
    ['homes', 1, 'not pinned'],
  ] as const)('of image %s with digest %i is: %s', (name, digest, expected) => {
    expect(standing(data, image(name, digest))).toBe(expected);
  });
});

describe('pinned', () => {
  it('writes digest and origin of images that were built twice and leaves every other byte', () => {
    expect(pinned(TEXT, [image('nfs', 7), image('redis', 8)])).toBe(
      TEXT.replace(
        '{ unresolved: "not pushed yet" }',
        `{ resolved: sha256:${hex(7)}, from: built reproducibly from images/nfs (Debian packages 0123456789abcdef) }`,
      ).replace(
        `{ resolved: sha256:${hex(1)}, from: https://r.example.org/v2/redis/manifests/7.0 }`,
        `{ resolved: sha256:${hex(8)}, from: built reproducibly from images/redis (Debian packages 0123456789abcdef) }`,
      ),
    );
  });

  it.each([
    ['that was built once only', image('nfs', 7, false)],
    ['whose digest is right already, though it was looked up elsewhere', image('redis', 1)],
    ['that no entry is built from', image('homes', 7)],
  ])('leaves an image %s alone', (_, built) => {
    expect(pinned(TEXT, [built])).toBe(TEXT);
  });

  it('gives the same text when it is asked again', () => {
    const once = pinned(TEXT, [image('nfs', 7)]);
    expect(pinned(once, [image('nfs', 7)])).toBe(once);
  });
});

describe('aiinfn images', () => {
  let checkout: TemporaryCheckout;
  beforeEach(() => {
    checkout = new TemporaryCheckout();
    checkout.write('images/base/Containerfile', 'FROM scratch\n');
    checkout.write('images/redis/Containerfile', 'FROM scratch\n');
    checkout.write('images/vkd/Containerfile', 'FROM scratch\n');
    checkout.write('images/vkd/context', 'dist/services/vkd\n');
  });
  afterEach(() => {
    checkout.remove();
  });

  it('names all images that cannot be built at once, before anything is built', async () => {
    const { code, err, progress } = await aiinfn(['images', 'build', 'redis', 'redsi', 'vkd'], checkout);
    expect(code).toBe(1);
    expect(err).toContain("there is no image 'redsi'");
    expect(err).toContain('there are: redis, vkd');
    expect(err).toContain(
      'dist/services/vkd (images/vkd/context), which does not exist yet: run npm run build',
    );
    expect(progress).toEqual([]);
  });

  it('builds all images when none is named, so the fault of any is told', async () => {
    expect((await aiinfn(['images', 'build'], checkout)).err).toContain("image 'vkd'");
  });

  it('knows no other action', async () => {
    const { code, err } = await aiinfn(['images', 'push'], checkout);
    expect([code, err]).toEqual([1, "images: there is no 'push', only: images build [NAME...]"]);
  });

  it('tells the fault of a broken pin file before it builds, as JSON when asked', async () => {
    checkout.edit('versions.lock.yaml', 'images:', 'pictures:');
    expect(await json(['images', 'build', 'redis', '--write'], checkout)).toMatchObject({
      error: expect.stringContaining('versions.lock.yaml') as unknown,
      exitCode: 1,
    });
  });
});
