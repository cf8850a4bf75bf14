import { OFFLOAD_TAINT, offloadFlavor, QUEUE_LABEL } from '../kueue/labels';
import { NAMESPACES } from '../network/namespaces';
import { PRIORITIES } from '../network/priorities';
import type { Site } from '../site';
import { PRODUCT_LABEL } from '../site/accelerators';
import { schedulable } from '../site/inventory';

/** One kind of device a job may ask for, by name or by the memory it needs. */
export interface JobKind {
  readonly key: string;
  /** Node label value that selects its machines and remote nodes. */
  readonly product: string;
  readonly resource?: string;
  readonly memoryGiB: number;
}

/** vk-dispatcher's configuration file; what it may do is the site's, what a user may do is asked of the hub. */
export interface VkdConfig {
  readonly namespace: string;
  readonly hubApi: string;
  readonly queueLabel: string;
  readonly productLabel: string;
  readonly priorityClass: string;
  /** Longest grace period of a job's pods in seconds: the time an eviction may take. */
  readonly graceSeconds: number;
  /** Finished jobs are removed after this many seconds. */
  readonly keepSeconds: number;
  /** IAM group by project; the LocalQueue of a project bears the project's name. */
  readonly projects: Readonly<Record<string, { readonly group: string }>>;
  readonly adminGroups: readonly string[];
  readonly kinds: readonly JobKind[];
  /** Remote centres that a job may opt into. */
  readonly remotes: readonly { readonly name: string; readonly product: string; readonly taint: string }[];
}

/** A day: long enough to read the logs of last night's jobs, short against what etcd holds. */
const KEEP_SECONDS = 86_400;

/** Projects the site file onto vkd. */
export function vkdConfig(site: Site, hubApi: string): VkdConfig {
  return {
    namespace: NAMESPACES.batch.name,
    hubApi,
    queueLabel: QUEUE_LABEL,
    productLabel: PRODUCT_LABEL,
    priorityClass: PRIORITIES.opportunistic.name,
    graceSeconds: site.batch.grace,
    keepSeconds: KEEP_SECONDS,
    projects: Object.fromEntries(Object.entries(site.projects).map(([name, { group }]) => [name, { group }])),
    adminGroups: site.identity.admins,
    kinds: schedulable(site).map(({ key, productLabel, resource, memoryGiB }) => ({
      key,
      product: productLabel,
      ...(resource === undefined ? {} : { resource }),
      memoryGiB,
    })),
    remotes: Object.keys(site.offload).map((name) => ({
      name,
      product: offloadFlavor(name),
      taint: OFFLOAD_TAINT.key,
    })),
  };
}
