/** One object as delivery sees it. */
export interface DeliveredObject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
}

/** A folder of charts-out that becomes one Application. */
export interface Folder {
  readonly name: string;
  readonly wave: number;
  readonly objects: readonly DeliveredObject[];
}

/** Groups that every API server serves by itself. */
const BUILT_IN = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** Groups that RKE2 brings along before Argo CD starts. */
const DISTRIBUTION = new Set(['gateway.networking.k8s.io', 'helm.cattle.io', 'traefik.io']);

/** Which chart installs the kinds of a group. */
export const PROVIDERS: Readonly<Record<string, string>> = {
  'acme.cert-manager.io': 'cert-manager',
  'barmancloud.cnpg.io': 'plugin-barman-cloud',
  'cert-manager.io': 'cert-manager',
  'external-secrets.io': 'external-secrets',
  'kueue.x-k8s.io': 'kueue',
  'monitoring.coreos.com': 'kube-prometheus-stack',
  'nvidia.com': 'gpu-operator',
  'postgresql.cnpg.io': 'cloudnative-pg',
};

/** What Argo CD would stumble over: kinds that nobody installs or that come too late, and objects with two owners. */
export function deliveryFaults(
  folders: readonly Folder[],
  chartWaves: Readonly<Record<string, number>>,
): string[] {
  return [...folders.flatMap((folder) => kindFaults(folder, chartWaves)), ...ownerFaults(folders)];
}

function kindFaults({ name, wave, objects }: Folder, chartWaves: Readonly<Record<string, number>>): string[] {
  const groups = [...new Set(objects.map(({ group }) => group))];
  return groups.flatMap((group) => {
    if (BUILT_IN.has(group) || DISTRIBUTION.has(group)) return [];
    const chart = PROVIDERS[group];
    if (chart === undefined) return [`${name} uses kinds of ${group}, which no chart is known to install`];
    const served = chartWaves[chart];
    if (served === undefined) return [`${name} uses kinds of ${group}, but chart ${chart} is not delivered`];
    if (served < wave) return [];
    return [
      `${name} (wave ${wave}) uses kinds of ${group} before chart ${chart} (wave ${served}) installs them`,
    ];
  });
}

function ownerFaults(folders: readonly Folder[]): string[] {
  const owners = new Map<string, string>();
  const faults: string[] = [];
  for (const folder of folders) {
    for (const object of folder.objects) {
      const key = [object.group, object.kind, object.namespace ?? '', object.name].join('/');
      const owner = owners.get(key);
      if (owner !== undefined && owner !== folder.name)
        faults.push(`${object.kind} ${object.name} is owned by ${owner} and by ${folder.name}`);
      owners.set(key, folder.name);
    }
  }
  return faults;
}
