import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadSite, type Site } from '../../../constructs/site';

/** A site of the checkout. */
export function siteNamed(name: string): Site {
  const file = join(__dirname, '../../../stacks/sites', `${name}.yaml`);
  return loadSite(readFileSync(file, 'utf8'), file);
}

/** A copy of a site with parts of its `cloud` section changed. */
export function withCloud(site: Site, cloud: Partial<Site['cloud']>): Site {
  return { ...site, cloud: { ...site.cloud, ...cloud } };
}
