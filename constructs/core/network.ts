import { addManifest, PlatformApp, type PlatformComponent } from './component';

/** A set of pods that connects or is connected to. */
export interface Peer {
  readonly component: PlatformComponent;
  readonly name: string;
  readonly namespace: string;
  /** Labels that select exactly these pods. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A Service and the pods behind it; the handle components pass to each other instead of strings. */
export interface ServiceRef {
  readonly peer: Peer;
  readonly name: string;
  readonly namespace: string;
  /** Ports by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** DNS name inside the cluster. */
  readonly host: string;
}

/** A port of a service by name. @throws Error when the service has no such port */
export function portOf(service: ServiceRef, name: string): number {
  const port = service.ports[name];
  if (port === undefined)
    throw new Error(`Service ${service.namespace}/${service.name} has no port '${name}'`);
  return port;
}

/**
 * Lets `from` reach ports of `to`: one egress policy in the caller's folder, one ingress policy in the callee's, one edge for
 * diagram and reachability test. Everything else stays denied by the namespaces' default.
 */
export function connect(from: Peer, to: ServiceRef, portNames: readonly string[], why: string): void {
  const ports = portNames.map((name) => portOf(to, name));
  PlatformApp.of(from.component).addEdge({ from: key(from), to: key(to.peer), ports, why });
  const rules = ports.map((port) => ({ protocol: 'TCP', port }));
  addPolicy(from.component, `${from.name}-to-${to.peer.name}`, from, {
    policyTypes: ['Egress'],
    egress: [{ to: [peerSelector(to.peer)], ports: rules }],
  });
  addPolicy(to.peer.component, `${to.peer.name}-from-${from.name}`, to.peer, {
    policyTypes: ['Ingress'],
    ingress: [{ from: [peerSelector(from)], ports: rules }],
  });
}

/** Lets pods reach addresses outside the cluster (IAM, remote object store, interLink API). */
export function allowOutside(
  from: Peer,
  name: string,
  cidrs: readonly string[],
  ports: readonly number[],
  why: string,
  /** Ranges inside `cidrs` that stay closed, for example the cluster's own. */
  except: readonly string[] = [],
): void {
  PlatformApp.of(from.component).addEdge({ from: key(from), to: `outside: ${name}`, ports, why });
  addPolicy(from.component, `${from.name}-to-${name}`, from, {
    policyTypes: ['Egress'],
    egress: [
      {
        to: cidrs.map((cidr) => ({ ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } })),
        ports: ports.map((port) => ({ protocol: 'TCP', port })),
      },
    ],
  });
}

/** Lets pods of other namespaces that carry the given labels, or addresses outside, reach a service (gateway, Prometheus, remotes). */
export function allowFrom(
  to: ServiceRef,
  name: string,
  source:
    | { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> }
    | { readonly cidrs: readonly string[] },
  portNames: readonly string[],
  why: string,
): void {
  const ports = portNames.map((port) => portOf(to, port));
  PlatformApp.of(to.peer.component).addEdge({ from: name, to: key(to.peer), ports, why });
  const from =
    'cidrs' in source
      ? source.cidrs.map((cidr) => ({ ipBlock: { cidr } }))
      : [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': source.namespace } },
            ...(source.labels ? { podSelector: { matchLabels: source.labels } } : {}),
          },
        ];
  addPolicy(to.peer.component, `${to.peer.name}-from-${name}`, to.peer, {
    policyTypes: ['Ingress'],
    ingress: [{ from, ports: ports.map((port) => ({ protocol: 'TCP', port })) }],
  });
}

/** Lets pods reach the Kubernetes API; its address is the cluster's own, so the rule is by port. */
export function allowKubernetesApi(from: Peer, why: string): void {
  allowOutside(from, 'kubernetes-api', ['0.0.0.0/0'], [443, 6443], why);
}

function key(peer: Peer): string {
  return `${peer.namespace}/${peer.name}`;
}

function peerSelector(peer: Peer): object {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } },
    podSelector: { matchLabels: peer.labels },
  };
}

function addPolicy(component: PlatformComponent, name: string, peer: Peer, spec: object): void {
  addManifest(component, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: peer.namespace },
    spec: { podSelector: { matchLabels: peer.labels }, ...spec },
  });
}
