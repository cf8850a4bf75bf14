import type { Finding } from '../core/errors';
import type { ClusterQueuePlan, FlavorPlan, Quota, QueuePlan } from './plan';

/** One thing that must hold for the promise "interactive owns, batch borrows". */
export interface Invariant {
  readonly id: string;
  /** What must hold and why, for the reference pages. */
  readonly about: string;
  check(plan: QueuePlan): readonly Finding[];
}

type Said = Omit<Finding, 'rule'>;

const invariant = (id: string, about: string, check: (plan: QueuePlan) => readonly Said[]): Invariant => ({
  id,
  about,
  check: (plan) => check(plan).map((said) => ({ rule: id, ...said })),
});

/** One quota with where it stands. */
interface Entry {
  readonly queue: ClusterQueuePlan;
  readonly flavor: string;
  readonly resource: string;
  readonly quota: Quota;
  readonly path: string;
}

function entries(queue: ClusterQueuePlan): readonly Entry[] {
  return queue.quotas.flatMap(({ flavor, resources }) =>
    Object.entries(resources).map(([resource, quota]) => ({
      queue,
      flavor,
      resource,
      quota,
      path: `${queue.name}/${flavor}/${resource}`,
    })),
  );
}

const flavorsByName = (plan: QueuePlan): ReadonlyMap<string, FlavorPlan> =>
  new Map(plan.flavors.map((flavor) => [flavor.name, flavor]));

/** Flavors of a queue in their order; names that no flavor bears are left to `known-flavors`. */
function flavorsOf(queue: ClusterQueuePlan, known: ReadonlyMap<string, FlavorPlan>): readonly FlavorPlan[] {
  return queue.quotas.flatMap(({ flavor }) => known.get(flavor) ?? []);
}

const nominalSum = invariant(
  'kueue/nominal-sum',
  'Over all queues, the nominal quota of each flavor and resource equals what its nodes offer: more would promise devices that do not exist, less would let them idle.',
  (plan) => {
    const sums = new Map<string, number>();
    for (const { flavor, resource, quota } of plan.clusterQueues.flatMap(entries)) {
      const key = `${flavor}/${resource}`;
      sums.set(key, (sums.get(key) ?? 0) + quota.nominal);
    }
    return plan.flavors.flatMap(({ name, allocatable }) =>
      Object.entries(allocatable).flatMap(([resource, amount]) => {
        const sum = sums.get(`${name}/${resource}`) ?? 0;
        return sum === amount
          ? []
          : [
              {
                path: `${name}/${resource}`,
                found: `nominal quotas that sum to ${sum}`,
                allowed: `${amount}, as the nodes offer`,
                fix: 'give the whole of each flavor to exactly one queue',
              },
            ];
      }),
    );
  },
);

const onlyInteractiveReclaims = invariant(
  'kueue/only-interactive-reclaims',
  'Only interactive queues take lent quota back, and nobody evicts within a queue: no session is ever evicted.',
  (plan) =>
    plan.clusterQueues.flatMap((queue) => {
      const wanted = queue.role === 'interactive' ? 'Any' : 'Never';
      const sound = queue.reclaim === wanted && (queue.preemptWithin as string) === 'Never';
      return sound
        ? []
        : [
            {
              path: `${queue.name}/preemption`,
              found: `reclaimWithinCohort ${queue.reclaim}, withinClusterQueue ${queue.preemptWithin}`,
              allowed: `reclaimWithinCohort ${wanted}, withinClusterQueue Never`,
              fix: `set the preemption of an ${queue.role} queue`,
            },
          ];
    }),
);

const batchOwnsNothing = invariant(
  'kueue/batch-owns-nothing',
  'Batch has no nominal quota on local flavors, so that all it holds is borrowed and can be reclaimed.',
  (plan) => {
    const known = flavorsByName(plan);
    return plan.clusterQueues
      .filter(({ role }) => role === 'opportunistic')
      .flatMap(entries)
      .filter(({ flavor, quota }) => known.get(flavor)?.origin === 'local' && quota.nominal !== 0)
      .map(({ path, quota }) => ({
        path,
        found: `nominal ${quota.nominal}`,
        allowed: '0',
        fix: 'give the quota to the interactive queue of the kind',
      }));
  },
);

const interactiveBorrowsNothing = invariant(
  'kueue/interactive-borrows-nothing',
  'Interactive queues stay within their own quota: a borrowed session could be reclaimed, that is evicted.',
  (plan) =>
    plan.clusterQueues
      .filter(({ role }) => role === 'interactive')
      .flatMap(entries)
      .filter(({ quota }) => quota.borrowingLimit !== 0)
      .map(({ path, quota }) => ({
        path,
        found: `borrowingLimit ${quota.borrowingLimit ?? 'absent'}`,
        allowed: '0',
        fix: 'set borrowingLimit to 0',
      })),
);

const lendingWithinNominal = invariant(
  'kueue/lending-within-nominal',
  'What a queue lends lies between nothing and its nominal quota; every amount is a whole number.',
  (plan) =>
    plan.clusterQueues.flatMap(entries).flatMap(({ path, quota: { nominal, lendingLimit = 0 } }) =>
      Number.isInteger(nominal) &&
      Number.isInteger(lendingLimit) &&
      lendingLimit >= 0 &&
      lendingLimit <= nominal
        ? []
        : [
            {
              path,
              found: `nominal ${nominal}, lendingLimit ${lendingLimit}`,
              allowed: 'whole numbers, 0 <= lendingLimit <= nominal',
              fix: 'lower the reserve of the kind',
            },
          ],
    ),
);

const sameLabelKeys = invariant(
  'kueue/same-label-keys',
  'All flavors declare the same label keys: Kueue ignores a selector key that a flavor does not declare, admits the work there, and it waits for ever on quota it holds.',
  (plan) => {
    const keysOf = (flavor: FlavorPlan): string => Object.keys(flavor.labels).sort().join(', ');
    const wanted = plan.flavors[0] ? keysOf(plan.flavors[0]) : '';
    return plan.flavors
      .filter((flavor) => keysOf(flavor) !== wanted || wanted === '')
      .map((flavor) => ({
        path: `${flavor.name}/nodeLabels`,
        found: keysOf(flavor) || 'no label',
        allowed: wanted || 'at least one label',
        fix: 'declare the same keys in every flavor, with `none` where a key has no meaning',
      }));
  },
);

const distinctNodes = invariant(
  'kueue/distinct-nodes',
  'No two flavors stand for the same nodes: every kind maps to exactly one flavor, and no device is counted twice.',
  (plan) => {
    const seen = new Map<string, string>();
    return plan.flavors.flatMap(({ name, labels }) => {
      const key = JSON.stringify(Object.entries(labels).sort());
      const first = seen.get(key);
      seen.set(key, first ?? name);
      return first === undefined
        ? []
        : [
            {
              path: `${name}/nodeLabels`,
              found: `the labels of ${first}`,
              allowed: 'labels of its own',
              fix: 'join the two flavors',
            },
          ];
    });
  },
);

const remoteLast = invariant(
  'kueue/remote-last',
  'Virtual nodes come last, only in batch, and only for work that tolerates their taint: idle cards here come first, and data leaves the site by opt-in.',
  (plan) => {
    const known = flavorsByName(plan);
    return plan.clusterQueues.flatMap((queue) =>
      flavorsOf(queue, known).flatMap((flavor, i, all) => {
        if (flavor.origin === 'local') return [];
        const last = all.slice(i).every(({ origin }) => origin === 'remote');
        if (last && queue.role === 'opportunistic' && flavor.taints.length > 0) return [];
        return [
          {
            path: `${queue.name}/${flavor.name}`,
            found: `a remote flavor at place ${i + 1} of ${all.length} in an ${queue.role} queue, ${flavor.taints.length} taints`,
            allowed: 'remote flavors with a taint, after all local ones, in opportunistic queues',
            fix: 'move the flavor to the end, or give it the taint of its virtual node',
          },
        ];
      }),
    );
  },
);

const coversAll = invariant(
  'kueue/covers-all',
  'Every flavor of a queue lists every covered resource once; the API server refuses the queue otherwise.',
  (plan) =>
    plan.clusterQueues.flatMap((queue) =>
      queue.quotas
        .filter(({ resources }) => Object.keys(resources).sort().join() !== [...queue.covered].sort().join())
        .map(({ flavor, resources }) => ({
          path: `${queue.name}/${flavor}`,
          found: Object.keys(resources).join(', '),
          allowed: queue.covered.join(', '),
          fix: 'list each covered resource, with nominal 0 where the flavor has none',
        })),
    ),
);

const knownFlavors = invariant(
  'kueue/known-flavors',
  'Queues name flavors that exist, each once, and every flavor is in some queue.',
  (plan) => {
    const known = flavorsByName(plan);
    const used = new Set(plan.clusterQueues.flatMap(({ quotas }) => quotas.map(({ flavor }) => flavor)));
    const wrong = plan.clusterQueues.flatMap(({ name, quotas }) =>
      quotas
        .filter(({ flavor }, i) => !known.has(flavor) || quotas.findIndex((q) => q.flavor === flavor) !== i)
        .map(({ flavor }) => `${name}/${flavor}`),
    );
    const unused = plan.flavors.filter(({ name }) => !used.has(name)).map(({ name }) => name);
    return [...wrong, ...unused].map((path) => ({
      path,
      found: 'a flavor that is unknown, repeated or unused',
      allowed: [...known.keys()].join(', '),
      fix: 'use each flavor once',
    }));
  },
);

const oneOwner = invariant(
  'kueue/one-owner',
  'Each local flavor is owned by exactly one interactive queue: preemption is serial inside a queue, so each kind has its own.',
  (plan) =>
    plan.flavors
      .filter(({ origin }) => origin === 'local')
      .flatMap(({ name }) => {
        const owners = plan.clusterQueues.filter(
          ({ role, quotas }) => role === 'interactive' && quotas.some(({ flavor }) => flavor === name),
        );
        return owners.length === 1
          ? []
          : [
              {
                path: name,
                found: `owned by ${owners.map((q) => q.name).join(', ') || 'nobody'}`,
                allowed: 'one interactive queue',
                fix: 'give the flavor to the queue of its kind',
              },
            ];
      }),
);

const localQueuesLead = invariant(
  'kueue/local-queues-lead',
  'Each LocalQueue leads to a ClusterQueue that admits its namespace; fair-sharing weights are positive, for a weight of 0 means never.',
  (plan) => {
    const queues = new Map(plan.clusterQueues.map((queue) => [queue.name, queue]));
    return plan.localQueues
      .filter(
        ({ clusterQueue, namespace, weight = 1 }) =>
          queues.get(clusterQueue)?.namespace !== namespace || weight <= 0,
      )
      .map(({ namespace, name, clusterQueue, weight }) => ({
        path: `${namespace}/${name}`,
        found: `ClusterQueue ${clusterQueue}, weight ${weight ?? 'absent'}`,
        allowed: `a ClusterQueue of namespace ${namespace}, weight > 0`,
        fix: 'correct the LocalQueue',
      }));
  },
);

/** Limits of the ClusterQueue API (kueue v1beta2): resources and flavors of one group. */
const MOST = 64;

const apiLimits = invariant(
  'kueue/api-limits',
  `A resource group has at most ${MOST} resources and ${MOST} flavors.`,
  (plan) =>
    plan.clusterQueues
      .filter(({ covered, quotas }) => covered.length > MOST || quotas.length > MOST || quotas.length === 0)
      .map(({ name, covered, quotas }) => ({
        path: name,
        found: `${covered.length} resources, ${quotas.length} flavors`,
        allowed: `1 to ${MOST} of each`,
        fix: 'join kinds of device, or split the site',
      })),
);

/** All invariants of a queue plan. */
export const INVARIANTS: readonly Invariant[] = [
  nominalSum,
  onlyInteractiveReclaims,
  batchOwnsNothing,
  interactiveBorrowsNothing,
  lendingWithinNominal,
  sameLabelKeys,
  distinctNodes,
  remoteLast,
  coversAll,
  knownFlavors,
  oneOwner,
  localQueuesLead,
  apiLimits,
];

/** Everything that is wrong with a queue plan; nothing for a plan that keeps the promise. */
export function checkQueues(plan: QueuePlan): readonly Finding[] {
  return INVARIANTS.flatMap((rule) => rule.check(plan));
}
