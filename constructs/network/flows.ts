import { NAMESPACES } from './namespaces';

/** TCP ports of the Kubernetes API: the Service's 443 and the servers' 6443 behind it. */
const KUBERNETES_API = [443, 6443];
/** The API servers call webhooks from their hosts' addresses, which no label selects: these rules are by port alone. */
const ANYWHERE = '0.0.0.0/0';

/** A flow of an upstream controller, whose pods are not constructs of ours and therefore have no `connect`. */
export interface ControllerFlow {
  readonly namespace: string;
  /** Name of the NetworkPolicy. */
  readonly name: string;
  readonly direction: 'in' | 'out';
  /** Addresses, another namespace, or the namespace itself. */
  readonly peer: { readonly cidr: string } | { readonly namespace: string };
  /** TCP ports; absent means all. */
  readonly ports?: readonly number[];
  readonly why: string;
}

const api = (namespace: string, why: string): ControllerFlow => ({
  namespace,
  name: 'controllers-to-kubernetes-api',
  direction: 'out',
  peer: { cidr: ANYWHERE },
  ports: KUBERNETES_API,
  why,
});

const webhook = (namespace: string, port: number, why: string): ControllerFlow => ({
  namespace,
  name: 'webhook-from-kubernetes-api',
  direction: 'in',
  peer: { cidr: ANYWHERE },
  ports: [port],
  why,
});

const scraped = (namespace: string, port: number, why: string): ControllerFlow => ({
  namespace,
  name: 'metrics-from-prometheus',
  direction: 'in',
  peer: { namespace: NAMESPACES.monitoring.name },
  ports: [port],
  why,
});

const within = (namespace: string, why: string): readonly ControllerFlow[] =>
  (['in', 'out'] as const).map((direction) => ({
    namespace,
    name: `within-${direction}`,
    direction,
    peer: { namespace },
    why,
  }));

const { argocd, certManager, gpu, juicefs, kueue, monitoring } = NAMESPACES;

/** What upstream controllers must reach or be reached by; ports are the charts' defaults. */
export const CONTROLLER_FLOWS: readonly ControllerFlow[] = [
  api(argocd.name, 'Argo CD applies manifests and reads git over HTTPS'),
  ...within(argocd.name, 'the controller, the repository server and Redis of Argo CD talk to each other'),
  {
    namespace: argocd.name,
    name: 'git-over-ssh',
    direction: 'out',
    peer: { cidr: ANYWHERE },
    ports: [22],
    why: 'Argo CD may read git over SSH',
  },
  api(certManager.name, 'cert-manager watches Certificates and speaks ACME'),
  {
    namespace: certManager.name,
    name: 'acme-self-check',
    direction: 'out',
    peer: { cidr: ANYWHERE },
    ports: [80],
    why: 'cert-manager checks its HTTP-01 answer before asking the authority to',
  },
  webhook(certManager.name, 10_250, 'the API server asks the cert-manager webhook'),
  scraped(certManager.name, 9402, 'expiry dates of certificates'),
  api(kueue.name, 'Kueue admits workloads'),
  webhook(kueue.name, 9443, 'the API server asks the Kueue webhooks'),
  scraped(kueue.name, 8443, 'queues, admissions and evictions'),
  api(gpu.name, 'the GPU Operator labels nodes and fetches driver packages'),
  ...within(gpu.name, 'Node Feature Discovery workers report to their master'),
  scraped(gpu.name, 9400, 'DCGM figures of every card'),
  api(juicefs.name, 'the CSI driver makes mount pods'),
  api(monitoring.name, 'Prometheus, its operator and kube-state-metrics watch the API'),
  webhook(monitoring.name, 10_250, 'the API server asks the Prometheus operator about rules'),
  ...within(monitoring.name, 'Prometheus, Alertmanager and Grafana talk to each other'),
  {
    namespace: monitoring.name,
    name: 'prometheus-to-targets',
    direction: 'out',
    peer: { cidr: ANYWHERE },
    why: 'Prometheus scrapes pods of every namespace and node-exporter and kubelet on the hosts; each target still chooses who may come in',
  },
];
