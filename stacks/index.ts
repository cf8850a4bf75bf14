import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import * as pulumi from '@pulumi/pulumi';

import { UserError } from '../constructs/core/errors';
import { Lock } from '../constructs/core/lock';
import { loadSite, planMachines, type Site } from '../constructs/site';
import { asUserError, CloudError } from './openstack/client';
import { firstBoot } from './openstack/first-boot';
import type { ProvisionOptions } from './openstack/options';
import { loginFor, preflight } from './openstack/preflight';
import { provisionSite, type Provisioned } from './openstack/provision';

/** The checkout, seen from the compiled program in dist/stacks. */
const ROOT = join(__dirname, '../..');
const SITES = join(ROOT, 'stacks/sites');

/** The site of the selected stack. @throws UserError for a stack without a site file, and for faults in it */
function siteOfStack(config: pulumi.Config): Site {
  const stack = pulumi.getStack();
  const file = config.get('siteFile') ?? join(SITES, `${stack}.yaml`);
  if (existsSync(file)) return loadSite(readFileSync(file, 'utf8'), relative(process.cwd(), file));
  const names = existsSync(SITES) ? readdirSync(SITES).filter((name) => name.endsWith('.yaml')) : [];
  const sites = names.map((name) => basename(name, '.yaml')).sort();
  throw new UserError(`There is no site ${stack}.`, [
    {
      rule: 'site/known',
      file: relative(process.cwd(), file),
      path: 'stack',
      found: `the stack ${stack} without a site file`,
      allowed: sites.join(', '),
      fix: `choose one of these stacks, or make the site with: npx aiinfn new-site ${stack}`,
    },
  ]);
}

/** What the stack's settings add to the site file. */
function optionsOf(config: pulumi.Config): ProvisionOptions {
  const [cloud, sshPublicKey] = [config.get('cloud'), config.get('sshPublicKey')];
  const destroyData = config.getObject<string[]>('destroyData');
  const replaceMachines = config.getObject<string[]>('replaceMachines');
  return {
    ...(cloud === undefined ? {} : { cloud }),
    ...(sshPublicKey === undefined ? {} : { sshPublicKey }),
    ...(destroyData === undefined ? {} : { destroyData }),
    ...(replaceMachines === undefined ? {} : { replaceMachines }),
  };
}

/** Secret from which the cluster's join token (and, later, its Secrets) follow. @throws UserError when it is not set */
function seedOf(config: pulumi.Config, stack: string): pulumi.Output<string> {
  const seed = config.getSecret('secretSeed');
  if (seed) return seed;
  throw new UserError('A setting of the stack is missing.', [
    {
      rule: 'secrets/seed-present',
      file: `Pulumi.${stack}.yaml`,
      path: 'secretSeed',
      found: 'nothing',
      allowed: 'a secret setting from which all generated secrets follow',
      fix: `openssl rand -base64 48 | pulumi config set --secret secretSeed --stack ${stack}`,
    },
  ]);
}

/** Exit code that the language host knows as "a message for the user was logged"; the engine then changes nothing more. */
const TOLD = 32;

/**
 * Ends the program with one clear message. It must not throw instead: under SDK 3.248 with the tagged language host a
 * program that rejects spins for ever, and one that returns after logging an error counts as successful.
 */
async function fail(error: unknown): Promise<never> {
  const known = error instanceof CloudError ? asUserError(error) : error;
  if (known instanceof UserError) await pulumi.log.error(known.message);
  else await pulumi.log.error(known instanceof Error ? (known.stack ?? known.message) : String(known));
  process.exit(TOLD);
}

/** What `pulumi up --stack SITE` runs: checks the site file and the cloud, then declares the site. */
async function main(): Promise<Provisioned> {
  try {
    const config = new pulumi.Config();
    const site = siteOfStack(config);
    const seed = seedOf(config, site.name);
    const options = optionsOf(config);
    const { roles } = await preflight(site, await loginFor(site, options));
    const lock = Lock.parse(readFileSync(join(ROOT, 'versions.lock.yaml'), 'utf8'));
    return await provisionSite(site, {
      options,
      roles,
      userData: firstBoot(site, planMachines(site), lock, seed),
    });
  } catch (error) {
    return fail(error);
  }
}

export = main;
