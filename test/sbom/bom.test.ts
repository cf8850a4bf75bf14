import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

import { Lock, lockSchema, siteSchema, type Site } from '../../constructs';
import { bomOf } from '../../sbom/bom';
import { inventoryOf } from '../../sbom/inventory';
import {
  container,
  deployment,
  merge,
  object,
  rendered,
  SITE,
  SITE_INPUT,
  type Plain,
} from '../policies/fixtures';
import { DIGEST, HUB, KUEUE, lock, LOCK_DATA, PROFILES } from './fixtures';

interface Bom {
  readonly serialNumber: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Readonly<Record<string, unknown>>; readonly timestamp?: string };
  readonly components: readonly (Readonly<Record<string, unknown>> & { readonly 'bom-ref': string })[];
  readonly services: readonly { readonly name: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}
const OBJECTS = rendered(HUB, PROFILES, KUEUE);
const parse = (text: string): Bom => JSON.parse(text) as Bom;
const refs = (bom: Bom, kind: string): string[] =>
  bom.components.map((c) => c['bom-ref']).filter((ref) => ref.startsWith(`${kind}:`));
const part = (bom: Bom, ref: string): unknown => bom.components.find((c) => c['bom-ref'] === ref);
const changed = (changes: object): Site => siteSchema.parse({ ...merge(SITE_INPUT, changes as Plain) });

describe('the SBOM of a site', () => {
  const text = bomOf(SITE, lock(), OBJECTS);
  const bom = parse(text);

  it('is valid CycloneDX 1.7, and the validator does refuse what is not', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot7);
    expect(bom.specVersion).toBe('1.7');
    expect(await validator.validate(text)).toBeNull();
    expect(await validator.validate(text.replace('"type": "container"', '"type": "ship"'))).not.toBeNull();
  });

  it('holds exactly the images of the manifests, fields and configuration alike', () => {
    expect(refs(bom, 'image')).toEqual(['image:hub', 'image:lab', 'image:lab-gpu']);
    expect(refs(parse(bomOf(SITE, lock(), rendered(HUB))), 'image')).toEqual(['image:hub']);
  });

  it('holds exactly the charts of the manifests and of the bootstrap', () => {
    expect(refs(bom, 'chart')).toEqual(['chart:argo-cd', 'chart:kueue']);
    expect(refs(parse(bomOf(SITE, lock(), rendered(HUB))), 'chart')).toEqual(['chart:argo-cd']);
  });

  it('names a resolved image by digest and says which nobody has looked up', () => {
    expect(part(bom, 'image:hub')).toMatchObject({
      type: 'container',
      version: '5.5',
      purl: `pkg:oci/hub@sha256%3A${'ab'.repeat(32)}?repository_url=r.example.org%2Fteam%2Fhub&tag=5.5`.replace(
        '%3A',
        ':',
      ),
      hashes: [{ alg: 'SHA-256', content: 'ab'.repeat(32) }],
      licenses: [{ expression: 'Apache-2.0' }],
    });
    expect(part(bom, 'image:lab')).toMatchObject({
      properties: [{ name: 'ai-infn:digest', value: 'unresolved' }],
    });
    expect(part(bom, 'image:lab')).not.toHaveProperty('hashes');
  });

  it('says which workload runs which image', () => {
    expect(bom.dependencies.find(({ ref }) => ref === 'workload:Deployment/hub/app')?.dependsOn).toEqual([
      'image:hub',
    ]);
    expect(bom.dependencies.find(({ ref }) => ref === 'workload:ConfigMap/hub/it')?.dependsOn).toEqual([
      'image:lab',
      'image:lab-gpu',
    ]);
  });

  it('lets the site depend on every part', () => {
    const root = bom.dependencies.find(({ ref }) => ref === 'site:test')?.dependsOn ?? [];
    expect([...root].sort()).toEqual(bom.components.map((c) => c['bom-ref']).sort());
  });

  it('lists cards with their number, drivers, Kubernetes and the services relied on', () => {
    expect(part(bom, 'device:t4')).toMatchObject({
      type: 'device',
      properties: expect.arrayContaining([
        { name: 'ai-infn:count', value: '2' },
        { name: 'ai-infn:resource', value: 'nvidia.com/gpu' },
      ]) as unknown,
    });
    expect(part(bom, 'software:nvidia-driver')).toMatchObject({
      type: 'device-driver',
      purl: 'pkg:generic/nvidia-driver@580.1',
    });
    expect(part(bom, 'software:kubernetes')).toMatchObject({
      type: 'platform',
      purl: 'pkg:github/example/thing@v1.36.2',
    });
    expect(bom.services.map(({ name }) => name)).toEqual(['INDIGO IAM']);
  });

  it('leaves RKE2 out where the cluster exists already, and lists remotes', () => {
    const existing = changed({
      kubernetes: { cluster: { existing: true, server: 'https://k8s.example.org:6443' } },
      offload: { recas: { api: 'https://interlink.example.org:3000', cpu: 1, memory: '1Gi' } },
    });
    const other = parse(bomOf(existing, lock(), OBJECTS));
    expect(refs(other, 'software')).toEqual(['software:kubernetes', 'software:nvidia-driver']);
    expect(other.services.map(({ name }) => name)).toEqual(['INDIGO IAM', 'interLink at recas']);
  });

  it('is the same text again, whatever the order of the objects, without a time', () => {
    expect(bomOf(SITE, lock(), [...OBJECTS].reverse())).toBe(text);
    expect(bom.metadata).not.toHaveProperty('timestamp');
  });

  it('has a serial number that changes with the content only', () => {
    const serial = (objects: typeof OBJECTS): string => parse(bomOf(SITE, lock(), objects)).serialNumber;
    expect(bom.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(serial(OBJECTS)).toBe(bom.serialNumber);
    expect(serial(rendered(HUB))).not.toBe(bom.serialNumber);
  });

  it('does not mark lock entries as used', () => {
    const pins = lock();
    bomOf(SITE, pins, OBJECTS);
    expect(pins.usedNames).toEqual([]);
  });
});

describe('what the manifests run', () => {
  it('refuses every image and chart that the lock does not pin, all at once', () => {
    const strange = deployment({
      pod: { initContainers: [container({ image: 'r.example.org/team/hub:5.4' })] },
      container: { image: 'docker.io/evil:1' },
    });
    const newer = object('argoproj.io/v1alpha1', 'Application', {
      spec: {
        sources: [
          { chart: 'kueue', repoURL: 'r.example.org/kueue/charts', targetRevision: '0.20.0' },
          { path: 'values' },
        ],
      },
    });
    const cluster = object('postgresql.cnpg.io/v1', 'Cluster', {
      spec: { imageName: `r.example.org/team/hub:5.5` },
    });
    const attempt = (): unknown => inventoryOf(LOCK_DATA, rendered(strange, newer, cluster));
    expect(attempt).toThrow('found docker.io/evil:1');
    expect(attempt).toThrow('found r.example.org/team/hub:5.4;');
    expect(attempt).toThrow('found r.example.org/kueue/charts kueue 0.20.0');
    expect(attempt).toThrow('found r.example.org/team/hub:5.5;');
  });

  it('does not take a longer tag or a longer name for a mention', () => {
    const texts = [
      'r.example.org/team/lab:4.6.2',
      'mirror/r.example.org/team/lab:4.6',
      'r.example.org/team/lab:4.6-rc1',
      `r.example.org/team/lab:4.6@${DIGEST}`,
    ];
    expect(
      inventoryOf(LOCK_DATA, rendered(object('v1', 'ConfigMap', { data: { texts: texts.join('\n') } })))
        .images,
    ).toEqual([]);
    expect(
      inventoryOf(
        LOCK_DATA,
        rendered(object('v1', 'ConfigMap', { data: { a: 'pull r.example.org/team/lab:4.6.' } })),
      ).images,
    ).toEqual(['lab']);
  });

  it('finds nothing with an empty lock and no images', () => {
    expect(
      inventoryOf(lockSchema.parse({ images: {}, charts: {}, software: {} }), rendered(PROFILES)),
    ).toEqual({ images: [], charts: [], workloads: [] });
    expect(bomOf(SITE, new Lock({ images: {}, charts: {}, software: {} }), [])).toContain('"device:t4"');
  });
});
