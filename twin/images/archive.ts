import { ProgramError } from '../local/errors';
import { sha256 } from './inputs';

/** Debian 12's archive and its security updates, as images/base/root/etc/apt/sources.list.d/debian.sources names them. */
const RELEASES = [
  'http://deb.debian.org/debian/dists/bookworm/InRelease',
  'http://deb.debian.org/debian/dists/bookworm-updates/InRelease',
  'http://deb.debian.org/debian-security/dists/bookworm-security/InRelease',
];
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const PATIENCE_MS = 30_000;

/** Debian's name of a machine's architecture. @throws ProgramError for one that no image is built for */
export function debianArchitecture(arch: string = process.arch): string {
  const name = ARCHITECTURES[arch];
  if (name === undefined)
    throw new ProgramError(`images are built on amd64 and arm64, this machine is ${arch}`);
  return name;
}

/**
 * Checksum of the list of packages that a release file vouches for. The file itself is signed anew every day; the list
 * changes with its packages only.
 *
 * @throws ProgramError if the text names none: no release file.
 */
export function packagesSum(release: string, architecture: string, from: string): string {
  const line = new RegExp(`^ ([0-9a-f]{64}) +\\d+ main/binary-${architecture}/Packages\\.xz$`, 'm');
  const sum = line.exec(release)?.[1];
  if (sum === undefined) throw new ProgramError(`${from} lists no packages of main for ${architecture}`);
  return sum;
}

/**
 * The state of Debian's archive, as one checksum: equal as long as an installation would get the same packages. It only
 * decides what is built anew; apt itself checks the signatures.
 *
 * @throws ProgramError if the archive cannot be reached.
 */
export async function archiveState(
  architecture: string,
  releases: readonly string[] = RELEASES,
): Promise<string> {
  const sums = await Promise.all(
    releases.map(async (url) => packagesSum(await text(url), architecture, url)),
  );
  return sha256(sums.join('\n')).slice(0, 16);
}

async function text(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch((error: unknown) => {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new ProgramError(`Debian's archive cannot be reached: ${url}: ${String(cause)}`);
  });
  if (!answer.ok) throw new ProgramError(`Debian's archive answered ${answer.status} for ${url}`);
  return answer.text();
}
