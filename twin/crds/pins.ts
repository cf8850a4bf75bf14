/** A Go module at one version, with the checksum of its files. */
export interface ModulePin {
  readonly path: string;
  /** Tag, for example `v1.2.3`. */
  readonly version: string;
  /** `h1:` and the hash that the Go checksum database vouches for. */
  readonly sum: string;
}

/**
 * Modules that a go.mod requires, with their checksums from go.sum.
 * @throws Error when a module has no checksum: nothing unverified may be used
 */
export function parsePins(goMod: string, goSum: string): readonly ModulePin[] {
  const sums = new Map(
    goSum.split('\n').map((line) => {
      const [path, version, sum = ''] = line.split(' ');
      return [`${path ?? ''}@${version ?? ''}`, sum];
    }),
  );
  return [...goMod.matchAll(/^(?:require )?\s*(\S+\/\S+) (v\S+)/gm)].map(([, path = '', version = '']) => {
    const sum = sums.get(`${path}@${version}`);
    if (!sum)
      throw new Error(`tools/crds/go.sum has no checksum of ${path}@${version}: run go mod download there`);
    return { path, version, sum };
  });
}
