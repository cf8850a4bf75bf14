import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';

import type { LockData, Site } from '../constructs';
import { ACCELERATORS } from '../constructs/site/accelerators';
import { licences, property } from './document';

/** A container image: purl of type `oci`, its digest as version and hash once somebody has looked it up. */
export function imageComponent(name: string, entry: LockData['images'][string]): Models.Component {
  const digest = 'resolved' in entry.digest ? entry.digest.resolved : undefined;
  const repository = entry.ref.split('/').at(-1) ?? entry.ref;
  const qualifiers = { repository_url: entry.ref, tag: entry.tag };
  const component = new Models.Component(Enums.ComponentType.Container, entry.ref, {
    bomRef: `image:${name}`,
    version: entry.tag,
    purl: new PackageURL('oci', undefined, repository, digest, qualifiers).toString(),
    licenses: licences(entry.licence),
    externalReferences: source(entry.source),
  });
  if (digest === undefined) component.properties.add(property('digest', 'unresolved'));
  else component.hashes.set(Enums.HashAlgorithm['SHA-256'], digest.replace('sha256:', ''));
  return component;
}

/** An upstream Helm chart that Argo CD or Pulumi installs. */
export function chartComponent(name: string, entry: LockData['charts'][string]): Models.Component {
  return new Models.Component(Enums.ComponentType.Application, entry.chart, {
    bomRef: `chart:${name}`,
    version: entry.version,
    purl: new PackageURL('helm', undefined, entry.chart, entry.version, {
      repository_url: entry.repo,
    }).toString(),
    licenses: licences(entry.licence),
    externalReferences: source(entry.source),
  });
}

/** Kubernetes, its distribution, drivers and programs on the machines. */
export function softwareComponent(name: string, entry: LockData['software'][string]): Models.Component {
  return new Models.Component(softwareType(name), name, {
    bomRef: `software:${name}`,
    version: entry.version,
    purl: softwarePurl(name, entry),
    licenses: licences(entry.licence),
    externalReferences: source(entry.source),
  });
}

function softwareType(name: string): Enums.ComponentType {
  if (name.includes('driver')) return Enums.ComponentType.DeviceDriver;
  if (name === 'kubernetes' || name === 'rke2') return Enums.ComponentType.Platform;
  return name.startsWith('debian') || name.startsWith('ubuntu')
    ? Enums.ComponentType.OperatingSystem
    : Enums.ComponentType.Application;
}

function softwarePurl(name: string, entry: LockData['software'][string]): string {
  const [, owner, repository] = /^https:\/\/github\.com\/([^/]+)\/([^/]+)/.exec(entry.source) ?? [];
  return owner !== undefined && repository !== undefined
    ? new PackageURL('github', owner, repository, entry.version).toString()
    : new PackageURL('generic', undefined, name, entry.version).toString();
}

/** The cards of a site, one component per kind, with their number and how pods ask for them. */
export function deviceComponents(site: Site): readonly Models.Component[] {
  const counts = new Map<string, number>();
  for (const { count, cards } of Object.values(site.nodes))
    for (const [kind, perMachine] of Object.entries(cards))
      counts.set(kind, (counts.get(kind) ?? 0) + count * perMachine);
  return [...counts].map(([kind, count]) => {
    const card = ACCELERATORS[kind];
    const component = new Models.Component(Enums.ComponentType.Device, card?.title ?? kind, {
      bomRef: `device:${kind}`,
    });
    component.properties.add(property('count', count));
    if (card) {
      component.properties.add(property('pci-id', card.pciId));
      component.properties.add(property('resource', card.resource));
    }
    return component;
  });
}

/** An https page as a reference; a path in this repository as a build file. */
function source(where: string): Models.ExternalReferenceRepository {
  const type = where.startsWith('https://')
    ? Enums.ExternalReferenceType.Website
    : Enums.ExternalReferenceType.BuildMeta;
  return new Models.ExternalReferenceRepository([new Models.ExternalReference(where, type)]);
}
