/**
 * Ports of a site that cross machines, in one place: security groups, Services and firewalls of remote centres read
 * them here. Node ports lie in Kubernetes' default range 30000-32767.
 */
export const PORTS = {
  ssh: 22,
  http: 80,
  https: 443,
  /** Kubernetes API server. */
  api: 6443,
  /** RKE2 supervisor, where machines join. Source: RKE2 documentation, "Requirements: inbound network rules". */
  join: 9345,
  /** etcd clients, peers and metrics. Same source. */
  etcd: [2379, 2381],
  kubelet: 10250,
  /** Canal, RKE2's default network: VXLAN over UDP, and Felix' health check. Same source. */
  vxlan: 8472,
  canalHealth: 9099,
  /** node-exporter, which Prometheus reads on each machine. */
  nodeExporter: 9100,
  nfs: 2049,
  /** Node port of Redis over TLS on the storage machine, for JuiceFS mounts at remote centres. */
  redis: 30379,
  /** Node port of the object store over TLS on the storage machine, for the same mounts. */
  objects: 30900,
} as const;
