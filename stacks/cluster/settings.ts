import * as pulumi from '@pulumi/pulumi';

import { UserError, type Finding, type SecretSpec, type Site } from '../../constructs';
import { missingSettings, requiredSettings, type SecretInputs } from './secrets';

/** How Argo CD comes into the cluster: by RKE2's Helm controller, or the operator has installed it. */
export type ArgocdInstall = 'helm-chart' | 'existing';

/** Settings of the Kubernetes stage, as the stack's configuration gives them. */
export interface StageSettings {
  readonly kubeconfig: pulumi.Output<string>;
  /** Absent where External Secrets delivers the values. */
  readonly secrets?: pulumi.Output<SecretInputs>;
  readonly argocd: ArgocdInstall;
  /** Destroying the stack deletes the namespaces and every volume claim in them. */
  readonly destroyNamespaces: boolean;
}

/**
 * Reads the settings of the Kubernetes stage, all as secrets but the switches.
 * @returns nothing while there is no kubeconfig: then the stage is left out
 * @throws UserError naming every missing setting at once, with the command that sets it
 */
export function stageSettings(
  config: pulumi.Config,
  site: Site,
  catalogue: readonly SecretSpec[],
): StageSettings | undefined {
  const kubeconfig = config.getSecret('kubeconfig');
  if (!kubeconfig) return undefined;
  const secrets = site.secrets === 'pulumi' ? secretInputs(config, site, catalogue) : undefined;
  return {
    kubeconfig,
    ...(secrets ? { secrets } : {}),
    argocd: argocdInstall(config, site),
    destroyNamespaces: config.getBoolean('destroyNamespaces') ?? false,
  };
}

function argocdInstall(config: pulumi.Config, site: Site): ArgocdInstall {
  const chosen = config.get<ArgocdInstall>('argocd', { allowedValues: ['helm-chart', 'existing'] });
  return chosen ?? (site.kubernetes.cluster ? 'existing' : 'helm-chart');
}

function secretInputs(
  config: pulumi.Config,
  site: Site,
  catalogue: readonly SecretSpec[],
): pulumi.Output<SecretInputs> {
  const names = [...requiredSettings(catalogue).keys()];
  const settings = names.flatMap((name) => {
    const value = config.getSecret(name);
    return value ? [[name, value] as const] : [];
  });
  const seed = config.getSecret('secretSeed');
  const findings = [
    ...(seed ? [] : [missingSeed(site.name)]),
    ...missingSettings(
      catalogue,
      settings.map(([name]) => name),
      site.name,
    ),
  ];
  if (!seed || findings.length) throw new UserError(`Settings of ${site.name} are missing:`, findings);
  const generations = config.getObject<Record<string, number>>('secretGenerations') ?? {};
  return pulumi
    .all([seed, pulumi.all(Object.fromEntries(settings))])
    .apply(([plainSeed, values]) => ({ seed: plainSeed, settings: values, generations }));
}

const missingSeed = (stack: string): Finding => ({
  rule: 'secrets/seed-present',
  file: `Pulumi.${stack}.yaml`,
  path: 'secretSeed',
  found: 'nothing',
  allowed: 'a secret setting from which all generated Secrets follow',
  fix: `openssl rand -base64 48 | pulumi config set --secret secretSeed --stack ${stack}`,
});

/** The account that cloud images of a distribution make at first boot; images of another one say theirs in their documentation. */
function loginUser(image: string): string {
  const [, distribution = 'debian'] = /^(ubuntu|debian|rocky|almalinux|fedora)/i.exec(image) ?? [];
  return distribution.toLowerCase();
}

/** What the operator does to let the stage run, for the output of a stack whose stage was left out. */
export function kubeconfigAdvice(site: Site, address: string): string {
  const set = `pulumi config set --secret kubeconfig --stack ${site.name}`;
  if (site.kubernetes.cluster) return `kubectl config view --raw --flatten --minify | ${set}`;
  const fetch = `ssh ${loginUser(site.cloud.image)}@${address} sudo cat /etc/rancher/rke2/rke2.yaml`;
  return `${fetch} | sed 's/127.0.0.1/${address}/' | ${set}`;
}
