import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import { type Site, UserError } from '../../constructs';
import { CloudClient } from '../../stacks/openstack/client';
import { loadCloud } from '../../stacks/openstack/clouds';
import { cacheDir, presentProgram, PROGRAMS } from '../../tools/programs';
import { missingPackages } from '../../twin/openstack';
import { ENGINE } from '../provision/run';
import type { Facts } from './judge';

const GIB = 2 ** 30;
const SUDO = '/usr/bin/sudo';

/** Looks at this machine. Nothing is changed. */
export async function machineFacts(): Promise<Facts> {
  const [npm, git, go, pulumi] = await Promise.all([
    answer('npm', ['--version']),
    answer('git', ['--version']),
    answer('go', ['env', 'GOVERSION']),
    answer('pulumi', ['version']),
  ]);
  const packages = await missingPackages().catch(noDebian);
  return {
    node: process.versions.node,
    ...defined({ npm, git: git?.replace('git version ', ''), go, pulumi, packages }),
    pulumiPin: PROGRAMS.pulumi.version,
    unbuilt: ENGINE.filter((name) => presentProgram(name) === undefined),
    mayInstall: process.getuid?.() === 0 || existsSync(SUDO),
    disk: freeDisk(cacheDir()),
    memory: availableMemory(),
  };
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** First line a program prints; undefined when it is not there or fails, which here is an answer. */
async function answer(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], { timeout: 20_000 });
    return stdout.trim().split('\n')[0];
  } catch {
    return undefined;
  }
}

function noDebian(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

/** Free GiB of the file system that will hold a folder. */
function freeDisk(dir: string): number {
  if (!existsSync(dir)) return freeDisk(dirname(dir));
  const { bavail, bsize } = statfsSync(dir);
  return (bavail * bsize) / GIB;
}

/** GiB that can be taken without swapping (proc(5), MemAvailable); free memory alone leaves caches out. */
function availableMemory(): number {
  const [, kib = '0'] = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return (Number(kib) * 1024) / GIB;
}

/** Asks Keystone with the credentials of an entry of clouds.yaml. */
export async function cloudFacts(site: Site, name: string): Promise<NonNullable<Facts['cloud']>> {
  try {
    await CloudClient.login(loadCloud(name), site.cloud.region);
    return { name };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [finding] = error.findings;
    const fix = finding?.fix ?? 'docs/how-to/add-a-site.md, credentials';
    return { name, fault: { found: finding?.found ?? error.headline, fix } };
  }
}
