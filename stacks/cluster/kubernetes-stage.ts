import { setTimeout as sleep } from 'node:timers/promises';

import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

import {
  NAMESPACES,
  UserError,
  type LockedChart,
  type NamespaceSpec,
  type SecretSpec,
  type Site,
} from '../../constructs';
import { ApiServer } from './api-server';
import {
  ARGOCD_API,
  ARGOCD_KINDS,
  argocdChart,
  rootApplication,
  rootProject,
  type PlainObject,
} from './argocd';
import { fault } from './fault';
import { parseKubeconfig } from './kubeconfig';
import { secretId, secretValues, type SecretData } from './secrets';
import { kubeconfigAdvice, stageSettings, type StageSettings } from './settings';

const { CustomResource } = kubernetes.apiextensions;

/** What the Kubernetes stage is made from. */
export interface KubernetesStageProps {
  readonly site: Site;
  readonly catalogue: readonly SecretSpec[];
  /** Chart that installs Argo CD. */
  readonly argocd: LockedChart;
  readonly settings: StageSettings;
}

/** Longest wait for Argo CD's chart to install its kinds; pulling its image over a slow line takes minutes. */
const KINDS_MS = 15 * 60_000;
const TOLD_EVERY_MS = 30_000;

/**
 * What a cluster needs before Argo CD can take over: namespaces with their Pod Security level, the Secrets whose names the
 * manifests refer to, Argo CD itself and the root Application. Plain kinds only; all else is in charts-out.
 */
export class KubernetesStage extends pulumi.ComponentResource {
  constructor(name: string, props: KubernetesStageProps, opts?: pulumi.ComponentResourceOptions) {
    super('ai-infn:cluster:KubernetesStage', name, {}, opts);
    const { settings } = props;
    const provider = new kubernetes.Provider(
      `${name}-api`,
      { kubeconfig: settings.kubeconfig, enableServerSideApply: true },
      { parent: this },
    );
    const within = { parent: this, provider };
    const namespaces = makeNamespaces(settings, within);
    const secrets = makeSecrets(props, namespaces, within);
    makeArgocd(props, [...namespaces.values(), ...secrets], within);
    this.registerOutputs({});
  }
}

/** What the cluster stage needs beside the site. */
export interface ClusterStageProps {
  readonly catalogue: readonly SecretSpec[];
  readonly argocd: LockedChart;
  /** Address of the first control machine as operators reach it. */
  readonly controlAddress: pulumi.Input<string>;
}

/**
 * The Kubernetes stage of a stack, or, while the stack has no kubeconfig, an output that says so and what to do.
 * @throws UserError when settings are missing, all of them at once
 */
export function clusterStage(
  config: pulumi.Config,
  site: Site,
  props: ClusterStageProps,
): pulumi.Output<string> {
  const settings = stageSettings(config, site, props.catalogue);
  if (!settings)
    return pulumi
      .output(props.controlAddress)
      .apply(
        (address) =>
          `left out: the stack has no kubeconfig. Run: ${kubeconfigAdvice(site, address)} and then pulumi up again`,
      );
  const stage = new KubernetesStage('kubernetes', { site, settings, ...props });
  return stage.urn.apply(
    () =>
      `namespaces, ${settings.secrets ? props.catalogue.length : 0} Secrets and Argo CD's root Application`,
  );
}

/** Parent and provider of everything in the stage. */
interface Within {
  readonly parent: pulumi.Resource;
  readonly provider: pulumi.ProviderResource;
}

type Namespaces = ReadonlyMap<string, kubernetes.core.v1.Namespace>;

function makeNamespaces(settings: StageSettings, within: Within): Namespaces {
  const specs: readonly NamespaceSpec[] = Object.values(NAMESPACES);
  // Deleting a namespace deletes the claims of every volume in it, so destroying the stack leaves it unless told otherwise.
  const opts = { ...within, retainOnDelete: !settings.destroyNamespaces };
  return new Map(
    specs.map((spec) => [spec.name, new kubernetes.core.v1.Namespace(spec.name, namespaceArgs(spec), opts)]),
  );
}

/** The labels that matter before Argo CD runs; it adds its own, which do not count as a difference. */
function namespaceArgs({ name, enforce }: NamespaceSpec): kubernetes.core.v1.NamespaceArgs {
  const labels = { 'app.kubernetes.io/part-of': 'ai-infn', 'pod-security.kubernetes.io/enforce': enforce };
  return { metadata: { name, labels } };
}

function makeSecrets(
  props: KubernetesStageProps,
  namespaces: Namespaces,
  within: Within,
): kubernetes.core.v1.Secret[] {
  const { site, settings } = props;
  const catalogue = settings.secrets ? props.catalogue : [];
  const values = pulumi.secret(
    pulumi
      .output(settings.secrets)
      .apply((inputs) => inputs && plainly(() => secretValues(catalogue, inputs, site.name))),
  );
  return catalogue.map((spec) => {
    const namespace = namespaces.get(spec.namespace);
    if (!namespace)
      throw new Error(`Secret ${secretId(spec)} is in a namespace that the platform does not have`);
    const data = values.apply((all) => base64(all?.[secretId(spec)] ?? {}));
    return new kubernetes.core.v1.Secret(secretId(spec), secretArgs(spec, data), {
      ...within,
      dependsOn: [namespace],
    });
  });
}

function secretArgs(spec: SecretSpec, data: pulumi.Output<SecretData>): kubernetes.core.v1.SecretArgs {
  return {
    metadata: {
      name: spec.name,
      namespace: spec.namespace,
      labels: { 'app.kubernetes.io/part-of': 'ai-infn', 'app.kubernetes.io/managed-by': 'pulumi' },
      annotations: { 'ai-infn.it/purpose': spec.purpose },
    },
    type: spec.type ?? 'Opaque',
    data,
  };
}

/** `data` and not `stringData`: the API server gives it back, so a change made behind our back is seen. */
const base64 = (data: SecretData): SecretData =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );

/** Turns the user's mistakes into messages without a stack trace. */
function plainly<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof UserError ? fault(error) : error;
  }
}

function makeArgocd(props: KubernetesStageProps, before: pulumi.Resource[], within: Within): void {
  const { site, settings } = props;
  const chart =
    settings.argocd === 'helm-chart'
      ? [new CustomResource('argo-cd', { ...argocdChart(props.argocd) }, { ...within, dependsOn: before })]
      : [];
  const installed = pulumi
    .all([settings.kubeconfig, pulumi.all(chart.map((resource) => resource.id))])
    .apply(([kubeconfig]) => kindsServed(kubeconfig));
  // The names depend on the wait, so the objects are made only after Argo CD's kinds are there. They hold no secret.
  const after = ({ metadata, ...object }: PlainObject): Custom => {
    const name = pulumi.unsecret(installed.apply(() => metadata.name));
    return { ...object, metadata: { ...metadata, name } };
  };
  const dependsOn = [...before, ...chart];
  const project = new CustomResource('root-project', after(rootProject(site)), { ...within, dependsOn });
  new CustomResource('root-application', after(rootApplication(site)), { ...within, dependsOn: [project] });
}

type Custom = kubernetes.apiextensions.CustomResourceArgs;

/** Waits until Argo CD's chart has installed its kinds; in a preview nothing is waited for. */
async function kindsServed(kubeconfig: string): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  const api = new ApiServer(plainAccess(kubeconfig));
  try {
    const start = Date.now();
    let told = start;
    while (!(await allServed(api))) {
      const now = Date.now();
      if (now - start > KINDS_MS) throw fault(LATE);
      if (now - told >= TOLD_EVERY_MS) {
        told = now;
        await pulumi.log.info(`waiting for Argo CD to be installed (${Math.round((now - start) / 1000)} s)`);
      }
      await sleep(2000);
    }
  } finally {
    api.close();
  }
}

const LATE =
  `Argo CD has not installed its kinds (${ARGOCD_KINDS.join(', ')}) within ${KINDS_MS / 60_000} minutes. ` +
  'Its installation says why: kubectl -n kube-system logs job/helm-install-argo-cd. Run pulumi up again afterwards.';

const plainAccess = (kubeconfig: string): ReturnType<typeof parseKubeconfig> => {
  try {
    return parseKubeconfig(kubeconfig);
  } catch (error) {
    throw fault(error);
  }
};

async function allServed(api: ApiServer): Promise<boolean> {
  const served = await Promise.all(ARGOCD_KINDS.map((kind) => api.serves(ARGOCD_API, kind)));
  return served.every(Boolean);
}
