import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';

import { HEALTH_SCRIPTS, NAMESPACES, UserError, type SecretSpec, type Site } from '../../../constructs';
import { clusterStage } from '../../../stacks/cluster/kubernetes-stage';
import { exampleSite } from './fixtures';

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** Kinds are asked of a real server elsewhere; here a preview is imitated, which waits for nothing. */
const made: Made[] = [];
const SETTINGS = {
  'ai-infn:kubeconfig': 'not-read-in-a-preview',
  'ai-infn:secretSeed': 's'.repeat(43),
  'ai-infn:iamClientId': 'id-1',
};
const CATALOGUE: readonly SecretSpec[] = [
  {
    namespace: 'hub',
    name: 'iam',
    purpose: 'login',
    keys: {
      id: { kind: 'static', setting: 'iamClientId' },
      cookie: { kind: 'random', bytes: 8, encoding: 'hex' },
    },
    consumers: ['hub/hub'],
    rotation: { days: 90, how: 'raise the generation' },
  },
];
const CHART = {
  repo: 'https://charts.example.org',
  chart: 'argo-cd',
  version: '1.2.3',
  licence: 'x',
  source: 'x',
};

describe('the Kubernetes stage', () => {
  beforeEach(async () => {
    made.length = 0;
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          made.push(args);
          return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
        },
        call: (args) => args.inputs as Record<string, unknown>,
      },
      'ai-infn',
      'example',
      true,
    );
  });

  const stage = (
    site: Site,
    settings: Record<string, string>,
    catalogue = CATALOGUE,
  ): pulumi.Output<string> => {
    pulumi.runtime.setAllConfig(settings);
    const props = { catalogue, argocd: CHART, controlAddress: '192.0.2.1' };
    return clusterStage(new pulumi.Config('ai-infn'), site, props);
  };
  /** Runs the stage as a program and waits until everything it makes is registered. */
  async function run(site: Site, settings: Record<string, string>): Promise<string> {
    const output = stage(site, settings);
    const text = await new Promise<string>((resolve) => output.apply(resolve));
    await pulumi.runtime.disconnect();
    return text;
  }
  const ofType = (type: string): readonly Made[] => made.filter((resource) => resource.type === type);
  const inputOf = (type: string): Record<string, unknown> => {
    const [only, ...more] = ofType(type);
    if (!only || more.length) throw new Error(`${more.length + (only ? 1 : 0)} resources of type ${type}`);
    return only.inputs;
  };

  it('makes every namespace with the Pod Security level that it enforces', async () => {
    await run(exampleSite(), SETTINGS);
    const levels = ofType('kubernetes:core/v1:Namespace').map(({ inputs }) => {
      const { name, labels } = inputs['metadata'] as { name: string; labels: Record<string, string> };
      return [name, labels['pod-security.kubernetes.io/enforce']];
    });
    expect(Object.fromEntries(levels)).toEqual(
      Object.fromEntries(Object.values(NAMESPACES).map(({ name, enforce }) => [name, enforce])),
    );
  });

  it('makes the Secrets of the catalogue from settings and seed', async () => {
    await run(exampleSite(), SETTINGS);
    const secret = JSON.stringify(inputOf('kubernetes:core/v1:Secret'));
    expect(secret).toContain(Buffer.from('id-1').toString('base64'));
    expect(secret).toContain('"namespace":"hub"');
    expect(secret).toContain('"type":"Opaque"');
  });

  it('makes no Secret where External Secrets delivers them, and then needs no seed', async () => {
    const text = await run(exampleSite({ secrets: 'external-secrets' }), { 'ai-infn:kubeconfig': 'x' });
    expect(ofType('kubernetes:core/v1:Secret')).toEqual([]);
    expect(text).toBe("namespaces, 0 Secrets and Argo CD's root Application");
  });

  it('installs Argo CD at the pinned version, with the health scripts and tracking by annotation', async () => {
    await run(exampleSite(), SETTINGS);
    const { metadata, spec } = inputOf('kubernetes:helm.cattle.io/v1:HelmChart') as {
      metadata: object;
      spec: Record<string, string>;
    };
    expect(metadata).toEqual({ name: 'argo-cd', namespace: 'kube-system' });
    expect(spec).toMatchObject({
      repo: CHART.repo,
      chart: 'argo-cd',
      version: '1.2.3',
      targetNamespace: 'argocd',
    });
    expect(parse(spec['valuesContent'] ?? '')).toMatchObject({
      configs: {
        cm: {
          'application.resourceTrackingMethod': 'annotation',
          'resource.customizations.health.argoproj.io_Application': HEALTH_SCRIPTS['argoproj.io/Application'],
          'resource.customizations.health.kueue.x-k8s.io_ClusterQueue':
            HEALTH_SCRIPTS['kueue.x-k8s.io/ClusterQueue'],
        },
      },
    });
  });

  it('leaves Argo CD to the operator of an existing cluster, unless told otherwise', async () => {
    const site = exampleSite({
      kubernetes: { cluster: { existing: true, server: 'https://k8s.example.org' } },
    });
    await run(site, SETTINGS);
    expect(ofType('kubernetes:helm.cattle.io/v1:HelmChart')).toEqual([]);
    expect(ofType('kubernetes:argoproj.io/v1alpha1:Application')).toHaveLength(1);
  });

  it('installs Argo CD on an existing cluster that has a Helm controller, when told so', async () => {
    const site = exampleSite({
      kubernetes: { cluster: { existing: true, server: 'https://k8s.example.org' } },
    });
    await run(site, { ...SETTINGS, 'ai-infn:argocd': 'helm-chart' });
    expect(ofType('kubernetes:helm.cattle.io/v1:HelmChart')).toHaveLength(1);
  });

  it('points the root Application to the pinned revision of this site, in a project that may do nothing else', async () => {
    await run(exampleSite(), SETTINGS);
    expect(inputOf('kubernetes:argoproj.io/v1alpha1:Application')).toMatchObject({
      spec: {
        project: 'root',
        source: {
          repoURL: 'https://git.example.org/platform.git',
          targetRevision: '2026.11.0',
          path: 'charts-out/example/delivery',
        },
      },
    });
    expect(inputOf('kubernetes:argoproj.io/v1alpha1:AppProject')).toMatchObject({
      spec: { clusterResourceWhitelist: [], sourceRepos: ['https://git.example.org/platform.git'] },
    });
  });

  it('makes nothing without a kubeconfig and tells what to do', async () => {
    expect(await run(exampleSite(), {})).toContain(
      'left out: the stack has no kubeconfig. Run: ssh debian@192.0.2.1',
    );
    expect(made.filter(({ type }) => type.startsWith('kubernetes:'))).toEqual([]);
  });

  it('names every missing setting at once, before anything is made', () => {
    expect.assertions(3);
    try {
      stage(exampleSite(), { 'ai-infn:kubeconfig': 'x' });
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).findings.map((finding) => finding.path)).toEqual([
        'secretSeed',
        'iamClientId',
      ]);
    }
    expect(made).toEqual([]);
  });

  it('refuses a Secret in a namespace that the platform does not have', () => {
    const elsewhere = CATALOGUE.map((spec) => ({ ...spec, namespace: 'nowhere' }));
    expect(() => stage(exampleSite(), SETTINGS, elsewhere)).toThrow(
      'Secret nowhere/iam is in a namespace that',
    );
  });
});
