import { canonical, overlap, parseCidr } from '../cidr';
import { blocksOf, capacityOf, LONGEST_PREFIX } from '../machines/addresses';
import { groupsOf } from '../nodes';
import type { Site } from '../schema';
import type { Path } from '../yaml';
import { rule, type RuleFinding } from './rule';

type Networks = Pick<Site, 'cloud' | 'kubernetes' | 'offload'>;

interface Range {
  readonly path: Path;
  readonly text: string;
  readonly what: string;
}

const remoteRanges = ({ offload }: Pick<Site, 'offload'>): readonly Range[] =>
  Object.entries(offload).flatMap(([remote, { addresses }]) =>
    addresses.map((text, i) => ({
      path: ['offload', remote, 'addresses', i],
      text,
      what: `addresses of ${remote}`,
    })),
  );

const adminRanges = ({ cloud }: Pick<Site, 'cloud'>): readonly Range[] =>
  cloud.adminFrom.map((text, i) => ({ path: ['cloud', 'adminFrom', i], text, what: 'adminFrom' }));

/** Those with defaults first: a finding points at the later of two, which is then the written one. */
const ownRanges = ({ cloud, kubernetes }: Networks): readonly Range[] => [
  { path: ['kubernetes', 'podCidr'], text: kubernetes.podCidr, what: 'pod addresses' },
  { path: ['kubernetes', 'serviceCidr'], text: kubernetes.serviceCidr, what: 'service addresses' },
  { path: ['cloud', 'subnet'], text: cloud.subnet, what: 'subnet of the machines' },
];

/** Neutron and kube-apiserver refuse ranges with host bits, or silently clear them. */
export const cidrCanonical = rule(
  'network/canonical',
  'Address ranges begin at their first address.',
  ['cloud', 'kubernetes', 'offload'],
  (site) =>
    [...ownRanges(site), ...adminRanges(site), ...remoteRanges(site)]
      .filter(({ text }) => !parseCidr(text).canonical)
      .map(({ path, text }) => ({
        path,
        found: text,
        allowed: 'a range whose address has no bits beyond the prefix',
        fix: `write ${canonical(parseCidr(text))}`,
      })),
);

/** Overlapping ranges send packets to the wrong place. */
export const noOverlap = rule(
  'network/no-overlap',
  'Machines, pods, services and remote centres have disjoint ranges.',
  ['cloud', 'kubernetes', 'offload'],
  (site) => {
    const own = ownRanges(site);
    const pairs = own.flatMap((a, i) =>
      [...own.slice(i + 1), ...remoteRanges(site)].map((b) => [a, b] as const),
    );
    return pairs
      .filter(([a, b]) => parseCidr(b.text).prefix > 0 && overlap(parseCidr(a.text), parseCidr(b.text)))
      .map(([a, b]) => ({
        path: b.path,
        found: `${b.text} (${b.what}), which overlaps ${a.text} (${a.what})`,
        allowed: 'ranges without common addresses',
        fix: 'choose another range for one of the two',
      }));
  },
);

function roomFor(site: Pick<Site, 'cloud' | 'nodes'>): readonly RuleFinding[] {
  const blocks = blocksOf(site.cloud.subnet);
  return groupsOf(site).flatMap(({ name, node, block }): readonly RuleFinding[] => {
    if (block >= blocks.count)
      return [
        {
          path: ['nodes', name],
          at: 'key',
          found: `block ${block} of a subnet with ${blocks.count} blocks`,
          allowed: `blocks 1 to ${blocks.count - 1} of ${site.cloud.subnet} (${blocks.size} addresses each)`,
          fix: 'use a larger subnet; its change moves all machines',
        },
      ];
    const room = capacityOf(blocks, block);
    if (node.count <= room) return [];
    return [
      {
        path: ['nodes', name, 'count'],
        found: `${node.count} machines in a block of ${blocks.size} addresses`,
        allowed: `at most ${room} with subnet ${site.cloud.subnet}`,
        fix: 'add a second group, or use a larger subnet',
      },
    ];
  });
}

/** The machines of each group fit into its block of the subnet. */
export const subnetSize = rule(
  'network/subnet-size',
  'The subnet has room for the machines of every group.',
  ['cloud', 'nodes'],
  (site) => {
    const { prefix } = parseCidr(site.cloud.subnet);
    if (prefix <= LONGEST_PREFIX) return roomFor(site);
    return [
      {
        path: ['cloud', 'subnet'],
        found: `/${prefix}`,
        allowed: `/${LONGEST_PREFIX} or larger`,
        fix: 'use a larger subnet, for example a /24',
      },
    ];
  },
);

/** Kubernetes hands each node a /24 of the pod addresses (node-cidr-mask-size, default 24). */
export const podSize = rule(
  'network/pod-size',
  'There is a /24 of pod addresses for every machine.',
  ['kubernetes', 'nodes'],
  ({ kubernetes, nodes }) => {
    const ranges = 2 ** (24 - parseCidr(kubernetes.podCidr).prefix);
    const machines = Object.values(nodes).reduce((n, { count }) => n + count, 0);
    if (machines <= ranges) return [];
    return [
      {
        path: ['kubernetes', 'podCidr'],
        found: `room for ${Math.floor(ranges)} machines, while the site has ${machines}`,
        allowed: 'one /24 per machine',
        fix: 'use a larger range, for example the default 10.42.0.0/16',
      },
    ];
  },
);

/** Prefixes shorter than this are more than any institute owns; the whole Internet is the worst of them. */
const WIDEST_PREFIX = 8;

/** SSH, the Kubernetes API, Redis and the object store are never open to the world. */
export const notOpen = rule(
  'network/not-open',
  'Only the gateway is open to the world.',
  ['cloud', 'offload'],
  (site) =>
    [...adminRanges(site), ...remoteRanges(site)]
      .filter(({ text }) => parseCidr(text).prefix < WIDEST_PREFIX)
      .map(({ path, text, what }) => ({
        path,
        found: `${text} in ${what}`,
        allowed: `ranges of /${WIDEST_PREFIX} or smaller: only ports 80 and 443 of the gateway are open to the world`,
        fix: 'list the ranges of your institute or VPN',
      })),
);
