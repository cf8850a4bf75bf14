import { ACCELERATORS } from './accelerators';
import { groupsWith } from './nodes';
import { own } from './own';
import type { Site } from './schema';

/** Cards of a simulated hypervisor, as Nova's PCI alias sees them. */
export interface TestPci {
  readonly alias: string;
  readonly vendor: string;
  readonly product: string;
  readonly count: number;
}

/** A simulated hypervisor of the test OpenStack. */
export interface TestHost {
  readonly name: string;
  readonly vcpus: number;
  readonly memory_mb: number;
  readonly local_gb: number;
  readonly pci?: readonly TestPci[];
}

/** Room for a second copy of the site, so that tests can add and resize machines. */
const ROOM = 2;

function pciOf(cards: Readonly<Record<string, number>>): readonly TestPci[] {
  return Object.entries(cards).flatMap(([kind, count]) => {
    const [vendor, product] = own(ACCELERATORS, kind)?.pciId.split(':') ?? [];
    return vendor !== undefined && product !== undefined ? [{ alias: kind, vendor, product, count }] : [];
  });
}

function sizeOf(site: Site): Pick<TestHost, 'vcpus' | 'memory_mb' | 'local_gb'> {
  const sum = (of: (flavor: Site['flavors'][string]) => number): number =>
    Object.values(site.nodes).reduce((total, { flavor, count }) => {
      const size = own(site.flavors, flavor);
      return total + (size ? count * of(size) : 0);
    }, 0);
  return {
    vcpus: ROOM * sum((f) => f.vcpus),
    memory_mb: ROOM * 1024 * sum((f) => f.memory),
    local_gb: ROOM * sum((f) => f.disk),
  };
}

/**
 * The hosts of a site for the test OpenStack: its servers with exactly their cards, and as many hosts without cards as
 * the control plane's anti-affinity needs. Every host has CPU, memory and disk for the whole site twice over, so that
 * cards are the only thing that can run out.
 */
export function openstackHosts(site: Site): { readonly hosts: readonly TestHost[] } {
  const size = sizeOf(site);
  const spread = groupsWith(site, 'control').reduce((n, { node }) => n + node.count, 0);
  const plain = Array.from({ length: Math.max(1, spread) }, (_, i) => ({
    name: `${site.name}-cpu-${i + 1}`,
    ...size,
  }));
  return {
    hosts: [
      ...Object.entries(site.hosts).map(([name, cards]) => ({ name, ...size, pci: pciOf(cards) })),
      ...plain,
    ],
  };
}
