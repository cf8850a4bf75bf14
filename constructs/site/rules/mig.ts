import { parseLayout, profileOf, strategyOf, type Layout } from '../mig';
import { acceleratorOf, groupsOf, type Group } from '../nodes';
import { rule, type RuleFinding } from './rule';

const path = ({ name }: Group): readonly string[] => ['nodes', name, 'mig'];

/** A layout is for cards. */
export const migNeedsCards = rule(
  'mig/needs-cards',
  'A MIG layout is given only to machines with cards.',
  ['nodes'],
  (site) =>
    groupsOf(site)
      .filter(({ node }) => node.mig !== undefined && Object.keys(node.cards).length === 0)
      .map((group) => ({
        path: path(group),
        at: 'key',
        found: 'mig without cards',
        allowed: 'mig together with cards',
        fix: 'add cards, or remove mig',
      })),
);

/** The card has MIG, its profiles are real ones, and the instances fit on it. */
export const migLayout = rule(
  'mig/layout',
  'A MIG layout names profiles of the card and fits on it.',
  ['nodes'],
  (site) =>
    groupsOf(site).flatMap((group): readonly RuleFinding[] => {
      const accelerator = acceleratorOf(group.node);
      if (!accelerator || group.node.mig === undefined) return [];
      const parsed = parseLayout(accelerator, group.node.mig);
      if (parsed.ok) return [];
      const { found, allowed, fix } = parsed;
      return [{ path: path(group), found, allowed, fix }];
    }),
);

function layouts(
  site: Parameters<typeof groupsOf>[0],
): readonly { readonly group: Group; readonly layout: Layout }[] {
  return groupsOf(site).flatMap((group) => {
    const accelerator = acceleratorOf(group.node);
    const parsed =
      accelerator && group.node.mig !== undefined ? parseLayout(accelerator, group.node.mig) : undefined;
    return parsed?.ok ? [{ group, layout: parsed.layout }] : [];
  });
}

/** The device plugin runs with strategy `single`: a node with several profiles would offer nothing at all. */
export const migOneProfile = rule(
  'mig/one-profile',
  'All slices of a machine have one profile (MIG strategy single).',
  ['nodes'],
  (site) =>
    layouts(site)
      .filter(({ layout }) => strategyOf([layout]) === 'mixed')
      .map(({ group, layout }) => ({
        path: path(group),
        found: `several profiles on one card (${layout.text})`,
        allowed: 'one profile per machine: MIG strategy single names every slice nvidia.com/gpu',
        fix: 'make one node group per profile, or choose one profile',
      })),
);

/** Slices left over could be used by nobody until the layout changes. */
export const migFillsCard = rule(
  'mig/fills-card',
  'A MIG layout leaves no room for another slice of its profile.',
  ['nodes'],
  (site) =>
    layouts(site).flatMap(({ group, layout }) => {
      const [[profile, count] = ['', 0], ...others] = Object.entries(layout.mix);
      const geometry = acceleratorOf(group.node)?.mig;
      const max = geometry && profileOf(geometry, profile)?.max;
      if (others.length > 0 || max === undefined || count === max) return [];
      return [
        {
          path: path(group),
          found: `${count} x ${profile} per card`,
          allowed: `${max} x ${profile}: the rest of the card would lie idle`,
          fix: `write mig: ${profile}`,
        },
      ];
    }),
);
