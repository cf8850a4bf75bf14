import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Checkout } from '../cli/checkout';
import { localContent } from '../cli/provision/cloud';
import { openstackHosts } from '../constructs';
import { checkoutRoot } from '../tools/programs';
import { destroyOpenStack, startOpenStack } from '../twin/openstack';

/** Wall seconds of one command of the product, run as an operator runs it. */
export interface Timing {
  readonly title: string;
  readonly seconds: number;
}

/** Runs `aiinfn` to its end. @throws Error with its last words when it fails: a failed run has no time */
function timed(title: string, args: readonly string[], env: NodeJS.ProcessEnv): Timing {
  process.stderr.write(`${title} ...\n`);
  const start = process.hrtime.bigint();
  const command = [join(checkoutRoot(), 'tools', 'aiinfn.mjs'), ...args];
  const run = spawnSync(process.execPath, command, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (run.status !== 0) throw new Error(`${title}: exit ${String(run.status)}\n${run.stderr.slice(-2000)}`);
  return { title, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

/** cnaf on a local cloud of its shape: the engine's operations, each with preflight, recovery and verification around it. */
async function cnaf(dir: string): Promise<readonly Timing[]> {
  const site = new Checkout(checkoutRoot()).site('cnaf');
  const stateDir = join(dir, 'cloud');
  process.stderr.write('starting an OpenStack of the shape of cnaf ...\n');
  const cloud = await startOpenStack({
    stateDir,
    hosts: openstackHosts(site),
    cloudName: site.cloud.name,
    content: localContent(site),
  });
  try {
    const env = { ...cloud.env, AIINFN_STATE: join(dir, 'state') };
    const on = ['cnaf', '--cloud', site.cloud.name];
    return [
      timed('cnaf: preview of the whole site', ['preview', ...on], env),
      timed('cnaf: first up', ['up', ...on], env),
      timed('cnaf: up again, nothing to do', ['up', ...on], env),
      timed('cnaf: down, data volumes kept', ['down', ...on], env),
    ];
  } finally {
    await destroyOpenStack(stateDir);
  }
}

/** The lab, its cloud included; programs and database schemas are in the cache. */
function lab(dir: string): readonly Timing[] {
  const env = { AIINFN_STATE: join(dir, 'lab') };
  return [
    timed('lab: first up, cloud included', ['up'], env),
    timed('lab: up again, nothing to do', ['up'], env),
    timed('lab: down', ['down'], env),
  ];
}

/** Times provisioning once, in a folder of its own that is removed afterwards. */
export async function provisioning(): Promise<readonly Timing[]> {
  // Short, because sockets stand below it.
  const dir = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    return [...lab(dir), ...(await cnaf(dir))];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
