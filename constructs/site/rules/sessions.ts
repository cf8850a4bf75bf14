import { podCapacity } from '../capacity';
import { groupsOf } from '../nodes';
import { CPU_ONLY, schedulable } from '../inventory';
import { own } from '../own';
import { didYouMean } from '../suggest';
import { names, rule, type RuleFinding } from './rule';

/** The largest session must fit on some machine, else it waits for ever. */
export const sessionFits = rule(
  'sessions/fits',
  'The largest session fits on a machine.',
  ['nodes', 'flavors', 'sessions', 'kubernetes'],
  (site) => {
    const { sessions, flavors } = site;
    const rooms = groupsOf(site).flatMap(({ node, role }) => {
      const flavor = own(flavors, node.flavor);
      return flavor && role !== 'storage' ? [podCapacity(flavor)] : [];
    });
    if (site.kubernetes.cluster || rooms.length === 0) return [];
    if (rooms.some(({ cpu, memoryGiB }) => cpu >= sessions.cpu && memoryGiB >= sessions.memory)) return [];
    const best = rooms.reduce((a, b) => (b.memoryGiB > a.memoryGiB ? b : a));
    return [
      {
        path: ['sessions', rooms.some(({ cpu }) => cpu >= sessions.cpu) ? 'memory' : 'cpu'],
        found: `sessions of up to ${sessions.cpu} cores and ${sessions.memory} GiB`,
        allowed: `what the largest machine has left for pods: ${best.cpu} cores and ${best.memoryGiB} GiB`,
        fix: 'lower the limits, or use a larger flavor',
      },
    ];
  },
);

/** Shortest idle time: below it a session would be stopped while its user fetches a coffee. */
const SHORTEST_IDLE = 300;

/** Idle times leave people time to think. */
export const idleTime = rule(
  'sessions/idle-time',
  'Idle sessions are kept for at least five minutes.',
  ['sessions'],
  ({ sessions }) =>
    (['idle', 'idleCpu'] as const)
      .filter((key) => sessions[key] < SHORTEST_IDLE)
      .map((key) => ({
        path: ['sessions', key],
        found: `${sessions[key]} s`,
        allowed: '5m or more',
        fix: 'write a longer time, for example 4h',
      })),
);

/** Longest grace: a user who asks for a session waits for it. */
const LONGEST_GRACE = 300;

/** An evicted job stops soon, because somebody waits for its card. */
export const graceShort = rule(
  'batch/grace',
  'Evicted jobs stop within five minutes.',
  ['batch'],
  ({ batch }) =>
    batch.grace <= LONGEST_GRACE
      ? []
      : [
          {
            path: ['batch', 'grace'],
            found: `${batch.grace} s`,
            allowed: 'at most 5m: the user of the new session waits for it',
            fix: 'write a shorter time, for example 10s',
          },
        ],
);

/** Reservations for sessions are of devices that exist. */
export const reserveExists = rule(
  'batch/reserve',
  'Devices kept from batch exist.',
  ['nodes', 'flavors', 'batch'],
  (site) => {
    const kinds = schedulable(site).filter(({ key }) => key !== CPU_ONLY);
    const keys = kinds.map(({ key }) => key);
    return Object.entries(site.batch.reserve).flatMap(([key, count]): readonly RuleFinding[] => {
      const kind = kinds.find((k) => k.key === key);
      if (!kind)
        return [
          {
            path: ['batch', 'reserve', key],
            at: 'key',
            found: `kind '${key}'`,
            allowed: names(keys),
            fix: didYouMean(key, keys, 'choose a kind of this site, or remove the entry'),
          },
        ];
      if (count <= kind.count) return [];
      return [
        {
          path: ['batch', 'reserve', key],
          found: `${count} x ${key}`,
          allowed: `at most the ${kind.count} of this site`,
          fix: 'lower the number',
        },
      ];
    });
  },
);
