import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A tagged Go module whose files are wanted, with the checksum that the Go checksum database vouches for. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  readonly sum: string;
}

/** Argo CD's own module; its `manifests/crds` are the kinds that the platform's Applications are checked against. */
export const ARGOCD_MODULE: GoModule = {
  path: 'github.com/argoproj/argo-cd/v3',
  version: 'v3.6.1',
  sum: 'h1:OmhqeKiR3C//awbFrhQqFdtRI+Qiv17j8vqm3UkMj/g=',
};

/**
 * Folder with the files of a module, fetched once into Go's module cache.
 * @throws Error when it cannot be fetched or is not what was pinned
 */
export function goModuleDir(module: GoModule): string {
  const name = `${module.path}@${module.version}`;
  // The module may want a newer Go than is installed; only its files are wanted, so that no toolchain need be fetched.
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
  const download = spawnSync('go', ['mod', 'download', '-json', name], { env, cwd: '/', encoding: 'utf8' });
  const sum = /"Sum": "([^"]*)"/.exec(download.stdout)?.[1];
  if (sum !== module.sum)
    throw new Error(
      `${name} cannot be used: wanted ${module.sum}, got ${sum ?? (download.stderr || download.stdout)}`,
    );
  const cache = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
  const dir = join(cache, name);
  if (!existsSync(dir)) throw new Error(`${name} was fetched and is not in ${dir}`);
  return dir;
}

/** Files of the kinds that the root Application needs. */
export function argocdCrds(): readonly string[] {
  const dir = join(goModuleDir(ARGOCD_MODULE), 'manifests/crds');
  return ['application-crd.yaml', 'appproject-crd.yaml'].map((file) => join(dir, file));
}
