import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { checkoutRoot, ensurePrograms, type Progress } from '../../tools/programs';
import type { ControlPlane } from '../controlplane';
import { ProgramError } from '../local/errors';
import { parsePins, type ModulePin } from './pins';
import { CRD_SOURCES } from './sources';

export { parsePins, type ModulePin } from './pins';
export { CRD_SOURCES, type CrdSource } from './sources';

/** A file that holds one upstream CustomResourceDefinition. */
export interface CrdFile {
  /** API group of the kind. */
  readonly group: string;
  readonly path: string;
  /** Go module that the file is part of. */
  readonly module: string;
  /** Version of that module. */
  readonly version: string;
}

const run = promisify(execFile);
const MAX_OUTPUT = 16 * 1024 * 1024;
/** Longest wait until the API server serves a new kind on a busy machine; an idle one takes 2 s. */
const ESTABLISHED = '120s';

/**
 * CustomResourceDefinitions of everything that the platform's objects are written for, from the modules pinned in `tools/crds`.
 * Modules are fetched once into Go's module cache; nothing of them enters the checkout. `pinsDir` holds go.mod and go.sum.
 * @throws ProgramError when Go is absent, a module cannot be had or its content is not what go.sum says, or a folder holds no CRD
 */
export async function crdFiles(
  progress: Progress = () => undefined,
  pinsDir = join(checkoutRoot(), 'tools/crds'),
): Promise<readonly CrdFile[]> {
  const read = (file: string): string => readFileSync(join(pinsDir, file), 'utf8');
  const pins = parsePins(read('go.mod'), read('go.sum'));
  progress(`fetching ${pins.length} Go modules with upstream's kinds (once per machine)`);
  const cache = await go(pinsDir, ['env', 'GOMODCACHE']);
  const sums = downloadedSums(await go(pinsDir, ['mod', 'download', '-json', ...pins.map(nameOf)]));
  return pins.flatMap((pin) => {
    const found = sums.get(nameOf(pin));
    if (found !== pin.sum)
      throw new ProgramError(
        `${nameOf(pin)} cannot be used: go.sum wants ${pin.sum}, got ${found ?? 'nothing'}`,
      );
    return filesOf(pin, join(cache.trim(), escaped(nameOf(pin))));
  });
}

/**
 * Makes an API server serve the kinds of {@link crdFiles} and waits until it does. Safe to repeat.
 * Applied on the server's side: the largest is 1.4 MB and would not fit into the annotation of a client-side apply.
 * @throws ProgramError with kubectl's words
 */
export async function installCrds(
  server: ControlPlane,
  progress: Progress = () => undefined,
): Promise<readonly CrdFile[]> {
  const files = await crdFiles(progress);
  const kubectl = (await ensurePrograms(['kubectl'], progress)).get('kubectl') ?? 'kubectl';
  const named = files.flatMap(({ path }) => ['-f', path]);
  const call = (...args: readonly string[]): Promise<string> =>
    words(kubectl, ['--kubeconfig', server.kubeconfigFile, ...args, ...named]);
  progress(`installing ${files.length} kinds`);
  await call('apply', '--server-side');
  await call('wait', '--for=condition=Established', `--timeout=${ESTABLISHED}`);
  return files;
}

const nameOf = ({ path, version }: ModulePin): string => `${path}@${version}`;

/** Name as Go's module cache writes it: an upper-case letter as `!` and the small one. */
const escaped = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);

/** Checksum of each module in the output of `go mod download -json`. */
function downloadedSums(output: string): ReadonlyMap<string, string> {
  const objects = output.split(/(?<=^\})\n/m).filter((text) => text.trim() !== '');
  return new Map(
    objects.map((text) => {
      const {
        Path,
        Version,
        Sum = '',
      } = JSON.parse(text) as Record<'Path' | 'Version', string> & { readonly Sum?: string };
      return [`${Path}@${Version}`, Sum];
    }),
  );
}

function filesOf({ path: module, version }: ModulePin, moduleDir: string): readonly CrdFile[] {
  const source = CRD_SOURCES[module];
  if (!source)
    throw new ProgramError(`${module} is pinned in tools/crds, but CRD_SOURCES does not know its folder`);
  const dir = join(moduleDir, source.folder);
  const files = (existsSync(dir) ? readdirSync(dir) : []).sort().flatMap((file) => {
    const path = join(dir, file);
    const group = groupOf(file.endsWith('.yaml') ? readFileSync(path, 'utf8') : '');
    return group === undefined ? [] : [{ group, path, module, version }];
  });
  if (files.length === 0) throw new ProgramError(`${dir} holds no CustomResourceDefinition`);
  return files;
}

/** Group of a definition; the folders also hold kustomizations and an admission policy. Not parsed: 5 MB of YAML take seconds. */
function groupOf(yaml: string): string | undefined {
  if (!/^kind: CustomResourceDefinition$/m.test(yaml)) return undefined;
  return /^ {2}group: (\S+)$/m.exec(yaml)?.[1];
}

/**
 * Runs Go beside the pins. A module may want a newer Go than is installed; only its files are wanted, so that no toolchain is fetched,
 * and Go's complaint of such a module says nothing about the files, whose checksums the caller compares.
 */
async function go(cwd: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' };
  try {
    return (await run('go', args, { cwd, env, maxBuffer: MAX_OUTPUT })).stdout;
  } catch (error) {
    const { stdout = '' } = error as { readonly stdout?: string };
    if (stdout.includes('"Sum"')) return stdout;
    throw failed('go', args, error);
  }
}

async function words(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: MAX_OUTPUT })).stdout;
  } catch (error) {
    throw failed(program, args, error);
  }
}

function failed(program: string, args: readonly string[], error: unknown): ProgramError {
  const { stdout = '', stderr = '', message } = error as Error & Partial<Record<'stdout' | 'stderr', string>>;
  return new ProgramError(`${program} ${args.slice(0, 3).join(' ')} failed: ${stderr || stdout || message}`);
}
