import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { z } from 'zod';

import { licences, writeBom } from './document';

/** What is read of package-lock.json (lockfile version 3). */
const packageLock = z.object({
  name: z.string(),
  version: z.string(),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
    }),
  ),
});

/**
 * `sbom/toolchain.cdx.json`: the npm packages that render and provision a site, from package-lock.json alone, as CycloneDX 1.7. Packages
 * of development only have scope `excluded`: they make nothing that runs.
 * @throws ZodError when the text is no lock file of npm 7 or later
 */
export function toolchainBom(packageLockText: string): string {
  const { name, version, packages } = packageLock.parse(JSON.parse(packageLockText));
  const root = new Models.Component(Enums.ComponentType.Application, name, { bomRef: 'toolchain', version });
  const found = new Map<string, Models.Component>();
  for (const [path, entry] of Object.entries(packages)) {
    const component = path === '' ? undefined : npmComponent(path, entry);
    const ref = component?.bomRef.value;
    // One package may be installed at several places; needed at run time anywhere means needed.
    if (component && ref !== undefined && found.get(ref)?.scope !== Enums.ComponentScope.Required)
      found.set(ref, component);
  }
  for (const component of found.values()) root.dependencies.add(component.bomRef);
  return writeBom(
    new Models.Bom({
      metadata: new Models.Metadata({ component: root }),
      components: new Models.ComponentRepository(found.values()),
    }),
  );
}

type Entry = z.output<typeof packageLock>['packages'][string];

function npmComponent(path: string, entry: Entry): Models.Component | undefined {
  if (entry.version === undefined) return undefined;
  const full = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const scoped = full.startsWith('@');
  const group = scoped ? full.slice(0, full.indexOf('/')) : undefined;
  const name = scoped ? full.slice(full.indexOf('/') + 1) : full;
  const purl = new PackageURL('npm', group, name, entry.version).toString();
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: purl,
    purl,
    version: entry.version,
    scope: scopeOf(entry),
    ...(group === undefined ? {} : { group }),
    ...(entry.license === undefined ? {} : { licenses: licences(entry.license) }),
  });
  const sha512 = /^sha512-(\S+)$/.exec(entry.integrity ?? '')?.[1];
  if (sha512 !== undefined)
    component.hashes.set(Enums.HashAlgorithm['SHA-512'], Buffer.from(sha512, 'base64').toString('hex'));
  return component;
}

function scopeOf(entry: Entry): Enums.ComponentScope {
  if (entry.dev) return Enums.ComponentScope.Excluded;
  return entry.optional ? Enums.ComponentScope.Optional : Enums.ComponentScope.Required;
}
