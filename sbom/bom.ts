import { Enums, Models } from '@cyclonedx/cyclonedx-library';

import type { Lock, RenderedObject, Site } from '../constructs';
import { chartComponent, deviceComponents, imageComponent, softwareComponent } from './components';
import { property, writeBom } from './document';
import { inventoryOf, type WorkloadUse } from './inventory';

/** Charts that Pulumi installs before Argo CD can apply anything; they stand in no manifest. */
export const BOOTSTRAP_CHARTS: readonly string[] = ['argo-cd'];

/**
 * `sbom/<site>.cdx.json`: what a site runs, as CycloneDX 1.7. Exactly the images and charts of the manifests, the charts and programs of
 * the bootstrap, the cards, the services it relies on, and which workload runs which image. Deterministic. The npm packages of the
 * toolchain stand in sbom/toolchain.cdx.json, which it refers to.
 * @throws UserError naming every image and chart of the manifests that the lock does not pin
 */
export function bomOf(site: Site, lock: Lock, objects: readonly RenderedObject[]): string {
  const { images, charts, workloads } = inventoryOf(lock.data, objects);
  const all = [
    ...pick(lock.data.images, images, imageComponent),
    ...pick(lock.data.charts, [...new Set([...charts, ...BOOTSTRAP_CHARTS])], chartComponent),
    ...pick(lock.data.software, softwareOf(site, lock), softwareComponent),
    ...deviceComponents(site),
  ];
  const byRef = new Map(all.map((component) => [component.bomRef.value ?? '', component]));
  const components = [...all, ...workloads.map((workload) => workloadComponent(workload, byRef))];
  const root = rootComponent(site);
  for (const component of components) root.dependencies.add(component.bomRef);
  return writeBom(
    new Models.Bom({
      metadata: new Models.Metadata({ component: root }),
      components: new Models.ComponentRepository(components),
      services: new Models.ServiceRepository(servicesOf(site)),
    }),
  );
}

function pick<T>(
  section: Readonly<Record<string, T>>,
  names: readonly string[],
  make: (name: string, entry: T) => Models.Component,
): Models.Component[] {
  return names.flatMap((name) => {
    const entry = section[name];
    return entry === undefined ? [] : [make(name, entry)];
  });
}

/** RKE2 only where it is installed by us. */
function softwareOf(site: Site, lock: Lock): string[] {
  return Object.keys(lock.data.software).filter(
    (name) => name !== 'rke2' || site.kubernetes.cluster === undefined,
  );
}

function workloadComponent(
  workload: WorkloadUse,
  images: ReadonlyMap<string, Models.Component>,
): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Application, workload.name, {
    bomRef: `workload:${workload.name}`,
  });
  for (const name of workload.images) {
    const image = images.get(`image:${name}`);
    if (image) component.dependencies.add(image.bomRef);
  }
  return component;
}

function rootComponent(site: Site): Models.Component {
  const root = new Models.Component(Enums.ComponentType.Platform, `ai-infn-${site.name}`, {
    bomRef: `site:${site.name}`,
    version: site.delivery.revision,
    description: site.title,
    supplier: new Models.OrganizationalEntity({ name: 'AI_INFN' }),
  });
  root.externalReferences.add(
    new Models.ExternalReference(site.delivery.repo, Enums.ExternalReferenceType.VCS),
  );
  root.externalReferences.add(
    new Models.ExternalReference('toolchain.cdx.json', Enums.ExternalReferenceType.BOM),
  );
  return root;
}

/** Services outside the cluster that the site relies on. */
function servicesOf(site: Site): readonly Models.Service[] {
  return [
    service('identity', 'INDIGO IAM', site.identity.issuer),
    ...(site.storage.endpoint === undefined
      ? []
      : [service('objects', 'object store', site.storage.endpoint)]),
    ...Object.entries(site.offload).map(([name, remote]) =>
      service(`offload-${name}`, `interLink at ${name}`, remote.api),
    ),
  ];
}

function service(ref: string, name: string, endpoint: string): Models.Service {
  const found = new Models.Service(name, { bomRef: `service:${ref}` });
  found.properties.add(property('endpoint', endpoint));
  return found;
}
