import { ACCELERATORS } from '../accelerators';
import { groupsOf, type Group } from '../nodes';
import { own } from '../own';
import { didYouMean } from '../suggest';
import { names, rule, type RuleFinding } from './rule';

const KINDS = Object.keys(ACCELERATORS);

/** Findings for the kinds of a card list that the catalogue does not have. */
export function unknownKinds(
  path: readonly string[],
  cards: Readonly<Record<string, number>>,
): readonly RuleFinding[] {
  return Object.keys(cards)
    .filter((kind) => !own(ACCELERATORS, kind))
    .map((kind) => ({
      path: [...path, kind],
      at: 'key',
      found: `accelerator kind '${kind}'`,
      allowed: names(KINDS),
      fix: didYouMean(kind, KINDS, 'add the kind to constructs/site/accelerators.ts'),
    }));
}

/** Cards in a host are of kinds that the catalogue has. */
export const hostKinds = rule(
  'hosts/known-kind',
  'Cards of a host are kinds of the catalogue.',
  ['hosts'],
  ({ hosts }) => Object.entries(hosts).flatMap(([host, cards]) => unknownKinds(['hosts', host], cards)),
);

/** Cards of a machine are of kinds that the catalogue has. */
export const nodeKinds = rule(
  'nodes/known-kind',
  'Cards of a machine are kinds of the catalogue.',
  ['nodes'],
  ({ nodes }) =>
    Object.entries(nodes).flatMap(([group, { cards }]) => unknownKinds(['nodes', group, 'cards'], cards)),
);

/** The host of a group is declared. */
export const hostExists = rule(
  'nodes/host-exists',
  'The host of a node group is declared.',
  ['nodes', 'hosts'],
  ({ nodes, hosts }) =>
    Object.entries(nodes).flatMap(([group, { host }]) =>
      host === undefined || own(hosts, host)
        ? []
        : [
            {
              path: ['nodes', group, 'host'],
              found: `host '${host}'`,
              allowed: names(Object.keys(hosts)),
              fix: didYouMean(host, Object.keys(hosts), 'declare the host under hosts'),
            },
          ],
    ),
);

/** A machine with cards says where they come from. */
export const cardsNeedHost = rule(
  'nodes/cards-need-host',
  'Machines with cards name the host they come from.',
  ['nodes', 'hosts'],
  ({ nodes, hosts }) =>
    Object.entries(nodes).flatMap(([group, { host, cards }]) =>
      host !== undefined || Object.keys(cards).length === 0
        ? []
        : [
            {
              path: ['nodes', group, 'cards'],
              at: 'key',
              found: 'cards without a host',
              allowed: `host: ${names(Object.keys(hosts))}`,
              fix: 'add host, so that the cards can be counted against it',
            },
          ],
    ),
);

const wanted = ({ node }: Group, kind: string): number => node.count * (own(node.cards, kind) ?? 0);

function excess(groups: readonly Group[], host: string, kind: string, has: number): readonly RuleFinding[] {
  const users = groups.filter((group) => group.node.host === host && wanted(group, kind) > 0);
  const sum = users.reduce((n, group) => n + wanted(group, kind), 0);
  const [last] = users.slice(-1);
  if (sum <= has || !last) return [];
  return [
    {
      path: ['nodes', last.name, 'cards', kind],
      found: `${sum} x ${kind} on ${host} (${users.map((group) => `${group.name}: ${wanted(group, kind)}`).join(', ')})`,
      allowed: `at most the ${has} that ${host} has`,
      fix: `lower count or cards of ${names(users.map(({ name }) => name))}, or correct hosts.${host}`,
    },
  ];
}

/** The machines of all groups together use no more cards than their host has. */
export const hostHasCards = rule(
  'nodes/host-has-cards',
  'All machines together use at most the cards of their host.',
  ['nodes', 'hosts'],
  (site) => {
    const groups = groupsOf(site);
    return Object.entries(site.hosts).flatMap(([host, has]) => {
      const kinds = new Set(
        groups.filter(({ node }) => node.host === host).flatMap(({ node }) => Object.keys(node.cards)),
      );
      return [...kinds]
        .filter((kind) => own(ACCELERATORS, kind))
        .flatMap((kind) => excess(groups, host, kind, own(has, kind) ?? 0));
    });
  },
);
