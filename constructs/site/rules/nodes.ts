import { cardCount, groupsOf, groupsWith, roleOf } from '../nodes';
import { own } from '../own';
import { didYouMean } from '../suggest';
import { names, repeated, rule } from './rule';

/** Longest DNS label, so longest host name of a machine (RFC 1123). */
const LONGEST_HOST_NAME = 63;

/** GPU Feature Discovery writes one product label per node, so a node can offer one kind of card only. */
export const oneKind = rule(
  'nodes/one-card-kind',
  'All cards of a machine are of one kind.',
  ['nodes'],
  ({ nodes }) =>
    Object.entries(nodes).flatMap(([group, { cards }]) =>
      Object.keys(cards).length <= 1
        ? []
        : [
            {
              path: ['nodes', group, 'cards'],
              at: 'key',
              found: `${Object.keys(cards).length} kinds of card on one machine (${names(Object.keys(cards))})`,
              allowed: 'one kind per machine: the node label nvidia.com/gpu.product names one product',
              fix: 'make one node group per kind',
            },
          ],
    ),
);

/** Cards belong on machines that do nothing else: a driver fault must not take the control plane or the storage with it. */
export const roleMatchesCards = rule(
  'nodes/role-and-cards',
  'Machines have cards if and only if their role is accelerator.',
  ['nodes'],
  ({ nodes }) =>
    Object.entries(nodes).flatMap(([group, node]) => {
      const role = roleOf(group, node);
      if ((role === 'accelerator') === cardCount(node) > 0) return [];
      return [
        role === 'accelerator'
          ? {
              path: ['nodes', group, 'role'],
              found: 'role accelerator without cards',
              allowed: 'cards of a host',
              fix: 'add cards, or remove role',
            }
          : {
              path: ['nodes', group, 'cards'],
              at: 'key',
              found: `cards on machines with role ${role}`,
              allowed: 'cards only with role accelerator',
              fix: 'move the cards to a group of their own',
            },
      ];
    }),
);

/** etcd needs a majority: an even number of members tolerates no more losses than one fewer. */
export const controlOdd = rule(
  'nodes/control-odd',
  'The control plane has 1, 3 or 5 machines.',
  ['nodes'],
  (site) => {
    const groups = groupsWith(site, 'control');
    const sum = groups.reduce((n, { node }) => n + node.count, 0);
    const [first] = groups;
    if (!first || [1, 3, 5].includes(sum)) return [];
    return [
      {
        path: ['nodes', first.name, 'count'],
        found: `${sum} control-plane machines`,
        allowed: '1, 3 or 5, so that etcd has a majority',
        fix: `set count to ${sum < 3 ? 3 : 5}`,
      },
    ];
  },
);

/** A new cluster has a control plane; an existing one has its own. */
export const controlExists = rule(
  'nodes/control-exists',
  'A control plane is declared unless the cluster exists already.',
  ['nodes', 'kubernetes'],
  (site) => {
    const [control] = groupsWith(site, 'control');
    const existing = site.kubernetes.cluster !== undefined;
    if (existing === (control === undefined)) return [];
    return [
      control
        ? {
            path: ['nodes', control.name],
            at: 'key',
            found: `control-plane machines beside an existing cluster`,
            allowed: 'no group with role control',
            fix: 'remove the group, or remove kubernetes.cluster',
          }
        : {
            path: ['nodes'],
            at: 'key',
            found: 'no control-plane machines',
            allowed: 'a group named control',
            fix: 'add control: { count: 3, flavor: ... }, or kubernetes.cluster',
          },
    ];
  },
);

/** Homes live on the storage machine's data volume. */
export const storageExists = rule(
  'nodes/storage-exists',
  'One storage machine with a data volume holds homes and objects, unless the cluster exists already.',
  ['nodes', 'kubernetes'],
  (site) => {
    if (site.kubernetes.cluster) return [];
    const groups = groupsWith(site, 'storage');
    const [first] = groups;
    if (!first)
      return [
        {
          path: ['nodes'],
          at: 'key',
          found: 'no storage machine for homes',
          allowed: 'a group named storage',
          fix: 'add storage: { flavor: ..., data: 1Ti }',
        },
      ];
    const machines = groups.reduce((n, { node }) => n + node.count, 0);
    if (machines > 1)
      return [
        {
          path: ['nodes', first.name, 'count'],
          found: `${machines} storage machines`,
          allowed: '1: the NFS server of the homes is one machine',
          fix: 'set count to 1 and enlarge data',
        },
      ];
    if (first.node.data !== undefined) return [];
    return [
      {
        path: ['nodes', first.name],
        at: 'key',
        found: 'a storage machine without a data volume',
        allowed: 'data: a size',
        fix: 'add data, for example data: 1Ti',
      },
    ];
  },
);

/** Machine names are host names. */
export const nameLength = rule(
  'nodes/name-length',
  `Machine names have at most ${LONGEST_HOST_NAME} characters.`,
  ['name', 'nodes'],
  (site) =>
    groupsOf(site).flatMap(({ name, node }) => {
      const longest = `${site.name}-${name}-${node.count}`;
      if (longest.length <= LONGEST_HOST_NAME) return [];
      return [
        {
          path: ['nodes', name],
          at: 'key',
          found: `machine name of ${longest.length} characters (${longest})`,
          allowed: `at most ${LONGEST_HOST_NAME}`,
          fix: 'shorten the name of the site or of the group',
        },
      ];
    }),
);

/** Only encrypted volumes that exist can be encrypted. */
export const encryptedHasData = rule(
  'nodes/encrypted-data',
  'Only a data volume can be encrypted.',
  ['nodes'],
  ({ nodes }) =>
    Object.entries(nodes).flatMap(([group, { encrypted, data }]) =>
      encrypted && data === undefined
        ? [
            {
              path: ['nodes', group, 'encrypted'],
              found: 'encrypted without a data volume',
              allowed: 'encrypted together with data',
              fix: 'add data, or remove encrypted',
            },
          ]
        : [],
    ),
);

/** Cinder encrypts by volume type; there is no default one that does. */
export const encryptedType = rule(
  'nodes/encrypted-type',
  'Encrypted volumes have a volume type.',
  ['nodes', 'cloud'],
  ({ nodes, cloud }) =>
    Object.entries(nodes).flatMap(([group, { encrypted }]) =>
      encrypted && cloud.encryptedVolumeType === undefined
        ? [
            {
              path: ['nodes', group, 'encrypted'],
              found: 'an encrypted volume, but no type for it',
              allowed: 'cloud.encryptedVolumeType: a Cinder volume type with encryption',
              fix: 'add encryptedVolumeType under cloud (openstack volume type list shows the names)',
            },
          ]
        : [],
    ),
);

/** A reservation is for a project of the site. */
export const reservedProject = rule(
  'nodes/reserved-project',
  'Machines are reserved for a project that exists.',
  ['nodes', 'projects'],
  ({ nodes, projects }) =>
    Object.entries(nodes).flatMap(([group, { reserved }]) =>
      reserved === undefined || own(projects, reserved)
        ? []
        : [
            {
              path: ['nodes', group, 'reserved'],
              found: `project '${reserved}'`,
              allowed: names(Object.keys(projects)),
              fix: didYouMean(reserved, Object.keys(projects), 'add the project under projects'),
            },
          ],
    ),
);

/** Two groups in one block would get the same addresses. */
export const blockUnique = rule(
  'nodes/block-unique',
  'Each node group has a block of addresses of its own.',
  ['nodes'],
  (site) =>
    repeated(groupsOf(site), ({ block }) => block).map(([again, first]) => ({
      path: ['nodes', again.name, 'block'],
      at: 'key',
      found: `block ${again.block}, which ${first.name} has already`,
      allowed: 'a block of its own; without `block` it is the position in the file',
      fix: `write a free number, for example block: ${Math.max(...groupsOf(site).map(({ block }) => block)) + 1}`,
    })),
);
