import { ACCELERATORS } from '../accelerators';
import { own } from '../own';
import { unknownKinds } from './hosts';
import { names, repeated, rule } from './rule';

/** Cards of a remote centre are of kinds that the catalogue has. */
export const remoteKinds = rule(
  'offload/known-kind',
  'Cards of a remote centre are kinds of the catalogue.',
  ['offload'],
  ({ offload }) =>
    Object.entries(offload).flatMap(([remote, { gpus }]) => unknownKinds(['offload', remote, 'gpus'], gpus)),
);

/** The virtual node of a remote offers nvidia.com/gpu; interLink has no FPGAs. */
export const remoteGpus = rule(
  'offload/gpus-only',
  'Remote centres offer GPUs, not FPGAs.',
  ['offload'],
  ({ offload }) =>
    Object.entries(offload).flatMap(([remote, { gpus }]) =>
      Object.keys(gpus)
        .filter((kind) => own(ACCELERATORS, kind)?.vendor === 'xilinx')
        .map((kind) => ({
          path: ['offload', remote, 'gpus', kind],
          at: 'key',
          found: `FPGA '${kind}'`,
          allowed: names(Object.values(ACCELERATORS).flatMap((a) => (a.vendor === 'nvidia' ? [a.kind] : []))),
          fix: 'remove it: interLink passes GPUs only',
        })),
    ),
);

/** Node names, flavors and dashboards tell places apart by name. */
export const remoteNames = rule(
  'offload/name-clash',
  'A remote centre has the name of neither a node group nor the site.',
  ['name', 'nodes', 'offload'],
  ({ name, nodes, offload }) =>
    Object.keys(offload)
      .filter((remote) => remote === name || own(nodes, remote))
      .map((remote) => ({
        path: ['offload', remote],
        at: 'key',
        found: `remote centre '${remote}', a name in use`,
        allowed: 'names other than those of the site and its node groups',
        fix: `rename it, for example ${remote}-remote`,
      })),
);

/** Two virtual nodes in front of one API would promise its capacity twice. */
export const remoteApis = rule(
  'offload/api-unique',
  'Each remote centre has an API of its own.',
  ['offload'],
  ({ offload }) =>
    repeated(Object.entries(offload), ([, { api }]) => api.replace(/\/+$/, '')).map(
      ([[again, { api }], [first]]) => ({
        path: ['offload', again, 'api'],
        found: `${api}, which ${first} has already`,
        allowed: 'one remote centre per API',
        fix: 'correct the address, or merge the two',
      }),
    ),
);
