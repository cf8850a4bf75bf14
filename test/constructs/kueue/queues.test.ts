import fc from 'fast-check';

import { planQueues, type ClusterQueuePlan, type QueuePlan } from '../../../constructs/kueue';
import { gpuTotal, schedulable } from '../../../constructs/site';
import { sampleSite } from '../support/platform';
import { anySite, cnaf, OFFLOAD } from './sites';

function queue(plan: QueuePlan, name: string): ClusterQueuePlan {
  const found = plan.clusterQueues.find((q) => q.name === name);
  if (!found) throw new Error(`no queue ${name}`);
  return found;
}

function quota(plan: QueuePlan, path: string): Readonly<Record<string, number | undefined>> {
  const [name = '', flavor = '', ...rest] = path.split('/');
  const resource = rest.join('/');
  const found = queue(plan, name).quotas.find((q) => q.flavor === flavor)?.resources[resource];
  if (!found) throw new Error(`no quota ${path}`);
  return { ...found };
}

describe('the queues of CNAF', () => {
  const plan = planQueues(cnaf());

  it('are one for the sessions of each kind and one for batch', () => {
    expect(plan.clusterQueues.map((q) => q.name)).toEqual([
      'interactive-t4',
      'interactive-rtx5000',
      'interactive-a30',
      'interactive-a100-40gb-1g-5gb',
      'interactive-cpu',
      'opportunistic',
    ]);
    expect(plan.cohort).toBe('cnaf');
  });

  it('own the 42 GPUs, each kind in its queue', () => {
    const owned = plan.clusterQueues
      .filter((q) => q.role === 'interactive')
      .flatMap((q) => q.quotas.map((f) => f.resources['nvidia.com/gpu']?.nominal ?? 0));
    expect(owned).toEqual([8, 5, 1, 28, 0]);
    expect(owned.reduce((a, b) => a + b, 0)).toBe(42);
  });

  it('give batch flavors from small to large and the remote centre last', () => {
    expect(queue(plan, 'opportunistic').quotas.map((q) => q.flavor)).toEqual([
      'cpu',
      'a100-40gb-1g-5gb',
      'rtx5000',
      't4',
      'a30',
      'offload-recas',
    ]);
  });

  it('give batch nothing of its own here and the agreed slots at the remote centre', () => {
    expect(quota(plan, 'opportunistic/t4/nvidia.com/gpu')).toEqual({ nominal: 0 });
    expect(quota(plan, 'opportunistic/offload-recas/nvidia.com/gpu')).toEqual({ nominal: 4 });
    expect(quota(plan, 'opportunistic/offload-recas/cpu')).toEqual({ nominal: 200 });
    expect(quota(plan, 'opportunistic/offload-recas/memory')).toEqual({ nominal: 800 });
    expect(quota(plan, 'opportunistic/offload-recas/pods')).toEqual({ nominal: 100 });
  });

  it('lend every idle device and borrow none', () => {
    expect(quota(plan, 'interactive-t4/t4/nvidia.com/gpu')).toEqual({
      nominal: 8,
      lendingLimit: 8,
      borrowingLimit: 0,
    });
  });

  it('count the CPU and memory that the machines leave to pods', () => {
    // Two machines of 16 cores and 180 GiB, less the reserve of the system.
    expect(quota(plan, 'interactive-t4/t4/cpu')).toMatchObject({ nominal: 30 });
    expect(quota(plan, 'interactive-t4/t4/memory')).toMatchObject({ nominal: 2 * (180 - 2 - 9) });
    expect(quota(plan, 'interactive-t4/t4/pods')).toMatchObject({ nominal: 220 });
  });

  it('let interactive queues alone take back what they lent', () => {
    expect(plan.clusterQueues.map((q) => [q.role, q.reclaim])).toEqual([
      ...Array.from({ length: 5 }, () => ['interactive', 'Any']),
      ['opportunistic', 'Never'],
    ]);
  });

  it('wait for the kind asked for, while batch looks further', () => {
    expect(queue(plan, 'interactive-t4').whenCanPreempt).toBe('MayStopSearch');
    expect(queue(plan, 'opportunistic').whenCanPreempt).toBe('TryNextFlavor');
  });

  it('are reached from the hub by kind and from batch by project, weighted by its share', () => {
    expect(plan.localQueues).toEqual([
      ...['t4', 'rtx5000', 'a30', 'a100-40gb-1g-5gb', 'cpu'].map((kind) => ({
        namespace: 'hub',
        name: `interactive-${kind}`,
        clusterQueue: `interactive-${kind}`,
      })),
      { namespace: 'batch', name: 'muography', clusterQueue: 'opportunistic', weight: 1 },
      { namespace: 'batch', name: 'diamond', clusterQueue: 'opportunistic', weight: 2 },
    ]);
  });

  it('select machines by the product label alone, since none is reserved', () => {
    expect(plan.flavors.map((f) => f.labels)).toEqual([
      { 'nvidia.com/gpu.product': 'none' },
      { 'nvidia.com/gpu.product': 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb' },
      { 'nvidia.com/gpu.product': 'Quadro-RTX-5000' },
      { 'nvidia.com/gpu.product': 'Tesla-T4' },
      { 'nvidia.com/gpu.product': 'NVIDIA-A30' },
      { 'nvidia.com/gpu.product': 'offload-recas' },
    ]);
  });

  it('let work leave the site only if it tolerates the virtual node', () => {
    expect(plan.flavors.at(-1)?.taints).toEqual([
      { key: 'virtual-node.interlink/no-schedule', value: 'true', effect: 'NoSchedule' },
    ]);
  });
});

describe('the warm reserve', () => {
  it('keeps devices, and the CPU and memory of as many sessions, from batch', () => {
    const plan = planQueues(cnaf({ batch: { reserve: { t4: 2 } } }));
    expect(quota(plan, 'interactive-t4/t4/nvidia.com/gpu')).toMatchObject({ nominal: 8, lendingLimit: 6 });
    expect(quota(plan, 'interactive-t4/t4/cpu')).toMatchObject({ nominal: 30, lendingLimit: 30 - 2 * 4 });
    expect(quota(plan, 'interactive-t4/t4/memory')).toMatchObject({ lendingLimit: 338 - 2 * 16 });
    expect(quota(plan, 'interactive-t4/t4/pods')).toMatchObject({ lendingLimit: 218 });
  });

  it('leaves the other kinds lent in full', () => {
    const plan = planQueues(cnaf({ batch: { reserve: { t4: 2 } } }));
    expect(quota(plan, 'interactive-a30/a30/nvidia.com/gpu')).toMatchObject({ nominal: 1, lendingLimit: 1 });
  });

  it('may hold a whole kind', () => {
    const plan = planQueues(cnaf({ batch: { reserve: { a30: 1 } } }));
    expect(quota(plan, 'interactive-a30/a30/nvidia.com/gpu')).toMatchObject({ nominal: 1, lendingLimit: 0 });
  });

  it('never lends less than nothing of a machine too small for its sessions', () => {
    const plan = planQueues(cnaf({ batch: { reserve: { t4: 8 } }, sessions: { cpu: 16 } }));
    expect(quota(plan, 'interactive-t4/t4/cpu')).toMatchObject({ nominal: 30, lendingLimit: 0 });
  });
});

describe('reserved machines', () => {
  const nodes = {
    control: { count: 3, flavor: 'm1.xlarge' },
    shared: { count: 2, flavor: 'gpu.t4.x4', host: 'server-1', cards: { t4: 4 } },
    own: { flavor: 'gpu.t4.x4', host: 'server-1', cards: { t4: 4 }, reserved: 'diamond' },
  };
  const plan = planQueues(sampleSite({ nodes, hosts: { 'server-1': { t4: 12 } }, offload: OFFLOAD }));

  it('form a flavor of their own before the shared one, in the queue of the same kind', () => {
    expect(queue(plan, 'interactive-t4').quotas.map((q) => q.flavor)).toEqual(['t4-for-diamond', 't4']);
    expect(quota(plan, 'interactive-t4/t4-for-diamond/nvidia.com/gpu')).toMatchObject({ nominal: 4 });
    expect(quota(plan, 'interactive-t4/t4/nvidia.com/gpu')).toMatchObject({ nominal: 8 });
  });

  it('admit only work that tolerates the reservation', () => {
    expect(plan.flavors.find((f) => f.name === 't4-for-diamond')?.taints).toEqual([
      { key: 'reserved', value: 'diamond', effect: 'NoSchedule' },
    ]);
  });

  it('make every flavor, also the remote one, tell reserved from shared', () => {
    expect(plan.flavors.map((f) => [f.name, f.labels['reserved']])).toEqual([
      ['cpu', 'none'],
      ['t4-for-diamond', 'diamond'],
      ['t4', 'none'],
      ['offload-recas', 'none'],
    ]);
  });

  it('give the warm reserve only when the shared devices do not suffice', () => {
    const site = sampleSite({ nodes, hosts: { 'server-1': { t4: 12 } }, batch: { reserve: { t4: 9 } } });
    const reserved = planQueues(site);
    expect(quota(reserved, 'interactive-t4/t4/nvidia.com/gpu')).toMatchObject({
      nominal: 8,
      lendingLimit: 0,
    });
    expect(quota(reserved, 'interactive-t4/t4-for-diamond/nvidia.com/gpu')).toMatchObject({
      nominal: 4,
      lendingLimit: 3,
    });
  });

  it('leave no shared flavor behind when a kind is reserved as a whole', () => {
    const sample = planQueues(sampleSite());
    expect(queue(sample, 'interactive-a30').quotas.map((q) => q.flavor)).toEqual(['a30-for-diamond']);
  });
});

describe('the queues of other sites', () => {
  it('count FPGAs by their own resource beside GPUs', () => {
    const plan = planQueues(
      sampleSite({
        hosts: { 'server-1': { t4: 4, u55c: 1 } },
        nodes: {
          control: { flavor: 'm1.xlarge' },
          t4: { flavor: 'gpu.t4.x4', host: 'server-1', cards: { t4: 4 } },
          fpga: { flavor: 'gpu.a100', host: 'server-1', cards: { u55c: 1 } },
        },
      }),
    );
    const fpga = 'amd.com/xilinx_u55c_gen3x16_xdma_base_3-0';
    expect(queue(plan, 'interactive-u55c').covered).toEqual(['cpu', 'memory', fpga]);
    expect(queue(plan, 'opportunistic').covered).toEqual(['cpu', 'memory', 'nvidia.com/gpu', fpga]);
    expect(quota(plan, `opportunistic/t4/${fpga}`)).toEqual({ nominal: 0 });
  });

  it('need no GPU', () => {
    const plan = planQueues(
      sampleSite({
        hosts: {},
        nodes: { control: { flavor: 'm1.xlarge' }, service: { flavor: 'm1.xlarge' } },
      }),
    );
    expect(plan.clusterQueues.map((q) => q.name)).toEqual(['interactive-cpu', 'opportunistic']);
    expect(queue(plan, 'opportunistic').covered).toEqual(['cpu', 'memory']);
  });

  it('add up the cards of a remote centre by resource', () => {
    const offload = {
      far: { api: 'https://far.infn.it:3000', cpu: 8, memory: '64Gi', gpus: { t4: 2, a30: 1, u50: 3 } },
    };
    const plan = planQueues(sampleSite({ offload }));
    expect(quota(plan, 'opportunistic/offload-far/nvidia.com/gpu')).toEqual({ nominal: 3 });
    expect(quota(plan, 'opportunistic/offload-far/amd.com/xilinx_u50_gen3x16_xdma_base_5-0')).toEqual({
      nominal: 3,
    });
  });

  it('own every schedulable GPU exactly once, whatever the site', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const gpus = planQueues(site)
          .clusterQueues.filter((q) => q.role === 'interactive')
          .flatMap((q) => q.quotas.map((f) => f.resources['nvidia.com/gpu']?.nominal ?? 0));
        expect(gpus.reduce((a, b) => a + b, 0)).toBe(gpuTotal(site));
      }),
    );
  });

  it('never lend the reserve of a kind', () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const plan = planQueues(site);
        for (const kind of schedulable(site).filter((k) => k.resource !== undefined)) {
          const lent = queue(plan, `interactive-${kind.key}`).quotas.map(
            (f) => f.resources[kind.resource ?? '']?.lendingLimit ?? Number.NaN,
          );
          expect(lent.reduce((a, b) => a + b, 0)).toBe(kind.shareable);
        }
      }),
    );
  });
});
