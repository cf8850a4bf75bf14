import { Lock, type LockData, UserError } from '../../constructs';
import { buildImages, type BuiltImage, imageNames } from '../../twin/images';
import { type Args, type Command, EXIT, flag } from '../command';
import { result, table } from '../io';
import { withDigests } from '../lock';
import { writeFileAtomic } from '../tree';

/** How a built image stands to the pin file: `not pinned` means that no entry has its Containerfile as source. */
export type Standing = 'same' | 'differs' | 'unresolved' | 'not pinned';

/** One built image beside its pin. */
export interface ImageRow {
  readonly name: string;
  readonly digest: string;
  /** Bytes that a pull transfers. */
  readonly size: number;
  /** Checksum of its list of Debian packages. */
  readonly packagesHash: string;
  readonly packages: number;
  /** Two builds gave the digest. */
  readonly twice: boolean;
  readonly lock: Standing;
  /** OCI layout to push from. */
  readonly layout: string;
}

/** Name of the pin that is built from an image's folder. */
function pinOf(lock: LockData, name: string): string | undefined {
  return Object.keys(lock.images).find((pin) => lock.images[pin]?.source === `images/${name}/Containerfile`);
}

/** Compares a built image with its pin. */
export function standing(lock: LockData, image: Pick<BuiltImage, 'name' | 'digest'>): Standing {
  const digest = lock.images[pinOf(lock, image.name) ?? '']?.digest;
  if (digest === undefined) return 'not pinned';
  if ('unresolved' in digest) return 'unresolved';
  return digest.resolved === image.digest ? 'same' : 'differs';
}

/** The pin file with the digests of images that were built twice; every byte beside them stays, as do digests that are right already. */
export function pinned(lockText: string, images: readonly BuiltImage[]): string {
  const { data } = Lock.parse(lockText);
  const found = new Map(
    images.flatMap((image) => {
      const pin = pinOf(data, image.name);
      if (pin === undefined || !image.twice || standing(data, image) === 'same') return [];
      const from = `built reproducibly from images/${image.name} (Debian packages ${image.packagesHash})`;
      return [[pin, { digest: image.digest, from }] as const];
    }),
  );
  const text = withDigests(lockText, found);
  Lock.parse(text);
  return text;
}

function rowOf(lock: LockData, image: BuiltImage): ImageRow {
  const { name, digest, size, packagesHash, twice, layout } = image;
  return {
    name,
    digest,
    size,
    packagesHash,
    packages: image.packages.length,
    twice,
    lock: standing(lock, image),
    layout,
  };
}

function lines(rows: readonly ImageRow[]): readonly string[] {
  const header = ['image', 'MB', 'Debian packages', 'lock', 'digest'];
  const cells = rows.map((row) => [
    row.name,
    Math.round(row.size / 1e6),
    `${row.packages} (${row.packagesHash})`,
    row.lock,
    row.digest,
  ]);
  const differ = rows.filter((row) => row.lock === 'differs').map((row) => row.name);
  if (differ.length === 0) return table(header, cells);
  return [
    ...table(header, cells),
    `${differ.join(', ')}: not what versions.lock.yaml pins; where the change is meant: npx aiinfn images build ${differ.join(' ')} --write`,
  ];
}

function wantedNames(args: Args, root: string): readonly string[] {
  const [action, ...names] = args.positionals;
  if (action !== 'build')
    throw new UserError(`images: there is no '${action ?? ''}', only: images build [NAME...]`);
  return names.length > 0 ? names : imageNames(root);
}

/** `aiinfn images build`: the platform's own images and their digests, without any registry. */
export const images: Command = {
  name: 'images',
  summary: "Build the platform's own images reproducibly and compare their digests with the pin file.",
  usage: 'build [NAME...]',
  options: {
    write: {
      type: 'boolean',
      about:
        'Build each image twice and, if both builds are equal, write its digest into versions.lock.yaml.',
    },
  },
  examples: ['npx aiinfn images build redis', 'npx aiinfn images build --write'],
  run: async (args, io, checkout) => {
    const names = wantedNames(args, checkout.root);
    checkout.lock(); // A fault in the pin file must show before minutes are spent.
    const built = await buildImages(names, {
      checkout: checkout.root,
      twice: flag(args, 'write'),
      onProgress: ({ message }) => {
        io.progress(message);
      },
    });
    if (flag(args, 'write')) {
      const before = checkout.lockText();
      const text = pinned(before, built);
      if (text !== before) writeFileAtomic(checkout.lockFile, text);
    }
    const { data } = checkout.lock();
    const rows = built.map((image) => rowOf(data, image));
    result(io, rows, () => lines(rows));
    return rows.some((row) => row.lock === 'differs') ? EXIT.user : EXIT.ok;
  },
};
