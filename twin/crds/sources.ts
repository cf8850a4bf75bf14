/** Where upstream's definitions lie in a module, and which pin of versions.lock.yaml brings the same definitions to a site. */
export interface CrdSource {
  /** Folder inside the module. */
  readonly folder: string;
  /** Entry of versions.lock.yaml. */
  readonly pin: readonly ['charts' | 'software', string];
  /** Version of that entry for which the module's version was looked up; raise both together. */
  readonly at: string;
  /** How the module's version follows from the entry. */
  readonly why: string;
}

/** By path of the Go module pinned in `tools/crds/go.mod`. */
export const CRD_SOURCES: Readonly<Record<string, CrdSource>> = {
  'github.com/argoproj/argo-cd/v3': {
    folder: 'manifests/crds',
    pin: ['software', 'argo-cd'],
    at: 'v3.4.4',
    why: 'the same version',
  },
  'github.com/cert-manager/cert-manager': {
    folder: 'deploy/crds',
    pin: ['charts', 'cert-manager'],
    at: 'v1.21.1',
    why: 'chart and program have one version',
  },
  'github.com/cloudnative-pg/cloudnative-pg': {
    folder: 'config/crd/bases',
    pin: ['charts', 'cloudnative-pg'],
    at: '0.29.0',
    why: "appVersion in the chart's Chart.yaml",
  },
  'github.com/cloudnative-pg/plugin-barman-cloud': {
    folder: 'config/crd/bases',
    pin: ['charts', 'plugin-barman-cloud'],
    at: '0.7.0',
    why: "appVersion in the chart's Chart.yaml",
  },
  'github.com/k3s-io/helm-controller': {
    folder: 'pkg/crds/yaml/generated',
    pin: ['software', 'rke2'],
    at: 'v1.36.2+rke2r1',
    why: "go.mod of rancher/rke2 at the tag: RKE2's server installs the kinds of this module",
  },
  'github.com/prometheus-operator/prometheus-operator': {
    folder: 'example/prometheus-operator-crd',
    pin: ['charts', 'kube-prometheus-stack'],
    at: '88.5.3',
    why: "appVersion in the chart's Chart.yaml",
  },
  'sigs.k8s.io/gateway-api': {
    folder: 'config/crd/standard',
    pin: ['software', 'rke2'],
    at: 'v1.36.2+rke2r1',
    why: 'rancher/rke2 at the tag takes Traefik chart 40.1.0, the last that installs these kinds (changelog of chart 40.2.0)',
  },
  'sigs.k8s.io/kueue': {
    // Before kustomize adds the conversion webhook, whose service does not run beside a bare API server.
    folder: 'config/components/crd/bases',
    pin: ['charts', 'kueue'],
    at: '0.19.2',
    why: 'chart and program have one version',
  },
};
