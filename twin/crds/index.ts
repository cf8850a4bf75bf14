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
const PINS = join(checkoutRoot(), 'tools/crds');
const MAX_OUTPUT = 16 * 1024 * 1024;
/** Longest wait until the API server serves a new kind on a busy machine; an idle one takes 2 s. */
const ESTABLISHED = '120s';

/**
 * CustomResourceDefinitions of everything that the platform's objects are written for, from the modules pinned in `tools/crds`.
 * Modules are fetched once into Go's module cache; nothing of them enters the checkout.
 * @throws ProgramError when Go is absent, a module cannot be had or its content is not what go.sum says, or a folder holds no CRD
 */
export async function crdFiles(progress: Progress = () => undefined): Promise<readonly CrdFile[]> {
  const pins = parsePins(
    readFileSync(join(PINS, 'go.mod'), 'utf8'),
    readFileSync(join(PINS, 'go.sum'), 'utf8'),
  );
  progress(`fetching ${pins.length} Go modules with upstream's kinds (once per machine)`);
  const cache = await go(['env', 'GOMODCACHE']);
  const sums = downloadedSums(await go(['mod', 'download', '-json', ...pins.map(nameOf)]));
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

function go(args: readonly string[]): Promise<string> {
  // A module may want a newer Go than is installed. Only its files are wanted: no toolchain is fetched, and Go's exit status
  // for such a module says nothing about the files, whose checksums are compared by the caller.
  return words('go', args, { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' }, args[0] === 'mod');
}

async function words(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  mayFail = false,
): Promise<string> {
  const options = { cwd: PINS, env: { ...process.env, ...env }, maxBuffer: MAX_OUTPUT };
  try {
    return (await run(program, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & {
      readonly stdout?: string;
      readonly stderr?: string;
    };
    if (mayFail && stdout) return stdout;
    throw new ProgramError(`${program} ${args.slice(0, 3).join(' ')} failed: ${stderr ?? message}`);
  }
}
