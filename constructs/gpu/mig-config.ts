import { stringify } from 'yaml';

import { ACCELERATORS, sizeOf, type Accelerator, type Layout, type Site } from '../site';
import { acceleratorOf, groupsOf, layoutOfGroup } from '../site/nodes';

/** One entry of a mig-parted configuration: what to do with the cards of one model. */
interface Entry {
  readonly 'device-filter'?: string;
  readonly devices: 'all';
  readonly 'mig-enabled': boolean;
  readonly 'mig-devices'?: Readonly<Record<string, number>>;
}

/** mig-parted writes a card as device and vendor in one number: 10de:20b5 becomes 0x20B510DE. */
export function deviceFilter({ pciId }: Pick<Accelerator, 'pciId'>): string {
  const [vendor = '', device = ''] = pciId.toUpperCase().split(':');
  return `0x${device}${vendor}`;
}

/** The layouts a site uses, by configuration name, each with the kinds of card that have it. */
function layoutsOf(site: Site): ReadonlyMap<string, ReadonlyMap<string, Layout>> {
  const used = new Map<string, Map<string, Layout>>();
  for (const { node } of groupsOf(site)) {
    const accelerator = acceleratorOf(node);
    const layout = layoutOfGroup(node);
    if (!accelerator?.mig || !layout || sizeOf(layout.mix) === 0) continue;
    const kinds = used.get(layout.config) ?? new Map<string, Layout>();
    used.set(layout.config, kinds.set(accelerator.kind, layout));
  }
  return used;
}

/** Entries of one configuration; filtered by card, for `all-1g.10gb` is seven slices of one card and four of another. */
function entriesOf(kinds: ReadonlyMap<string, Layout>): readonly Entry[] {
  return [...kinds].sort().flatMap(([kind, layout]) => {
    const accelerator = ACCELERATORS[kind];
    return accelerator
      ? [
          {
            'device-filter': deviceFilter(accelerator),
            devices: 'all' as const,
            'mig-enabled': true,
            'mig-devices': layout.mix,
          },
        ]
      : [];
  });
}

/**
 * The configuration of the MIG manager: `all-disabled` and exactly the layouts the site uses, by the names that the
 * node label nvidia.com/mig.config bears. A layout that nobody planned cannot be applied by a typing error.
 */
export function migPartedConfig(site: Site): string {
  const disabled: Entry = { devices: 'all', 'mig-enabled': false };
  const used = [...layoutsOf(site)].sort(([a], [b]) => (a < b ? -1 : 1));
  const configs = Object.fromEntries(used.map(([name, kinds]) => [name, entriesOf(kinds)]));
  return stringify({ version: 'v1', 'mig-configs': { 'all-disabled': [disabled], ...configs } });
}
