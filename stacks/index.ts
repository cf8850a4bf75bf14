import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import * as pulumi from '@pulumi/pulumi';

import { UserError } from '../constructs/core/errors';
import { loadSite, type Site } from '../constructs/site';
import type { ProvisionOptions } from './openstack/options';
import { preflight } from './openstack/preflight';
import { provisionSite } from './openstack/provision';

/** Site files of the checkout, seen from the compiled program in dist/stacks. */
const SITES = join(__dirname, '../../stacks/sites');

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

/** What `pulumi up --stack SITE` runs: checks the site file and the cloud, then declares the site. */
async function main(): Promise<Record<string, pulumi.Input<unknown>>> {
  try {
    const config = new pulumi.Config();
    const site = siteOfStack(config);
    const options = optionsOf(config);
    await preflight(site, options);
    return await provisionSite(site, options);
  } catch (error) {
    // A RunError is printed as it is; any other one with a stack trace, which is right for bugs only.
    if (error instanceof UserError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

export = main;
