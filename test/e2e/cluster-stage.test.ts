import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { NAMESPACES, type SecretSpec } from '../../constructs';
import { secretValues } from '../../stacks/cluster/secrets';
import { checkoutRoot, ensurePrograms } from '../../tools/programs';
import { startApiServer, type ControlPlane } from '../../twin/controlplane';
import { argocdCrds } from '../../twin/controlplane/crds';
import { exampleSite } from '../stacks/cluster/fixtures';
import { run, TrialStack } from './support/stack';

jest.setTimeout(600_000);

const SEED = 'seed-of-the-cluster-stage-test-0123456789abcdef';
const CLIENT_SECRET = 'client-secret-given-by-the-operator';
const spec = (name: string, keys: SecretSpec['keys'], type?: string): SecretSpec => ({
  namespace: NAMESPACES.hub.name,
  name,
  purpose: `test of ${name}`,
  keys,
  consumers: [],
  rotation: { days: 90, how: 'raise the generation' },
  ...(type ? { type } : {}),
});
const of = (name: string, key: string) => ({ namespace: NAMESPACES.hub.name, name, key });
const CATALOGUE: readonly SecretSpec[] = [
  spec('database', { password: { kind: 'random', bytes: 32, encoding: 'base64url' } }),
  spec('iam', {
    secret: { kind: 'static', setting: 'iamClientSecret' },
    id: { kind: 'static', setting: 'iamClientId' },
  }),
  spec('hub', {
    cookie: { kind: 'random', bytes: 32, encoding: 'hex' },
    password: { kind: 'copy', of: of('database', 'password') },
    url: { kind: 'template', text: 'postgres://hub:${p}@db/hub', refs: { p: of('database', 'password') } },
  }),
  spec(
    'login',
    {
      username: { kind: 'static', setting: 'iamClientId' },
      password: { kind: 'random', bytes: 16, encoding: 'hex' },
    },
    'kubernetes.io/basic-auth',
  ),
];
const SITE = exampleSite();

/** The stage as a program of its own, so that no OpenStack is needed. `broken` adds an object that no server accepts. */
const PROGRAM = `
const pulumi = require('@pulumi/pulumi');
const kubernetes = require('@pulumi/kubernetes');
const { clusterStage } = require('${checkoutRoot()}/dist/stacks/cluster/kubernetes-stage');
const { fault } = require('${checkoutRoot()}/dist/stacks/cluster/fault');
const { UserError } = require('${checkoutRoot()}/dist/constructs/core/errors');
const { site, catalogue, argocd } = require('./input.json');
module.exports = async () => {
  const config = new pulumi.Config();
  if (config.getBoolean('broken')) {
    const provider = new kubernetes.Provider('broken', { kubeconfig: config.requireSecret('kubeconfig') });
    new kubernetes.core.v1.ConfigMap('broken', { metadata: { name: 'Not A Name', namespace: 'default' } }, { provider });
  }
  try {
    return { kubernetes: clusterStage(config, site, { catalogue, argocd, controlAddress: '192.0.2.1' }) };
  } catch (error) {
    throw error instanceof UserError ? fault(error) : error;
  }
};
`;

/** RKE2's Helm controller is not here: its kind is declared by us, with a schema open below spec, and nothing acts on it. */
const HELM_CHART_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'helmcharts.helm.cattle.io' },
  spec: {
    group: 'helm.cattle.io',
    scope: 'Namespaced',
    names: { plural: 'helmcharts', singular: 'helmchart', kind: 'HelmChart' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};

describe('the Kubernetes stage on a real API server, driven by the real engine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aiinfn-cluster-'));
  let cluster: ControlPlane | undefined;
  let stack: TrialStack;
  let kubectlPath = '';

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const ended = await run(kubectlPath, ['--kubeconfig', join(dir, 'cluster/kubeconfig'), ...args]);
    if (ended.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ended.text}`);
    return ended.text;
  };
  const json = async <T>(...args: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl(...args, '-o', 'json')) as T;
  const dataOf = async (name: string): Promise<Record<string, string>> => {
    const secret = await json<{ data: Record<string, string> }>('get', 'secret', '-n', 'hub', name);
    return Object.fromEntries(
      Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  };
  const expected = (generations: Record<string, number> = {}) =>
    secretValues(
      CATALOGUE,
      { seed: SEED, generations, settings: { iamClientId: 'client-1', iamClientSecret: CLIENT_SECRET } },
      SITE.name,
    );
  const namesOf = async (kind: string, ...args: readonly string[]): Promise<readonly string[]> =>
    (await kubectl('get', kind, ...args, '-o', 'name')).split('\n').filter(Boolean);

  beforeAll(async () => {
    kubectlPath = (await ensurePrograms(['kubectl'])).get('kubectl') ?? '';
    mkdirSync(join(dir, 'cluster'));
    mkdirSync(join(dir, 'stack'));
    cluster = await startApiServer({ dir: join(dir, 'cluster'), controllers: true });
    const argocd = { repo: 'https://charts.example.org', chart: 'argo-cd', version: '9.2.0' };
    writeFileSync(
      join(dir, 'stack/input.json'),
      JSON.stringify({ site: SITE, catalogue: CATALOGUE, argocd }),
    );
    stack = await TrialStack.make(join(dir, 'stack'), SITE.name, PROGRAM);
    writeFileSync(join(dir, 'helm-chart.json'), JSON.stringify(HELM_CHART_CRD));
    await kubectl('apply', '-f', join(dir, 'helm-chart.json'));
  });

  afterAll(async () => {
    await cluster?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is left out, and says so with the command that brings it, while there is no kubeconfig', async () => {
    await stack.succeed(['up', '--yes', '--skip-preview']);
    const output = await stack.succeed(['stack', 'output', 'kubernetes']);
    expect(output).toContain('left out: the stack has no kubeconfig');
    expect(output).toContain('ssh debian@192.0.2.1 sudo cat /etc/rancher/rke2/rke2.yaml');
    expect(await namesOf('namespace')).not.toContain('namespace/hub');
  });

  it('names all missing settings at once and touches nothing', async () => {
    await stack.setSecret('kubeconfig', cluster?.kubeconfig ?? '');
    const ended = await stack.pulumi(['up', '--yes', '--skip-preview']);
    expect(ended.code).not.toBe(0);
    for (const key of ['secretSeed', 'iamClientId', 'iamClientSecret'])
      expect(ended.text).toContain(`pulumi config set --secret ${key}`);
    expect(ended.text).not.toMatch(/^\s+at .*\.js:\d+/m);
    expect(await namesOf('namespace')).not.toContain('namespace/hub');
  });

  it('makes namespaces, Secrets and Argo CD, and waits for the kinds of Argo CD before the root Application', async () => {
    await stack.setSecret('secretSeed', SEED);
    await stack.setSecret('iamClientSecret', CLIENT_SECRET);
    await stack.setSecret('iamClientId', 'client-1');
    const engine = { running: true };
    const up = stack.pulumi(['up', '--yes', '--skip-preview']).finally(() => (engine.running = false));
    const charts = (): Promise<readonly string[]> => namesOf('helmcharts', '-n', 'kube-system');
    while (engine.running && !(await charts()).includes('helmchart.helm.cattle.io/argo-cd')) await sleep(250);
    await sleep(3000);
    expect(engine.running).toBe(true); // It waits for the kinds, which our test now brings instead of the Helm controller.
    for (const file of argocdCrds()) await kubectl('apply', '--server-side', '-f', file);
    const ended = await up;
    if (ended.code !== 0) throw new Error(ended.text);
    for (const { name, enforce } of Object.values(NAMESPACES)) {
      const { metadata } = await json<{ metadata: { labels: Record<string, string> } }>(
        'get',
        'namespace',
        name,
      );
      expect(metadata.labels['pod-security.kubernetes.io/enforce']).toBe(enforce);
    }
    for (const [id, data] of Object.entries(expected()))
      expect(await dataOf(id.split('/')[1] ?? '')).toEqual(data);
    expect(await kubectl('get', 'secret', '-n', 'hub', 'login', '-o', 'jsonpath={.type}')).toBe(
      'kubernetes.io/basic-auth',
    );
    expect(await json('get', 'application', '-n', 'argocd', 'root')).toMatchObject({
      spec: { project: 'root', source: { targetRevision: '2026.11.0', path: 'charts-out/example/delivery' } },
    });
    expect(await json('get', 'appproject', '-n', 'argocd', 'root')).toMatchObject({
      spec: { sourceRepos: [SITE.delivery.repo] },
    });
  });

  it('keeps every secret value out of the state file, plain and in base64', () => {
    const state = stack.state();
    const values = Object.values(expected()).flatMap((data) => Object.values(data));
    const credentials = JSON.parse(cluster?.kubeconfig ?? '') as {
      users: { user: Record<string, string> }[];
    };
    const hidden = [
      ...values.filter((value) => value !== 'client-1'),
      SEED,
      ...Object.values(credentials.users[0]?.user ?? {}),
    ];
    expect(hidden.length).toBeGreaterThan(8);
    for (const value of hidden) {
      expect(state.includes(value)).toBe(false);
      expect(state.includes(Buffer.from(value).toString('base64'))).toBe(false);
    }
    expect(state).toContain('charts-out/example/delivery');
  });

  it('changes nothing when run again', async () => {
    const text = await stack.succeed(['up', '--yes', '--skip-preview', '--refresh', '--expect-no-changes']);
    expect(text).toMatch(/\d+ unchanged/);
  });

  it('sees and mends what was deleted or changed behind its back', async () => {
    const { metadata } = await json<{ metadata: { uid: string } }>('get', 'secret', '-n', 'hub', 'hub');
    await kubectl('delete', 'secret', '-n', 'hub', 'hub');
    await kubectl(
      'patch',
      'secret',
      '-n',
      'hub',
      'database',
      '--type=merge',
      '-p',
      '{"data":{"password":"Zm9yZ2Vk"}}',
    );
    await kubectl(
      'label',
      'namespace',
      'batch',
      '--overwrite',
      'pod-security.kubernetes.io/enforce=privileged',
    );
    const text = await stack.succeed(['up', '--yes', '--skip-preview', '--refresh']);
    expect(text).toMatch(/\+ 1 created/);
    expect(text).toMatch(/~ 2 updated/);
    expect(await dataOf('hub')).toEqual(expected()['hub/hub']);
    expect(await dataOf('database')).toEqual(expected()['hub/database']);
    const made = await json<{ metadata: { uid: string } }>('get', 'secret', '-n', 'hub', 'hub');
    expect(made.metadata.uid).not.toBe(metadata.uid);
    expect(await kubectl('get', 'namespace', 'batch', '-o', 'jsonpath={.metadata.labels}')).toContain(
      '"pod-security.kubernetes.io/enforce":"restricted"',
    );
  });

  it('leaves alone what others add', async () => {
    await kubectl('label', 'namespace', 'hub', 'team=science');
    await stack.succeed(['up', '--yes', '--skip-preview', '--refresh', '--expect-no-changes']);
    expect(await kubectl('get', 'namespace', 'hub', '-o', 'jsonpath={.metadata.labels.team}')).toBe(
      'science',
    );
  });

  it('rotates one value, and what copies it, when its generation is raised', async () => {
    const before = await dataOf('hub');
    await stack.succeed(['config', 'set', '--path', 'secretGenerations["hub/database/password"]', '2']);
    const text = await stack.succeed(['up', '--yes', '--skip-preview']);
    expect(text).toMatch(/~ 2 updated/);
    const after = await dataOf('hub');
    expect(after).toEqual(expected({ 'hub/database/password': 2 })['hub/hub']);
    expect([after['cookie'] === before['cookie'], after['password'] === before['password']]).toEqual([
      true,
      false,
    ]);
  });

  it('replaces a Secret whose type changes', async () => {
    const input = JSON.stringify({
      site: SITE,
      catalogue: CATALOGUE.map((s) => (s.name === 'login' ? { ...s, type: 'Opaque' } : s)),
      argocd: { repo: 'https://charts.example.org', chart: 'argo-cd', version: '9.2.0' },
    });
    writeFileSync(join(dir, 'stack/input.json'), input);
    expect(await stack.succeed(['up', '--yes', '--skip-preview'])).toMatch(/\+-1 replaced/);
    expect(await kubectl('get', 'secret', '-n', 'hub', 'login', '-o', 'jsonpath={.type}')).toBe('Opaque');
  });

  it('passes the API server’s own words on, without a stack trace', async () => {
    await stack.succeed(['config', 'set', 'broken', 'true']);
    const ended = await stack.pulumi(['up', '--yes', '--skip-preview']);
    expect(ended.code).not.toBe(0);
    expect(ended.text).toContain('the Kubernetes API server answered');
    expect(ended.text).toContain('a lowercase RFC 1123 subdomain must consist of');
    expect(ended.text).not.toMatch(/^\s+at .*\.js:\d+/m);
    await stack.succeed(['config', 'rm', 'broken']);
    await stack.succeed(['up', '--yes', '--skip-preview']);
  });

  it('says which server cannot be reached, keeps its state, and goes on when it is back', async () => {
    await cluster?.stop();
    const ended = await stack.pulumi(['up', '--yes', '--skip-preview', '--refresh']);
    expect(ended.code).not.toBe(0);
    expect(ended.text).toMatch(
      /the Kubernetes API server https:\/\/127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED/,
    );
    cluster = await startApiServer({ dir: join(dir, 'cluster'), controllers: true });
    await stack.succeed(['up', '--yes', '--skip-preview', '--refresh', '--expect-no-changes']);
    expect(await dataOf('hub')).toEqual(expected({ 'hub/database/password': 2 })['hub/hub']);
  });

  it('takes a new kubeconfig, for example after the certificate in it was renewed, and changes nothing else', async () => {
    await stack.setSecret('kubeconfig', cluster?.kubeconfig ?? '');
    expect(await stack.succeed(['up', '--yes', '--skip-preview'])).toMatch(/~ 1 updated/);
  });

  it('destroys Secrets and the root Application, but no namespace, whose volumes would go with it', async () => {
    await stack.succeed(['destroy', '--yes', '--skip-preview']);
    expect(await namesOf('secret', '-n', 'hub')).toEqual([]);
    expect(await namesOf('applications', '-n', 'argocd')).toEqual([]);
    expect(await namesOf('helmcharts', '-n', 'kube-system')).toEqual([]);
    expect(await namesOf('namespace')).toContain('namespace/hub');
  });

  it('finds the namespaces again, and destroys them too when told so', async () => {
    await stack.succeed(['config', 'set', 'destroyNamespaces', 'true']);
    await stack.succeed(['up', '--yes', '--skip-preview']);
    expect(await dataOf('database')).toEqual(expected({ 'hub/database/password': 2 })['hub/database']);
    await stack.succeed(['destroy', '--yes', '--skip-preview']);
    const left = await namesOf('namespace');
    for (const { name } of Object.values(NAMESPACES)) expect(left).not.toContain(`namespace/${name}`);
    expect(left).toContain('namespace/default');
  });
});
