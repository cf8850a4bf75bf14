/** Kinds by API group, as ValidatingAdmissionPolicy wants them: group, versions, plural resource. */
export interface KindMatch {
  /** Kind as manifests write it. */
  readonly kind: string;
  /** API group; `''` is the core group. */
  readonly group: string;
  /** Plural name in the API. */
  readonly resource: string;
}

const core = (kind: string, resource: string): KindMatch => ({ kind, group: '', resource });
const apps = (kind: string, resource: string): KindMatch => ({ kind, group: 'apps', resource });
const of = (group: string, kind: string, resource: string): KindMatch => ({ kind, group, resource });

const POD = core('Pod', 'pods');
/** Batch Jobs. */
export const JOB = of('batch', 'Job', 'jobs');
/** Scheduled Jobs. */
export const CRON_JOB = of('batch', 'CronJob', 'cronjobs');
/** Deployments. */
export const DEPLOYMENT = apps('Deployment', 'deployments');
/** StatefulSets. */
export const STATEFUL_SET = apps('StatefulSet', 'statefulsets');
const DAEMON_SET = apps('DaemonSet', 'daemonsets');

/** Everything that holds a pod specification; render sees the controllers, admission sees their pods too. */
export const POD_CARRIERS: readonly KindMatch[] = [POD, JOB, CRON_JOB, DEPLOYMENT, STATEFUL_SET, DAEMON_SET];
/** Long-running workloads. */
export const SERVERS: readonly KindMatch[] = [DEPLOYMENT, STATEFUL_SET];
/** Bare pods, such as sessions. */
export const PODS: readonly KindMatch[] = [POD];
/** Services. */
export const SERVICES: readonly KindMatch[] = [core('Service', 'services')];
/** Secrets. */
export const SECRETS: readonly KindMatch[] = [core('Secret', 'secrets')];
/** ConfigMaps. */
export const CONFIG_MAPS: readonly KindMatch[] = [core('ConfigMap', 'configmaps')];
/** Namespaces. */
export const NAMESPACE_KIND: readonly KindMatch[] = [core('Namespace', 'namespaces')];
/** Service accounts. */
export const SERVICE_ACCOUNTS: readonly KindMatch[] = [core('ServiceAccount', 'serviceaccounts')];
/** PersistentVolumeClaims. */
export const CLAIMS: readonly KindMatch[] = [core('PersistentVolumeClaim', 'persistentvolumeclaims')];
/** Network policies. */
export const NETWORK_POLICIES: readonly KindMatch[] = [
  of('networking.k8s.io', 'NetworkPolicy', 'networkpolicies'),
];
/** Routes from the gateway to services. */
export const HTTP_ROUTES: readonly KindMatch[] = [of('gateway.networking.k8s.io', 'HTTPRoute', 'httproutes')];
/** Ingresses; the platform renders none, a site's own may exist. */
export const INGRESSES: readonly KindMatch[] = [of('networking.k8s.io', 'Ingress', 'ingresses')];
/** Gateways. */
export const GATEWAYS: readonly KindMatch[] = [of('gateway.networking.k8s.io', 'Gateway', 'gateways')];
const RBAC = 'rbac.authorization.k8s.io';
/** Cluster-wide roles. */
export const CLUSTER_ROLES: readonly KindMatch[] = [of(RBAC, 'ClusterRole', 'clusterroles')];
/** Roles of either scope. */
export const ROLES: readonly KindMatch[] = [of(RBAC, 'Role', 'roles'), ...CLUSTER_ROLES];
/** Bindings of either scope. */
export const BINDINGS: readonly KindMatch[] = [
  of(RBAC, 'RoleBinding', 'rolebindings'),
  of(RBAC, 'ClusterRoleBinding', 'clusterrolebindings'),
];
/** Kueue's ClusterQueues. */
export const CLUSTER_QUEUES: readonly KindMatch[] = [of('kueue.x-k8s.io', 'ClusterQueue', 'clusterqueues')];
/** Argo CD Applications. */
export const APPLICATIONS: readonly KindMatch[] = [of('argoproj.io', 'Application', 'applications')];
/** Argo CD projects. */
export const APP_PROJECTS: readonly KindMatch[] = [of('argoproj.io', 'AppProject', 'appprojects')];
/** Alert and recording rules. */
export const PROMETHEUS_RULES: readonly KindMatch[] = [
  of('monitoring.coreos.com', 'PrometheusRule', 'prometheusrules'),
];
/** cert-manager's Certificates. */
export const CERTIFICATES: readonly KindMatch[] = [of('cert-manager.io', 'Certificate', 'certificates')];
