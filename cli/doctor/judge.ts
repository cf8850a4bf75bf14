/** What was found on this machine and, where a site was named, on its cloud. Absent: not there. */
export interface Facts {
  /** Without the `v`. */
  readonly node: string;
  readonly npm?: string;
  readonly git?: string;
  /** As `go env GOVERSION` prints it, `go1.26.8`. */
  readonly go?: string;
  /** Programs of the embedded engine that are still to be built. */
  readonly unbuilt: readonly string[];
  /** Version of the `pulumi` on PATH. */
  readonly pulumi?: string;
  /** Version of the engine that the project pins. */
  readonly pulumiPin: string;
  /** Debian packages of the local OpenStack that are not installed; absent: this is no Debian or Ubuntu. */
  readonly packages?: readonly string[];
  /** The user may install packages: is root, or has sudo. */
  readonly mayInstall: boolean;
  /** GiB free where programs are built. */
  readonly disk: number;
  /** GiB of memory that programs may take. */
  readonly memory: number;
  /** The site's cloud: why it cannot be used, or undefined when Keystone answered. Absent: the local cloud is meant. */
  readonly cloud?: {
    readonly name: string;
    readonly fault?: { readonly found: string; readonly fix: string };
  };
}

/** One thing that is needed. `later`: `npm run up` sees to it. `optional`: missing, and nothing asked for needs it. */
export interface Check {
  readonly need: string;
  readonly state: 'ok' | 'later' | 'optional' | 'missing';
  readonly found: string;
  /** How to mend it; absent when ok. */
  readonly fix?: string;
}

/** First Node release with everything the command line uses (package.json, engines). */
const NODE = 20;
/** First Go release that fetches the toolchain a module asks for (go.dev/doc/toolchain). */
const GO = [1, 21] as const;
/** GiB that Go's caches and the programs came to on a first build (measured: 9.6). */
const DISK_TO_BUILD = 11;
/** GiB for the state of a site once everything is built. */
const DISK = 2;
/** GiB: the local OpenStack takes 1.4 resident, engine, program and provider together 1 to 2. */
const MEMORY = 4;

const check = (need: string, ok: boolean, found: string | undefined, fix: string): Check =>
  ok
    ? { need, state: 'ok', found: found ?? 'yes' }
    : { need, state: 'missing', found: found ?? 'nothing', fix };

const optional = (it: Check): Check => (it.state === 'missing' ? { ...it, state: 'optional' } : it);

function goIsNew(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > GO[0] || (Number(major) === GO[0] && Number(minor) >= GO[1]);
}

function programs({ go, unbuilt, disk, memory }: Facts): readonly Check[] {
  const wanted = unbuilt.length > 0 ? DISK_TO_BUILD : DISK;
  const goCheck = check(
    `Go >= ${GO.join('.')}, to build the embedded engine`,
    go !== undefined && goIsNew(go),
    go,
    'apt install golang-go, or go.dev/dl',
  );
  return [
    unbuilt.length === 0 ? optional(goCheck) : goCheck,
    unbuilt.length === 0
      ? { need: 'embedded engine', state: 'ok', found: 'built' }
      : {
          need: 'embedded engine',
          state: 'later',
          found: `to build: ${unbuilt.join(', ')}`,
          fix: '`up` builds it once, in some minutes',
        },
    check(
      `disk, ${wanted} GiB`,
      disk >= wanted,
      `${disk.toFixed(1)} GiB free`,
      'free some, or move it: AIINFN_CACHE, GOCACHE, GOMODCACHE',
    ),
    check(
      `memory, ${MEMORY} GiB`,
      memory >= MEMORY,
      `${memory.toFixed(1)} GiB available`,
      'end other programs',
    ),
  ];
}

function packages({ packages: missing, mayInstall }: Facts): Check {
  const need = 'Debian packages of the local OpenStack';
  if (missing === undefined)
    return {
      need,
      state: 'missing',
      found: 'no dpkg',
      fix: 'use Debian 12 or Ubuntu, or a cloud of your own: --cloud NAME',
    };
  if (missing.length === 0) return { need, state: 'ok', found: 'installed' };
  const found = `missing: ${missing.join(' ')}`;
  const fix = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  return mayInstall
    ? { need, state: 'later', found, fix: `\`npm run up\` installs them, as: ${fix}` }
    : { need, state: 'missing', found, fix: `as root: ${fix}` };
}

function cloudCheck({ name, fault }: NonNullable<Facts['cloud']>): Check {
  const need = `cloud ${name}: credentials, Keystone`;
  return fault === undefined
    ? { need, state: 'ok', found: 'Keystone answers' }
    : { need, state: 'missing', ...fault };
}

/** Everything that is needed for what was asked: the local cloud, or the embedded engine on a cloud of the operator. */
export function judge(facts: Facts): readonly Check[] {
  const { node, npm, git, pulumi, pulumiPin, cloud } = facts;
  return [
    check(`Node >= ${NODE}`, Number(node.split('.')[0]) >= NODE, node, 'nodejs.org/download'),
    check('npm', npm !== undefined, npm, 'apt install npm'),
    optional(check('git, for plan', git !== undefined, git, 'apt install git')),
    ...programs(facts),
    cloud ? cloudCheck(cloud) : packages(facts),
    optional(
      check(
        'official pulumi, for operators (docs/decisions/0003)',
        pulumi !== undefined,
        pulumi === undefined || pulumi === pulumiPin ? pulumi : `${pulumi} (embedded: ${pulumiPin})`,
        'pulumi.com/docs/install',
      ),
    ),
  ];
}

/** Whether what was asked for can run. */
export function isReady(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state !== 'missing');
}
