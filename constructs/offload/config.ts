import { offloadFlavor } from '../kueue/labels';
import { ACCELERATORS, gi, PRODUCT_LABEL, type Remote } from '../site';
import { NOT_RESERVED, RESERVED_KEY } from '../site/machines/labels';

/** Where the virtual kubelet finds its files. */
export const VK_PATHS = {
  config: '/etc/interlink/InterLinkConfig.yaml',
  clientTls: '/etc/interlink-tls',
  servingTls: '/etc/kubelet-tls',
} as const;

/** Accelerators of one resource name on a virtual node. */
interface RemoteAccelerators {
  readonly ResourceType: string;
  readonly Model: string;
  readonly Available: string;
}

/** Where a remote's interLink API listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Host and port of an API given as https URL. */
export function endpointOf(api: string): Endpoint {
  const url = new URL(api);
  return { host: url.hostname, port: url.port === '' ? 443 : Number(url.port) };
}

/**
 * Configuration of interLink's virtual kubelet 0.6 in its own keys (pkg/virtualkubelet/config.go). It ignores unknown keys without
 * a word, so the keys are checked here by type and in the tests by list.
 */
export interface VirtualKubeletConfig {
  readonly InterlinkURL: string;
  readonly InterlinkPort: string;
  readonly VKConfigPath: string;
  readonly VKTokenFile: string;
  readonly ServiceAccount: string;
  readonly Namespace: string;
  readonly PodIP: string;
  readonly DisableProjectedVolumes: boolean;
  readonly SkipDownwardAPIResolution: boolean;
  readonly KubeletCertFile: string;
  readonly KubeletKeyFile: string;
  readonly VerboseLogging: boolean;
  readonly ErrorsOnlyLogging: boolean;
  readonly HTTP: { readonly Insecure: boolean };
  readonly KubeletHTTP: { readonly Insecure: boolean };
  readonly TLS: {
    readonly Enabled: boolean;
    readonly CertFile: string;
    readonly KeyFile: string;
    readonly CACertFile: string;
  };
  readonly Resources: {
    readonly CPU: string;
    readonly Memory: string;
    readonly Pods: string;
    readonly Accelerators: readonly RemoteAccelerators[];
  };
  readonly NodeLabels: readonly string[];
  readonly NodeTaints: readonly never[];
}

/** The configuration of one remote's virtual node. */
export function virtualKubeletConfig(name: string, remote: Remote, namespace: string): VirtualKubeletConfig {
  const { host, port } = endpointOf(remote.api);
  const node = offloadFlavor(name);
  return {
    InterlinkURL: `https://${host}`,
    InterlinkPort: String(port),
    VKConfigPath: VK_PATHS.config,
    // No OAuth: the remote knows us by our certificate.
    VKTokenFile: '',
    ServiceAccount: node,
    Namespace: namespace,
    PodIP: '127.0.0.1',
    // Tokens of the cluster never leave it.
    DisableProjectedVolumes: true,
    SkipDownwardAPIResolution: false,
    KubeletCertFile: `${VK_PATHS.servingTls}/tls.crt`,
    KubeletKeyFile: `${VK_PATHS.servingTls}/tls.key`,
    VerboseLogging: false,
    ErrorsOnlyLogging: false,
    // HTTP.CaCert stays empty: interLink 0.6 reads that file as DER, TLS.CACertFile as PEM.
    HTTP: { Insecure: false },
    KubeletHTTP: { Insecure: false },
    TLS: {
      Enabled: true,
      CertFile: `${VK_PATHS.clientTls}/tls.crt`,
      KeyFile: `${VK_PATHS.clientTls}/tls.key`,
      CACertFile: `${VK_PATHS.clientTls}/ca.crt`,
    },
    Resources: {
      CPU: String(remote.cpu),
      Memory: gi(remote.memory),
      Pods: String(remote.pods),
      Accelerators: accelerators(remote),
    },
    // Queues select by these labels (Kueue ignores label keys that a flavor does not declare); the second one only at
    // sites that reserve machines, where every node must carry it.
    NodeLabels: [`${PRODUCT_LABEL}=${node}`, `${RESERVED_KEY}=${NOT_RESERVED}`],
    // interLink adds its own taint by itself.
    NodeTaints: [],
  };
}

/** Cards by resource name: two kinds of card behind one resource are one figure, because a node has one. */
function accelerators(remote: Remote): RemoteAccelerators[] {
  const byResource = new Map<string, { kinds: string[]; count: number }>();
  for (const [kind, count] of Object.entries(remote.gpus)) {
    const resource = ACCELERATORS[kind]?.resource ?? kind;
    const sum = byResource.get(resource) ?? { kinds: [], count: 0 };
    byResource.set(resource, { kinds: [...sum.kinds, kind], count: sum.count + count });
  }
  return [...byResource].map(([ResourceType, { kinds, count }]) => ({
    ResourceType,
    Model: kinds.join('_'),
    Available: String(count),
  }));
}
