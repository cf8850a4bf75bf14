import fc from 'fast-check';

import {
  checkQueues,
  INVARIANTS,
  planQueues,
  type ClusterQueuePlan,
  type FlavorPlan,
  type LocalQueuePlan,
  type Quota,
  type QueuePlan,
} from '../../../constructs/kueue';
import { anySite, cnaf } from './sites';

const plan = planQueues(cnaf({ batch: { reserve: { t4: 2 } } }));

type Change<T> = (value: T) => T;

const changeQueue = (name: string, change: Change<ClusterQueuePlan>): QueuePlan => ({
  ...plan,
  clusterQueues: plan.clusterQueues.map((q) => (q.name === name ? change(q) : q)),
});

const changeFlavor = (name: string, change: Change<FlavorPlan>): QueuePlan => ({
  ...plan,
  flavors: plan.flavors.map((f) => (f.name === name ? change(f) : f)),
});

const changeLocal = (name: string, change: Change<LocalQueuePlan>): QueuePlan => ({
  ...plan,
  localQueues: plan.localQueues.map((q) => (q.name === name ? change(q) : q)),
});

const changeQuota = (queue: string, flavor: string, resource: string, change: Change<Quota>): QueuePlan =>
  changeQueue(queue, (q) => ({
    ...q,
    quotas: q.quotas.map((f) =>
      f.flavor === flavor
        ? {
            ...f,
            resources: { ...f.resources, [resource]: change(f.resources[resource] ?? { nominal: 0 }) },
          }
        : f,
    ),
  }));

/** A plan that breaks an invariant, and a word its message must hold. */
const BROKEN: readonly (readonly [id: string, what: string, broken: QueuePlan, says: string])[] = [
  [
    'kueue/nominal-sum',
    'more GPUs promised than exist',
    changeQuota('interactive-t4', 't4', 'nvidia.com/gpu', (q) => ({ ...q, nominal: 9 })),
    'sum to 9',
  ],
  [
    'kueue/nominal-sum',
    'GPUs that nobody owns',
    changeQuota('interactive-t4', 't4', 'nvidia.com/gpu', (q) => ({ ...q, nominal: 7 })),
    '8, as the nodes offer',
  ],
  [
    'kueue/only-interactive-reclaims',
    'batch that takes quota back',
    changeQueue('opportunistic', (q) => ({ ...q, reclaim: 'Any' })),
    'reclaimWithinCohort Any',
  ],
  [
    'kueue/only-interactive-reclaims',
    'sessions that cannot take quota back',
    changeQueue('interactive-t4', (q) => ({ ...q, reclaim: 'Never' })),
    'reclaimWithinCohort Never',
  ],
  [
    'kueue/batch-owns-nothing',
    'batch with a quota of its own',
    changeQuota('opportunistic', 't4', 'nvidia.com/gpu', () => ({ nominal: 1 })),
    'nominal 1',
  ],
  [
    'kueue/interactive-borrows-nothing',
    'sessions on borrowed quota',
    changeQuota('interactive-t4', 't4', 'nvidia.com/gpu', ({ nominal }) => ({ nominal })),
    'borrowingLimit absent',
  ],
  [
    'kueue/lending-within-nominal',
    'a queue that lends more than it has',
    changeQuota('interactive-a30', 'a30', 'nvidia.com/gpu', (q) => ({ ...q, lendingLimit: 2 })),
    'lendingLimit 2',
  ],
  [
    'kueue/lending-within-nominal',
    'a quota in fractions',
    changeQuota('interactive-a30', 'a30', 'cpu', (q) => ({ ...q, lendingLimit: 0.5 })),
    'whole numbers',
  ],
  [
    'kueue/same-label-keys',
    'a flavor with a label of its own',
    changeFlavor('a30', (f) => ({ ...f, labels: { ...f.labels, zone: 'a' } })),
    'nvidia.com/gpu.product, zone',
  ],
  [
    'kueue/same-label-keys',
    'a virtual node without the product label',
    changeFlavor('offload-recas', (f) => ({ ...f, labels: {} })),
    'no label',
  ],
  [
    'kueue/distinct-nodes',
    'two flavors on the same nodes',
    changeFlavor('a30', (f) => ({ ...f, labels: plan.flavors.find((o) => o.name === 't4')?.labels ?? {} })),
    'the labels of t4',
  ],
  [
    'kueue/remote-last',
    'a remote centre before local cards',
    changeQueue('opportunistic', (q) => ({ ...q, quotas: [...q.quotas].reverse() })),
    'at place 1 of 6',
  ],
  [
    'kueue/remote-last',
    'a virtual node that anything may land on',
    changeFlavor('offload-recas', (f) => ({ ...f, taints: [] })),
    '0 taints',
  ],
  [
    'kueue/remote-last',
    'a session at a remote centre',
    changeQueue('interactive-t4', (q) => ({
      ...q,
      quotas: [...q.quotas, ...(plan.clusterQueues.at(-1)?.quotas.slice(-1) ?? [])],
    })),
    'in an interactive queue',
  ],
  [
    'kueue/covers-all',
    'a flavor that leaves out a resource',
    changeQueue('interactive-t4', (q) => ({ ...q, covered: [...q.covered, 'amd.com/fpga'] })),
    'amd.com/fpga',
  ],
  [
    'kueue/known-flavors',
    'a flavor that does not exist',
    changeQueue('interactive-t4', (q) => ({
      ...q,
      quotas: q.quotas.map((f) => ({ ...f, flavor: 't5' })),
    })),
    'interactive-t4/t5',
  ],
  [
    'kueue/known-flavors',
    'a flavor named twice',
    changeQueue('opportunistic', (q) => ({ ...q, quotas: [...q.quotas.slice(0, 1), ...q.quotas] })),
    'opportunistic/cpu',
  ],
  [
    'kueue/one-owner',
    'a flavor that two interactive queues own',
    changeQueue('interactive-a30', (q) => ({
      ...q,
      quotas: [...q.quotas, ...(plan.clusterQueues[0]?.quotas ?? [])],
    })),
    'interactive-t4, interactive-a30',
  ],
  [
    'kueue/local-queues-lead',
    'a LocalQueue of the hub that leads to batch',
    changeLocal('interactive-t4', (q) => ({ ...q, clusterQueue: 'opportunistic' })),
    'ClusterQueue opportunistic',
  ],
  [
    'kueue/local-queues-lead',
    'a project that would never be served',
    changeLocal('diamond', (q) => ({ ...q, weight: 0 })),
    'weight 0',
  ],
  [
    'kueue/api-limits',
    'more resources than the API takes',
    changeQueue('opportunistic', (q) => ({
      ...q,
      covered: Array.from({ length: 65 }, (_, i) => `example.com/r${i}`),
    })),
    '65 resources',
  ],
];

describe('the invariants of the queues', () => {
  it('hold for CNAF', () => {
    expect(checkQueues(plan)).toEqual([]);
  });

  it('hold for every site', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        expect(checkQueues(planQueues(site))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(BROKEN)('%s refuses %s', (id, _what, broken, says) => {
    const findings = checkQueues(broken).filter((f) => f.rule === id);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.map((f) => `${f.path} ${f.found} ${f.allowed}`).join('\n')).toContain(says);
  });

  it('have each been seen to fail', () => {
    expect(new Set(BROKEN.map(([id]) => id))).toEqual(new Set(INVARIANTS.map((i) => i.id)));
  });

  it('report all faults at once', () => {
    const broken = changeQueue('opportunistic', (q) => ({
      ...q,
      reclaim: 'Any',
      quotas: [...q.quotas].reverse(),
    }));
    expect(new Set(checkQueues(broken).map((f) => f.rule))).toEqual(
      new Set(['kueue/only-interactive-reclaims', 'kueue/remote-last']),
    );
  });

  it('notice when a random quota of a sound plan changes', () => {
    const entries = plan.clusterQueues.flatMap((q) =>
      q.quotas.flatMap((f) => Object.keys(f.resources).map((r) => [q.name, f.flavor, r] as const)),
    );
    // Batch may list a resource that a flavor does not have; giving it quota there is noticed as well.
    fc.assert(
      fc.property(fc.constantFrom(...entries), fc.integer({ min: 1, max: 100 }), ([q, f, r], more) => {
        const changed = changeQuota(q, f, r, (quota) => ({ ...quota, nominal: quota.nominal + more }));
        expect(checkQueues(changed).length).toBeGreaterThan(0);
      }),
    );
  });

  it('say in one sentence each what must hold', () => {
    for (const { id, about } of INVARIANTS) {
      expect(id).toMatch(/^kueue\/[a-z-]+$/);
      expect(about).toMatch(/^[A-Z].+\.$/s);
    }
  });
});
