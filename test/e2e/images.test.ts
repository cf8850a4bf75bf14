import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkoutRoot } from '../../tools/programs';
import { buildImages, type BuiltImage } from '../../twin/images';
import { leftRunning } from './support/left-running';

/** Longest build on a busy two-core machine; an idle one takes half a minute for the base and ten seconds for redis. */
const PATIENCE_MS = 900_000;

let dir: string;
/** A small checkout: the images under test and nothing else. */
const checkout = (): string => join(dir, 'checkout');
const home = (name: string): string => join(dir, name);
const redis = (file: string): string => join(checkout(), 'images', 'redis', file);

/** Builds redis below a folder; returns it with the steps that were told. */
async function build(name: string): Promise<{ image: BuiltImage; steps: string[] }> {
  const steps: string[] = [];
  const options = {
    checkout: checkout(),
    home: home(name),
    onProgress: ({ message }: { message: string }) => void steps.push(message),
  };
  const [image] = await buildImages(['redis'], options);
  if (!image) throw new Error('nothing was built');
  return { image, steps };
}

/** Whether the host still has a mount below the test's folder. */
const mounts = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(dir));

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; !condition(); i += 1) {
    if (i > 6000) throw new Error(`waited in vain until ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function jsonOf(image: BuiltImage, digest: string): Record<string, unknown> {
  const blob = join(image.layout, 'blobs', ...digest.split(':'));
  return JSON.parse(readFileSync(blob, 'utf8')) as Record<string, unknown>;
}

let first: BuiltImage;
let second: Awaited<ReturnType<typeof build>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'aiinfn-images-'));
  for (const name of ['base', 'redis'])
    cpSync(join(checkoutRoot(), 'images', name), join(checkout(), 'images', name), { recursive: true });
  // Side by side: each waits for the disk and the archive most of the time.
  [{ image: first }, second] = await Promise.all([build('one'), build('two')]);
}, PATIENCE_MS);

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('images of ours, built with the real mmdebstrap and buildah', () => {
  it('have the same digest when they are built from nothing in another storage', () => {
    const { image, steps } = second;
    expect(steps.filter((step) => step.startsWith('building'))).toEqual(['building base', 'building redis']);
    expect(image.digest).toBe(first.digest);
    expect(image.packages).toEqual(first.packages);
    expect(image.packages).toContainEqual(expect.stringMatching(/^redis-server \S+ \S+$/));
    expect(image.layout).not.toBe(first.layout);
  });

  it('hold nothing of the builder: no setting, no variable, no log, no cache, no machine id', () => {
    const manifest = jsonOf(first, first.digest) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    expect(JSON.stringify(jsonOf(first, manifest.config.digest))).not.toMatch(
      /SOURCE_DATE_EPOCH|pip|images-/,
    );
    const files = manifest.layers.flatMap(({ digest }) =>
      execFileSync('tar', ['-tzf', join(first.layout, 'blobs', ...digest.split(':'))], {
        encoding: 'utf8',
      }).split('\n'),
    );
    expect(files).toContain('usr/local/bin/entrypoint.sh');
    // The day a password was set: the build's fixed one, or the image would differ from one day to the next.
    const top = join(first.layout, 'blobs', ...(manifest.layers.at(-1)?.digest ?? '').split(':'));
    const shadow = execFileSync('tar', ['-xzOf', top, 'etc/shadow'], { encoding: 'utf8' });
    expect(shadow).toMatch(/^redis:!:20415:/m);
    expect(
      files.filter((file) =>
        /^(etc\/pip\.conf|mnt\/.|var\/log\/.*\.log|var\/cache\/ldconfig\/.|tmp\/.|base\.tar|context)/.test(
          file,
        ),
      ),
    ).toEqual([]);
    expect(
      files.filter((file) => /\.deb$|_Packages|pkgcache|ssh_host|snakeoil|machine-id/.test(file)),
    ).toEqual([]);
  });

  it(
    'are not built again while nothing has changed, whatever the times and the umask of the checkout',
    async () => {
      utimesSync(redis('entrypoint.sh'), 1, 1);
      chmodSync(redis('Containerfile'), 0o600);
      const { image, steps } = await build('one');
      expect(steps).toEqual([]);
      expect(image).toEqual(first);
    },
    PATIENCE_MS,
  );

  it(
    'have another digest when one byte changes, also when the first attempt was killed; a kill leaves nothing behind',
    async () => {
      writeFileSync(redis('entrypoint.sh'), `${readFileSync(redis('entrypoint.sh'), 'utf8')}\n`);
      rmSync(join(home('one'), 'redis.log'));
      const program = `require('${checkoutRoot()}/dist/twin/images').buildImages(['redis'], ${JSON.stringify({ checkout: checkout(), home: home('one') })})`;
      const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
      const log = join(home('one'), 'redis.log');
      await until(
        () => existsSync(log) && readFileSync(log, 'utf8').includes('Unpacking '),
        'a package is being installed',
      );
      expect(leftRunning(dir)).not.toEqual([]);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until(() => leftRunning(dir).length === 0, 'every process of the killed build has ended');
      expect(mounts()).toEqual([]);
      expect(readdirSync(join(home('one'), 'work'))).toEqual([]);
      const { image, steps } = await build('one');
      expect(steps).toContain('building redis');
      expect(image.digest).not.toBe(first.digest);
      expect(image.packages).toEqual(first.packages);
    },
    PATIENCE_MS,
  );

  it(
    "fail with the builder's last words and leave nothing of the failed build",
    async () => {
      writeFileSync(redis('Containerfile'), 'ARG BASE\nFROM ${BASE}\nRUN echo "the well is dry" && exit 3\n');
      const before = readdirSync(home('one')).filter((name) => name.startsWith('redis-'));
      const failure = build('one');
      await expect(failure).rejects.toThrow(/the well is dry\n(.*\n)*.*exit status 3/);
      expect(readdirSync(home('one')).filter((name) => name.startsWith('redis-'))).toEqual(before);
      expect(readdirSync(join(home('one'), 'work'))).toEqual([]);
      expect(mounts()).toEqual([]);
      expect(leftRunning(dir)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
