import type { PlatformComponent } from '../core/component';
import { allowFrom, portOf, type ServiceRef } from '../core/network';

/** A service that jobs at remote centres use too. */
export interface ExposeProps {
  readonly service: ServiceRef;
  /** Name of its port. */
  readonly port: string;
  /** Port on the nodes; fixed, so that firewalls can name it. */
  readonly nodePort: number;
}

/** Ranges that may reach Redis and the object store from outside: the one list that Service and NetworkPolicy are both made from. */
export function remoteAddresses(component: PlatformComponent): string[] {
  const all = Object.values(component.site.offload).flatMap(({ addresses }) => addresses);
  return [...new Set(all)].sort();
}

/** Opens a service to the remote centres' ranges and to nobody else; without remotes nothing is rendered. */
export function exposeToRemotes(component: PlatformComponent, props: ExposeProps): void {
  const cidrs = remoteAddresses(component);
  if (cidrs.length === 0) return;
  const { service, port, nodePort } = props;
  // Only a cloud with Octavia has load balancers; elsewhere the port is open on the storage machine.
  const balanced = component.site.cloud.entry === 'octavia';
  component.add({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${service.name}-remotes`, namespace: service.namespace, labels: service.peer.labels },
    spec: {
      type: balanced ? 'LoadBalancer' : 'NodePort',
      // Otherwise the address is translated on the way and a filter by source means nothing.
      externalTrafficPolicy: 'Local',
      ...(balanced ? { loadBalancerSourceRanges: cidrs } : {}),
      selector: { ...service.peer.labels },
      ports: [{ name: port, port: portOf(service, port), targetPort: port, nodePort }],
    },
  });
  allowFrom(service, 'remotes', { cidrs }, [port], 'jobs at remote centres');
}
