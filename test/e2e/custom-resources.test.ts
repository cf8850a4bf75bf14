import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadSite, Lock, platformObjects, toYaml } from '../../constructs';
import { admissionPolicies } from '../../policies/admission';
import { checkoutRoot, ensurePrograms } from '../../tools/programs';
import { type ControlPlane, startApiServer } from '../../twin/controlplane';
import { type CrdFile, crdFiles, CRD_SOURCES, installCrds } from '../../twin/crds';
import { renderedSites } from './support/sites';

jest.setTimeout(30 * 60_000);

type Plain = Readonly<Record<string, unknown>>;
/** The lab with the database driver that no site of the repository uses: its kinds are checked, too. */
function labWithCloudNativePg(): ReturnType<typeof renderedSites>[number] {
  const read = (path: string): string => readFileSync(join(checkoutRoot(), path), 'utf8');
  const text = read('stacks/sites/lab.yaml').replace(
    /^database: .*$/m,
    'database: { driver: cloudnative-pg }',
  );
  const site = loadSite(text.replace(/^name: lab$/m, 'name: lab-cnpg'), 'lab-cnpg.yaml');
  const lock = Lock.parse(read('versions.lock.yaml'));
  return { site, objects: platformObjects({ site, lock }, admissionPolicies(site)) };
}

const SITES = [...renderedSites(), labWithCloudNativePg()];
const TRY = ['--dry-run=server', '--validate=strict'];
let dir: string;
let server: ControlPlane;
let kubectl: string;
let crds: readonly CrdFile[];

/** Applies all objects in one call, in the order given. */
function apply(objects: readonly Plain[], ...more: readonly string[]) {
  const args = ['--kubeconfig', server.kubeconfigFile, 'apply', '--server-side', ...more, '-f', '-'];
  const input = objects.map(toYaml).join('---\n');
  const { status, stdout, stderr } = spawnSync(kubectl, args, {
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 26,
  });
  return {
    status,
    applied: stdout.split('\n').filter((line) => line.includes('serverside-applied')).length,
    stderr,
  };
}
const groupOf = (object: Plain): string => String(object['apiVersion']).split('/')[0] ?? '';
const kindOf = (object: Plain): string => `${String(object['apiVersion'])} ${String(object['kind'])}`;
const custom = (object: Plain): boolean => crds.some(({ group }) => group === groupOf(object));

/** Objects of a site, components in the order of the waves that the site's own Applications state. */
function inWaveOrder(name: string): readonly Plain[] {
  const objects = SITES.find(({ site }) => site.name === name)?.objects ?? [];
  const waves = new Map<string, number>();
  for (const { object } of objects) {
    const { name: app = '', annotations } = object['metadata'] as {
      readonly name?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    const wave = annotations?.['argocd.argoproj.io/sync-wave'];
    if (object['kind'] === 'Application' && wave !== undefined) waves.set(app, Number(wave));
  }
  const waveOf = (component: string): number => waves.get(component) ?? 0;
  return [...objects].sort((a, b) => waveOf(a.component) - waveOf(b.component)).map(({ object }) => object);
}

/** The first object of every custom kind, over all sites. */
function specimens(): ReadonlyMap<string, Plain> {
  const all = SITES.flatMap(({ objects }) => objects.map(({ object }) => object)).filter(custom);
  return new Map([...all].reverse().map((object) => [kindOf(object), object]));
}
function specimen(kind: string): Plain {
  const found = [...specimens()].find(([name]) => name.endsWith(` ${kind}`))?.[1];
  if (!found) throw new Error(`no site has a ${kind}`);
  return found;
}
const withSpec = (object: Plain, fields: Plain): Plain => ({
  ...object,
  spec: { ...(object['spec'] as Plain), ...fields },
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'custom-resources-'));
  kubectl = (await ensurePrograms(['kubectl'])).get('kubectl') ?? 'kubectl';
  const [serviceCidr, ...others] = new Set(SITES.map(({ site }) => site.kubernetes.serviceCidr));
  expect(others).toEqual([]);
  server = await startApiServer({ dir, ...(serviceCidr === undefined ? {} : { serviceCidr }) });
  crds = await installCrds(server);
  const namespaces = SITES.flatMap(({ objects }) => objects.map(({ object }) => object)).flatMap((object) => {
    const { name, namespace } = object['metadata'] as { readonly name: string; readonly namespace?: string };
    return object['kind'] === 'Namespace' ? [name] : namespace === undefined ? [] : [namespace];
  });
  const objects = [...new Set(namespaces)].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  expect(apply(objects)).toEqual({ status: 0, applied: objects.length, stderr: '' });
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe("an API server with upstream's kinds", () => {
  it('has kinds of every pinned module', () => {
    expect([...new Set(crds.map(({ module }) => module))].sort()).toEqual(Object.keys(CRD_SOURCES).sort());
  });

  it.each<readonly [string, RegExp, string, RegExp]>([
    [
      'is not what go.sum says',
      /(\/argo-cd\S* v\S+ h1:)./,
      '$1_',
      /argo-cd.*(checksum mismatch|cannot be used)/s,
    ],
    ['cannot be had', /(\/kueue )v[\d.]+/g, '$1v0.0.999', /kueue@v0\.0\.999 cannot be used/],
  ])('would not take a module that %s', async (_, text, forged, words) => {
    const copy = mkdtempSync(join(dir, 'pins-'));
    for (const file of ['go.mod', 'go.sum']) {
      const original = readFileSync(join(checkoutRoot(), 'tools/crds', file), 'utf8');
      writeFileSync(join(copy, file), original.replace(text, forged));
    }
    await expect(crdFiles(undefined, copy)).rejects.toThrow(words);
  });

  it('uses every pinned module: a module whose kinds no site needs goes', () => {
    const used = new Set([...specimens().values()].map(groupOf));
    const idle = Object.keys(CRD_SOURCES).filter(
      (name) => !crds.some(({ module, group }) => module === name && used.has(group)),
    );
    expect(idle).toEqual([]);
  });

  it.each(SITES.map(({ site }) => [site.name]))('takes every object of %s without a warning', (name) => {
    const objects = inWaveOrder(name);
    expect(objects.filter(custom).length).toBeGreaterThan(50);
    expect(apply(objects, ...TRY)).toEqual({ status: 0, applied: objects.length, stderr: '' });
  });

  it('refuses an unknown field in every custom kind that a site uses', () => {
    const kinds = [...specimens()];
    expect(kinds.length).toBeGreaterThan(12);
    const accepted = kinds.filter(([, object]) => {
      const spoilt =
        object['spec'] === undefined ? { ...object, mistyped: 1 } : withSpec(object, { mistyped: 1 });
      const { status, stderr } = apply([spoilt], ...TRY);
      return (
        status === 0 ||
        !/mistyped: field not declared in schema|unknown field "(spec\.)?mistyped"/.test(stderr)
      );
    });
    expect(accepted.map(([kind]) => kind)).toEqual([]);
  });

  it.each<readonly [string, string, Plain, RegExp]>([
    ['a value of the wrong type', 'Application', { destination: { namespace: 7 } }, /namespace/],
    [
      'a value outside its list',
      'Certificate',
      { privateKey: { algorithm: 'DSA' } },
      /Unsupported value: "DSA"/,
    ],
    [
      'a value outside its list',
      'ClusterQueue',
      { queueingStrategy: 'Random' },
      /Unsupported value: "Random"/,
    ],
    [
      'a breach of a CEL rule',
      'ClusterQueue',
      {
        cohortName: '',
        preemption: { reclaimWithinCohort: 'Never', borrowWithinCohort: { policy: 'LowerPriority' } },
      },
      /borrowWithinCohort/,
    ],
    [
      'a listener of a taken port',
      'Gateway',
      { listeners: [1, 2].map((n) => ({ name: `n${n}`, port: 80, protocol: 'HTTP' })) },
      /Combination of port, protocol and hostname must be unique/,
    ],
    [
      'a write quorum beyond its list',
      'Cluster',
      { postgresql: { synchronous: { method: 'all', number: 1 } } },
      /Unsupported value: "all"/,
    ],
    ['a scrape without endpoints', 'ServiceMonitor', { endpoints: 'all' }, /endpoints/],
  ])('refuses %s in a %s', (_, kind, fields, words) => {
    const { status, stderr } = apply([withSpec(specimen(kind), fields)], ...TRY);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(words) as unknown });
  });
});
