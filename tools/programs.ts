import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** How one program is built from its own Go module under `tools/`, and how to tell which version lies on PATH. */
interface GoProgram {
  /** Folder under tools/ that holds go.mod, go.sum and, where needed, main.go. */
  readonly module: string;
  /** Go package of the command. */
  readonly package: string;
  readonly version: string;
  readonly ldflags?: string;
  readonly tags?: string;
  /** Arguments that make the program print its version; absent: a program on PATH is never used instead. */
  readonly versionArgs?: readonly string[];
  /** Go toolchain to build with; absent: the newer of the installed one and the module's own. */
  readonly toolchain?: string;
}

const PULUMI_VERSION = 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version';
const K8S = 'v1.36.2';
const K8S_LDFLAGS = `-X k8s.io/component-base/version.gitVersion=${K8S} -X k8s.io/client-go/pkg/version.gitVersion=${K8S}`;
const k8s = (name: string): GoProgram => ({
  module: 'k8s',
  package: `k8s.io/kubernetes/cmd/${name}`,
  version: K8S,
  ldflags: K8S_LDFLAGS,
});

/** Every Go program that the project runs; operators use the official builds, the lab and the tests build these. */
export const PROGRAMS = {
  pulumi: {
    module: 'pulumi-cli',
    package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    version: 'v3.259.0',
    ldflags: `-X ${PULUMI_VERSION}=v3.259.0`,
    versionArgs: ['version'],
  },
  'pulumi-language-nodejs': {
    module: 'pulumi-language-nodejs',
    package: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
    version: 'v3.60.0',
    ldflags: `-X ${PULUMI_VERSION}=v3.60.0`,
  },
  'pulumi-resource-openstack': { module: 'pulumi-openstack', package: '.', version: 'v3.15.2' },
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3', version: 'v3.6.14' },
  'kube-apiserver': k8s('kube-apiserver'),
  'kube-controller-manager': k8s('kube-controller-manager'),
  kubectl: k8s('kubectl'),
  kubeconform: {
    module: 'kubeconform',
    package: 'github.com/yannh/kubeconform/cmd/kubeconform',
    version: 'v0.7.0',
  },
  'kube-score': {
    module: 'kube-score',
    package: 'github.com/zegl/kube-score/cmd/kube-score',
    version: 'v1.20.0',
  },
} as const satisfies Readonly<Record<string, GoProgram>>;

/** Name of a program of {@link PROGRAMS}. */
export type ProgramName = keyof typeof PROGRAMS;

/** Receives one line per step; callers print it with the elapsed time. */
export type Progress = (message: string) => void;

/** Folder of everything that is built or downloaded once per machine; `AIINFN_CACHE` moves it. */
export function cacheDir(): string {
  return (
    process.env['AIINFN_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aiinfn')
  );
}

/** Root of the checkout: the nearest folder above that holds Pulumi.yaml, from TypeScript sources and from dist/ alike. */
export function checkoutRoot(from: string = __dirname): string {
  if (existsSync(join(from, 'Pulumi.yaml'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('no Pulumi.yaml above this program: the checkout is incomplete');
  return checkoutRoot(parent);
}

/**
 * Paths of the programs asked for, building what is missing into the cache (minutes the first time, nothing later).
 * @throws Error naming what is missing when Go is absent or a build fails; the build's own output is in the message
 */
export async function ensurePrograms(
  names: readonly ProgramName[],
  progress: Progress = () => undefined,
): Promise<ReadonlyMap<ProgramName, string>> {
  const paths = new Map<ProgramName, string>();
  for (const name of names) paths.set(name, onPath(name) ?? (await built(name, progress)));
  return paths;
}

/** A PATH value that finds the given programs first. */
export function pathWith(programs: ReadonlyMap<ProgramName, string>): string {
  const dirs = [...new Set([...programs.values()].map((path) => dirname(path)))];
  return [...dirs, process.env['PATH'] ?? ''].join(':');
}

function onPath(name: ProgramName): string | undefined {
  const program: GoProgram = PROGRAMS[name];
  if (!program.versionArgs) return undefined;
  for (const dir of (process.env['PATH'] ?? '').split(':')) {
    const path = join(dir, name);
    if (existsSync(path) && printsVersion(path, program.versionArgs, program.version)) return path;
  }
  return undefined;
}

function printsVersion(path: string, args: readonly string[], version: string): boolean {
  try {
    return execFileSync(path, args, {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).includes(version);
  } catch {
    return false; // A program that cannot say its version is not the pinned one; ours is built instead.
  }
}

/** Path of a program that needs no building, because it is on PATH at the pinned version or was built before. */
export function presentProgram(name: ProgramName): string | undefined {
  const target = builtPath(name);
  return onPath(name) ?? (existsSync(target) ? target : undefined);
}

const sourceOf = (name: ProgramName): string => join(checkoutRoot(), 'tools', PROGRAMS[name].module);

function builtPath(name: ProgramName): string {
  const key = contentKey(sourceOf(name), PROGRAMS[name]);
  return join(cacheDir(), 'tools', `${name}-${PROGRAMS[name].version}-${key}`, name);
}

async function built(name: ProgramName, progress: Progress): Promise<string> {
  const program: GoProgram = PROGRAMS[name];
  const source = sourceOf(name);
  const target = builtPath(name);
  if (existsSync(target)) return target;
  await requireGo();
  progress(`building ${name} ${program.version} from its Go module (once per machine)`);
  mkdirSync(dirname(target), { recursive: true });
  await goBuild(source, program, target);
  progress(`built ${name}`);
  return target;
}

/** Key of everything a build depends on: sources, sums and flags. */
function contentKey(source: string, program: GoProgram): string {
  const hash = createHash('sha256').update(JSON.stringify(program));
  for (const file of readdirSync(source).sort()) hash.update(file).update(readFileSync(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}

async function requireGo(): Promise<void> {
  await promisify(execFile)('go', ['version']).catch(() => {
    throw new Error(
      'Go 1.21 or later is needed to build the embedded programs; install it (apt install golang-go) and run again',
    );
  });
}

/** Builds beside the target and renames, so that an interrupted build never leaves half a program. */
function goBuild(source: string, program: GoProgram, target: string): Promise<void> {
  const part = `${target}.${process.pid}`;
  const tags = program.tags ? ['-tags', program.tags] : [];
  const args = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    ...tags,
    '-ldflags',
    `-s -w ${program.ldflags ?? ''}`,
    '-o',
    part,
    program.package,
  ];
  const env = {
    ...process.env,
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=readonly',
    GOTOOLCHAIN: program.toolchain ?? 'auto',
  };
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd: source, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const lines: string[] = [];
    child.stderr.on('data', (data: Buffer) => lines.push(data.toString()));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) {
        renameSync(part, target);
        resolve();
      } else {
        rmSync(part, { force: true });
        reject(
          new Error(
            `go build of ${program.package} failed (exit ${String(code)}):\n${lines.join('').slice(-4000)}`,
          ),
        );
      }
    });
  });
}
