import { groupsOf, groupsWith } from '../nodes';
import { own } from '../own';
import { didYouMean } from '../suggest';
import { names, rule } from './rule';

/** Smallest control-plane machine: RKE2 documentation, "Requirements: hardware" (2 CPU, 4 GB for a server). */
const CONTROL = { vcpus: 2, memoryGiB: 4 };

/** Flavors are declared, so that quotas and capacities can be computed before a cloud is asked. */
export const flavorDeclared = rule(
  'flavors/declared',
  'Each flavor that is used is declared.',
  ['nodes', 'flavors'],
  ({ nodes, flavors }) =>
    Object.entries(nodes).flatMap(([group, { flavor }]) =>
      own(flavors, flavor)
        ? []
        : [
            {
              path: ['nodes', group, 'flavor'],
              found: `flavor '${flavor}'`,
              allowed: names(Object.keys(flavors)),
              fix: didYouMean(
                flavor,
                Object.keys(flavors),
                `declare it: flavors: { ${flavor}: { vcpus: 4, memory: 16Gi } }`,
              ),
            },
          ],
    ),
);

const cardText = (cards: Readonly<Record<string, number>>): string =>
  names(Object.entries(cards).map(([kind, n]) => `${n} x ${kind}`));

/** Cards reach a machine through its flavor, so a flavor stands for one set of cards. */
export const flavorCards = rule(
  'flavors/same-cards',
  'Groups with the same flavor have the same cards.',
  ['nodes'],
  (site) => {
    const first = new Map<string, { readonly name: string; readonly cards: string }>();
    return groupsOf(site).flatMap(({ name, node }) => {
      const cards = cardText(node.cards);
      const seen = first.get(node.flavor);
      if (!seen) first.set(node.flavor, { name, cards });
      if (!seen || seen.cards === cards) return [];
      return [
        {
          path: ['nodes', name, 'flavor'],
          found: `flavor '${node.flavor}' with cards ${cards}, while ${seen.name} uses it with ${seen.cards}`,
          allowed: 'one set of cards per flavor: its PCI alias gives the same cards to every machine',
          fix: 'use a flavor of its own',
        },
      ];
    });
  },
);

/** Control-plane machines are large enough to start. */
export const controlSize = rule(
  'flavors/control-size',
  `Control-plane machines have at least ${CONTROL.vcpus} CPUs and ${CONTROL.memoryGiB} GiB.`,
  ['nodes', 'flavors'],
  (site) =>
    groupsWith(site, 'control').flatMap(({ name, node }) => {
      const flavor = own(site.flavors, node.flavor);
      if (!flavor || (flavor.vcpus >= CONTROL.vcpus && flavor.memory >= CONTROL.memoryGiB)) return [];
      return [
        {
          path: ['nodes', name, 'flavor'],
          found: `${flavor.vcpus} CPUs and ${flavor.memory} GiB for the control plane`,
          allowed: `at least ${CONTROL.vcpus} CPUs and ${CONTROL.memoryGiB} GiB`,
          fix: 'use a larger flavor',
        },
      ];
    }),
);
