import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';

import { UserError } from '../constructs/core/errors';
import { siteSchema } from '../constructs/site';
import { provisionSite } from './openstack/provision';

async function main(): Promise<Record<string, pulumi.Input<unknown>>> {
  try {
    const config = new pulumi.Config();
    const file = config.get('siteFile') ?? join(__dirname, '../../stacks/sites', `${pulumi.getStack()}.yaml`);
    if (!existsSync(file)) {
      const known = readdirSync(join(__dirname, '../../stacks/sites'))
        .filter((f) => f.endsWith('.yaml'))
        .map((f) => basename(f, '.yaml'));
      throw new UserError('There is no such site.', [
        {
          rule: 'site/known',
          file,
          path: 'stack',
          found: pulumi.getStack(),
          allowed: known.join(', '),
          fix: 'x',
        },
      ]);
    }
    const site = siteSchema.parse(parse(readFileSync(file, 'utf8')));
    return await provisionSite(site, { ...(config.get('cloud') ? { cloud: config.require('cloud') } : {}) });
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

export = main;
