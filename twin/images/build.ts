import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../constructs/core/errors';
import { cacheDir, checkoutRoot } from '../../tools/programs';
import { ProgramError } from '../local/errors';
import { withLock } from '../local/lock';
import { installedVersions, missingOf } from '../local/packages';
import { type OnProgress, type Say, stopwatch } from '../local/progress';
import { archiveState, debianArchitecture } from './archive';
import { BASE, type ImageSource, imageSource, inputsKey, sha256, stage } from './inputs';
import { readLayout } from './layout';
import { runIsolated, withWorkFolder } from './sandbox';

/** Debian packages without which no image can be built. */
export const HOST_PACKAGES: readonly string[] = ['buildah', 'mmdebstrap'];

/** How images are built. */
export interface BuildOptions {
  /** Folder that holds images/. Default: this checkout. */
  readonly checkout?: string;
  /** Folder of what is built; storages and temporary files are below it too. Default `images` in the cache folder. */
  readonly home?: string;
  /** Build twice, each time from nothing, and fail unless both give the same digest. */
  readonly twice?: boolean;
  readonly onProgress?: OnProgress;
}

/** An image of ours as it would be pushed. */
export interface BuiltImage {
  readonly name: string;
  /** Digest of its manifest. */
  readonly digest: string;
  /** Bytes that a pull transfers. */
  readonly size: number;
  /** Its Debian packages, each `name version architecture`, in order. */
  readonly packages: readonly string[];
  /** Checksum of that list, short: the state of Debian's archive that the digest holds for. */
  readonly packagesHash: string;
  /** Two builds from nothing gave this digest. */
  readonly twice: boolean;
  /** OCI layout to push from. */
  readonly layout: string;
}

const resultSchema = z.object({
  name: z.string(),
  digest: z.string(),
  size: z.number(),
  packages: z.array(z.string()),
  packagesHash: z.string(),
  twice: z.boolean(),
});

/** Time of every file in every image: 2025-11-23, any day that is past; equal for all, so that layers stay equal. */
const EPOCH = '1763856000';
const SCRIPT = join('twin', 'images', 'build.sh');
/** Builds of each image to keep, 50 to 200 MB each. */
const KEEP = 2;

interface Workshop {
  readonly checkout: string;
  readonly home: string;
  /** Inputs of every build that are no files: the script, the programs' versions, the archive's state. */
  readonly extras: readonly string[];
  readonly twice: boolean;
  readonly say: Say;
}

/**
 * Builds images of ours without any registry, or takes them from the cache where nothing that goes into them has changed.
 * One build at a time on a machine; a second caller waits.
 *
 * @throws UserError for unknown names, an incomplete context, missing packages or rights; ProgramError with the builder's
 * last words if a build fails, and if two builds differ.
 */
export async function buildImages(
  names: readonly string[],
  options: BuildOptions = {},
): Promise<readonly BuiltImage[]> {
  const checkout = options.checkout ?? checkoutRoot();
  const home = options.home ?? join(cacheDir(), 'images');
  const say = stopwatch(options.onProgress);
  const sources = sourcesOf(checkout, names);
  await requireHost();
  const extras = await commonInputs();
  const shop = { checkout, home, extras, twice: options.twice ?? false, say };
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return withLock(join(home, 'lock'), 'the store of images', () => buildAll(sources, shop), { wait: true });
}

/** Reads all sources first: a fault in the last must show before the first is built. */
function sourcesOf(checkout: string, names: readonly string[]): readonly ImageSource[] {
  const faults: string[] = [];
  const sources = [...new Set(names)].flatMap((name) => {
    try {
      return [imageSource(checkout, name)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length > 0) throw new UserError(faults.join('\n'));
  return sources;
}

async function requireHost(): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new UserError(
      'building images needs root: it mounts root file systems and installs packages in them',
    );
  const missing = await missingOf(HOST_PACKAGES);
  if (missing.length > 0)
    throw new UserError(`Debian packages are missing: apt-get install ${missing.join(' ')}`);
}

async function commonInputs(): Promise<readonly string[]> {
  const architecture = debianArchitecture();
  const versions = await installedVersions(HOST_PACKAGES);
  return [
    sha256(readFileSync(join(checkoutRoot(), SCRIPT))),
    EPOCH,
    ...HOST_PACKAGES.map((name) => `${name} ${versions.get(name) ?? ''}`),
    `${architecture} ${await archiveState(architecture)}`,
  ];
}

async function buildAll(sources: readonly ImageSource[], shop: Workshop): Promise<readonly BuiltImage[]> {
  if (sources.length === 0) return [];
  const base = await ensure(imageSource(shop.checkout, BASE), undefined, shop);
  const built: BuiltImage[] = [];
  for (const source of sources) built.push(await ensure(source, base, shop));
  return built;
}

/** The image from the cache, or built; asked for twice, an image that was built once is built once more. */
async function ensure(
  source: ImageSource,
  base: BuiltImage | undefined,
  shop: Workshop,
): Promise<BuiltImage> {
  const { name } = source;
  const key = inputsKey(source, [...shop.extras, base?.digest ?? '']);
  const folder = join(shop.home, `${name}-${key}`);
  if (!existsSync(folder)) {
    await buildOnce(source, base, shop, folder, false);
    forgetOld(shop.home, name);
  }
  const first = resultIn(folder);
  if (!shop.twice || first.twice) return first;
  const again = `${folder}.again`;
  await buildOnce(source, base, shop, again, true);
  return settle(first, resultIn(again), folder, again);
}

/** Keeps the verdict of two builds; the layouts of two that differ are kept both, to be looked at. */
function settle(first: BuiltImage, second: BuiltImage, folder: string, again: string): BuiltImage {
  if (first.digest !== second.digest)
    throw new ProgramError(
      `image '${first.name}' does not build reproducibly: ${first.digest} (${first.layout}), then ${second.digest} (${second.layout})`,
    );
  // The renamed folder says that it was built twice; a kill between the two steps costs a build, never a wrong answer.
  rmSync(folder, { recursive: true });
  renameSync(again, folder);
  return resultIn(folder);
}

async function buildOnce(
  source: ImageSource,
  base: BuiltImage | undefined,
  shop: Workshop,
  folder: string,
  twice: boolean,
): Promise<void> {
  const { name } = source;
  shop.say(`building ${name}${twice ? ' once more' : ''}`);
  const log = join(shop.home, `${name}.log`);
  rmSync(log, { force: true });
  rmSync(folder, { recursive: true, force: true });
  await withWorkFolder(join(shop.home, 'work'), async (work) => {
    stage(source.files, join(work, 'context'));
    const script = join(checkoutRoot(), SCRIPT);
    await runIsolated(script, [work, EPOCH, source.containerfile, ...(base ? [base.layout] : [])], log);
    const draft = join(work, 'result');
    mkdirSync(draft);
    renameSync(join(work, 'oci'), join(draft, 'oci'));
    const packages = readFileSync(join(work, 'packages'), 'utf8').trimEnd().split('\n');
    const { digest, size } = readLayout(join(draft, 'oci'));
    const packagesHash = sha256(packages.join('\n')).slice(0, 16);
    const record = { name, digest, size, packages, packagesHash, twice };
    writeFileSync(join(draft, 'result.json'), JSON.stringify(record, null, 2));
    renameSync(draft, folder);
  });
  const { digest } = resultIn(folder);
  shop.say(`built ${name}: ${digest}`);
}

function resultIn(folder: string): BuiltImage {
  const record = resultSchema.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
  return { ...record, layout: join(folder, 'oci') };
}

/** Removes all but the newest builds of an image. */
function forgetOld(home: string, name: string): void {
  const builds = readdirSync(home)
    .filter((entry) => new RegExp(`^${name}-[0-9a-f]{16}(\\.again)?$`).test(entry))
    .map((entry) => ({ path: join(home, entry), made: statSync(join(home, entry)).ctimeMs }))
    .sort((a, b) => b.made - a.made);
  for (const { path } of builds.slice(KEEP)) rmSync(path, { recursive: true, force: true });
}
