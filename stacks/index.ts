import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import * as pulumi from '@pulumi/pulumi';

import { loadSite, Lock, planMachines, secretCatalogue, UserError, type Site } from '../constructs';
import { fault } from './cluster/fault';
import { clusterStage } from './cluster/kubernetes-stage';
import { asUserError, CloudError } from './openstack/client';
import { firstBoot } from './openstack/first-boot';
import type { ProvisionOptions } from './openstack/options';
import { loginFor, preflight } from './openstack/preflight';
import { provisionSite } from './openstack/provision';

/** The checkout, seen from the compiled program in dist/stacks. */
const ROOT = join(__dirname, '../..');
const SITES = join(ROOT, 'stacks/sites');

/** A file as messages name it: below the checkout by its path there. */
function shown(file: string): string {
  const below = relative(ROOT, file);
  return below.startsWith('..') ? file : below;
}

/** The site of the selected stack. @throws UserError for a stack without a site file, and for faults in it */
function siteOfStack(config: pulumi.Config): Site {
  const stack = pulumi.getStack();
  const file = config.get('siteFile') ?? join(SITES, `${stack}.yaml`);
  if (existsSync(file)) return loadSite(readFileSync(file, 'utf8'), shown(file));
  const names = existsSync(SITES) ? readdirSync(SITES).filter((name) => name.endsWith('.yaml')) : [];
  const sites = names.map((name) => basename(name, '.yaml')).sort();
  throw new UserError(`There is no site ${stack}.`, [
    {
      rule: 'site/known',
      file: shown(file),
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

/** Native text of where a bug happened; the SDK's source maps would need minutes for it (see cluster/fault.ts). */
function trace(error: Error): string {
  const formatter: { prepareStackTrace?: unknown } = Error;
  const { prepareStackTrace } = formatter;
  formatter.prepareStackTrace = undefined;
  try {
    return error.stack ?? error.message;
  } finally {
    formatter.prepareStackTrace = prepareStackTrace;
  }
}

/** What the engine prints: the message alone for faults of the user or the cloud, with a trace for bugs. */
function told(error: unknown): pulumi.RunError {
  if (error instanceof UserError) return fault(error);
  if (error instanceof CloudError) return fault(asUserError(error));
  return fault(error instanceof Error ? trace(error) : error);
}

/** What `pulumi up --stack SITE` runs: checks the site file and the cloud, then declares the site. */
async function main(): Promise<Record<string, unknown>> {
  try {
    const config = new pulumi.Config();
    const site = siteOfStack(config);
    const seed = seedOf(config, site.name);
    const options = optionsOf(config);
    const { roles } = await preflight(site, await loginFor(site, options));
    const lock = Lock.parse(readFileSync(join(ROOT, 'versions.lock.yaml'), 'utf8'));
    const userData = firstBoot(site, planMachines(site), lock, seed);
    const provisioned = await provisionSite(site, { options, roles, userData });
    const { entry, api } = provisioned.addresses;
    const cluster = clusterStage(config, site, {
      catalogue: secretCatalogue({ site, lock }),
      argocd: lock.chart('argo-cd'),
      controlAddress: api ?? entry ?? '',
    });
    return { ...provisioned, cluster };
  } catch (error) {
    throw told(error);
  }
}

export = main;
