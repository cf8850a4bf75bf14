/** A finding of a linter that stays, with the reason why it is right to let it stay. */
export interface KnownFinding {
  /** kube-score check id. */
  readonly check: string;
  /** What it is about, as `<Kind>:<namespace>/<name>`; `*` stands for any text. */
  readonly objects: readonly string[];
  readonly reason: string;
}

/** Everything kube-score still says about the manifests of the sites. A finding not listed here, and an entry without a finding, fail. */
export const KNOWN_FINDINGS: readonly KnownFinding[] = [
  {
    check: 'container-image-pull-policy',
    objects: ['*'],
    reason:
      'images are pinned by digest: what is there is what was asked for, and a start must not depend on the registry',
  },
  {
    check: 'container-resources',
    objects: ['*'],
    reason:
      'no CPU limit by decision: throttling costs latency and protects nobody, requests share the rest (rule resources/requests)',
  },
  {
    check: 'container-ephemeral-storage-request-and-limit',
    objects: ['*'],
    reason:
      'root file systems are read-only and every emptyDir has a limit (rules pod/read-only-root, resources/scratch-limit)',
  },
  {
    check: 'container-security-context-user-group-id',
    objects: ['*'],
    reason:
      'users are those of the Debian packages and of the files on NFS (1000 for sessions); pods of one id meet on no node volume',
  },
  {
    check: 'pod-probes-identical',
    objects: ['*'],
    reason:
      'liveness asks the same question but allows more failures (rule availability/probes-differ compares the whole probe)',
  },
  {
    check: 'deployment-replicas',
    objects: [
      ...['hub/hub', 'hub/proxy', 'offload/offload-*'].map((name) => `Deployment:${name}`),
      ...['grafana', 'postgres-exporter'].map((name) => `Deployment:monitoring/${name}`),
    ],
    reason:
      'hub, proxy and virtual kubelets know no second instance: two would act against each other; nobody waits for Grafana (its state is in PostgreSQL) or an exporter',
  },
  {
    check: 'deployment-strategy',
    objects: ['Deployment:hub/hub', 'Deployment:hub/proxy', 'Deployment:offload/offload-*'],
    reason: 'as above: the old instance must have gone before the new one starts',
  },
  {
    check: 'networkpolicy-targets-pod',
    objects: [
      ...['argocd', 'cert-manager', 'gateway', 'gpu-operator', 'juicefs', 'kueue-system'].map(
        (namespace) => `NetworkPolicy:${namespace}/*`,
      ),
      ...['batch', 'offload', 'hub'].map((namespace) => `NetworkPolicy:${namespace}/*`),
    ],
    reason:
      'the pods come from an upstream chart, from vkd or from the hub, so that they stand in no manifest of ours',
  },
  {
    check: 'service-targets-pod',
    objects: ['Service:database/postgres-rw'],
    reason: 'its pod is the present primary: the label is set by the promotion, not by the manifest',
  },
];

/** Whether a name fits a pattern in which `*` stands for any text. */
export function fits(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(name);
}
