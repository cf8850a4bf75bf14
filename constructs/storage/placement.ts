import { groupsWith, ROLE_LABEL, type Site } from '../site';

/** Puts a workload on a storage machine where the site has one; elsewhere the scheduler chooses. */
export function onStorageNode(site: Site): { readonly nodeSelector?: Readonly<Record<string, string>> } {
  return groupsWith(site, 'storage').length > 0 ? { nodeSelector: { [ROLE_LABEL]: 'storage' } } : {};
}

/** Data volumes of all storage machines, in GiB. */
export function storageGib(site: Site): number {
  return groupsWith(site, 'storage').reduce((sum, { node }) => sum + node.count * (node.data ?? 0), 0);
}
