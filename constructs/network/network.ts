import type { Construct } from 'constructs';

import { PlatformApp, PlatformComponent } from '../core/component';
import { WAVES } from '../delivery/waves';
import { gi } from '../site';
import { CONTROLLER_FLOWS, type ControllerFlow } from './flows';
import { NAMESPACES, type NamespaceSpec } from './namespaces';
import { addPriorities } from './priorities';

const SPECS: readonly NamespaceSpec[] = Object.values(NAMESPACES);

/** Deleting a namespace deletes everything in it, volumes' claims too: Argo CD asks a person first. */
const ASK_BEFORE_DELETE = 'Prune=confirm,Delete=confirm';

/**
 * Most pods of a namespace at once: a runaway loop must not fill etcd. Ten times what AI_INFN's 78 registered users can
 * hold in sessions, and 2,000 batch pods.
 */
const MAX_PODS: Readonly<Record<string, number>> = {
  [NAMESPACES.hub.name]: 800,
  [NAMESPACES.batch.name]: 2000,
};

/** Default of a batch container that names no resources; the same as vkd's own default. */
const BATCH_DEFAULT = { cpu: '1', memory: '2Gi' };

/**
 * The ground every other component stands on: namespaces with their Pod Security level, everything denied by default,
 * DNS allowed, quotas, and the PriorityClasses. What may talk to what is said by each component's `connect`.
 */
export class Network extends PlatformComponent {
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: NAMESPACES.gateway.name, wave: WAVES.network });
    const version = minorOf(this.lock.version('kubernetes'));
    for (const spec of SPECS) {
      addNamespace(this, spec, version);
      addBasePolicies(this, spec.name);
      addQuota(this, spec.name);
    }
    CONTROLLER_FLOWS.forEach((flow) => {
      addFlow(this, flow);
    });
    addLimits(this);
    addPriorities(this);
  }
}

/** `v1.36` of `v1.36.2`: Pod Security is judged by the rules of the pinned minor, not by whatever the cluster runs. */
function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function addNamespace(component: PlatformComponent, spec: NamespaceSpec, version: string): void {
  const levels = ['enforce', 'audit', 'warn'].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, spec.enforce],
    [`pod-security.kubernetes.io/${mode}-version`, version],
  ]);
  component.add({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: spec.name,
      labels: {
        'app.kubernetes.io/part-of': 'ai-infn',
        ...(Object.fromEntries(levels) as Record<string, string>),
      },
      annotations: {
        'argocd.argoproj.io/sync-options': ASK_BEFORE_DELETE,
        'ai-infn.it/purpose': spec.purpose,
        ...(spec.reason ? { 'ai-infn.it/pod-security-reason': spec.reason } : {}),
      },
    },
  });
}

/** Nothing in, nothing out but names: a new pod is mute until a component connects it. */
function addBasePolicies(component: PlatformComponent, namespace: string): void {
  addPolicy(component, namespace, 'default-deny', { policyTypes: ['Ingress', 'Egress'] });
  addPolicy(component, namespace, 'dns', {
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ],
  });
}

function addFlow(component: PlatformComponent, flow: ControllerFlow): void {
  const peers =
    'cidr' in flow.peer
      ? [{ ipBlock: { cidr: flow.peer.cidr } }]
      : [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': flow.peer.namespace } } }];
  const ports = flow.ports ? { ports: flow.ports.map((port) => ({ protocol: 'TCP', port })) } : {};
  const spec =
    flow.direction === 'in'
      ? { policyTypes: ['Ingress'], ingress: [{ from: peers, ...ports }] }
      : { policyTypes: ['Egress'], egress: [{ to: peers, ...ports }] };
  addPolicy(component, flow.namespace, flow.name, spec);
  const far = 'cidr' in flow.peer ? `outside: ${flow.name}` : `${flow.peer.namespace}/*`;
  const near = `${flow.namespace}/*`;
  PlatformApp.of(component).addEdge({
    ...(flow.direction === 'in' ? { from: far, to: near } : { from: near, to: far }),
    ports: flow.ports ?? [],
    why: flow.why,
  });
}

/** `podSelector: {}` selects every pod of the namespace. */
function addPolicy(component: PlatformComponent, namespace: string, name: string, spec: object): void {
  component.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: {}, ...spec },
  });
}

/** No component opens a port on every machine by accident; only storage may, for remote centres that mount JuiceFS. */
function addQuota(component: PlatformComponent, namespace: string): void {
  const pods = MAX_PODS[namespace];
  const hard = {
    ...(namespace === NAMESPACES.storage.name
      ? {}
      : { 'services.nodeports': '0', 'services.loadbalancers': '0' }),
    ...(pods === undefined ? {} : { pods: String(pods) }),
  };
  if (Object.keys(hard).length === 0) return;
  component.add({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'platform', namespace },
    spec: { hard },
  });
}

/** Sessions cannot grow beyond what the site file says, however their pod was made; batch without figures gets small ones. */
function addLimits(component: PlatformComponent): void {
  const { cpu, memory } = component.site.sessions;
  addLimitRange(component, NAMESPACES.hub.name, {
    type: 'Container',
    max: { cpu: String(cpu), memory: gi(memory) },
    default: { cpu: String(cpu), memory: '1Gi' },
    defaultRequest: { cpu: '100m', memory: '1Gi' },
  });
  addLimitRange(component, NAMESPACES.batch.name, {
    type: 'Container',
    default: { memory: BATCH_DEFAULT.memory },
    defaultRequest: BATCH_DEFAULT,
  });
}

function addLimitRange(component: PlatformComponent, namespace: string, limit: object): void {
  component.add({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'containers', namespace },
    spec: { limits: [limit] },
  });
}
