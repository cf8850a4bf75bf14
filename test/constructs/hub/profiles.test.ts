import fc from 'fast-check';

import { PRODUCT_LABEL } from '../../../constructs/site/accelerators';
import { schedulable, type SchedulableKind } from '../../../constructs/site/inventory';
import { guarantee, profiles, type Profile } from '../../../constructs/hub';
import { QUEUE_LABEL } from '../../../constructs/kueue/labels';
import { sampleSite } from '../support/platform';

const site = sampleSite();
const menu = profiles(site, schedulable(site));
const override = (slug: string): Record<string, unknown> => {
  const found = menu.find((profile) => profile.slug === slug);
  if (!found) throw new Error(`no profile ${slug}`);
  return found.kubespawner_override;
};
const kind = (change: Partial<SchedulableKind>): SchedulableKind => ({
  key: 't4',
  title: 'T4',
  productLabel: 'Tesla-T4',
  resource: 'nvidia.com/gpu',
  count: 4,
  memoryGiB: 16,
  nodes: { cpu: 30, memoryGiB: 120 },
  nodeGroups: ['t4'],
  shareable: 4,
  reserved: {},
  ...change,
});

describe('the session menu', () => {
  it('offers every schedulable kind of the site once', () => {
    expect(menu.map(({ slug }) => slug)).toEqual(['t4', 'a30', 'a100-40gb-1g-5gb', 'cpu']);
  });

  it.each([
    ['t4', 'Tesla-T4', 'interactive-t4'],
    ['a30', 'NVIDIA-A30', 'interactive-a30'],
    ['a100-40gb-1g-5gb', 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb', 'interactive-a100-40gb-1g-5gb'],
    ['cpu', 'none', 'interactive-cpu'],
  ])('binds %s to product %s and queue %s, by the one label key that queues know', (slug, product, queue) => {
    const { node_selector: selector, extra_labels: labels } = override(slug);
    expect(selector).toEqual({ [PRODUCT_LABEL]: product });
    expect(labels).toHaveProperty([QUEUE_LABEL], queue);
  });

  it('asks for exactly one device, as limit and as request, and tolerates the taint of its machines', () => {
    expect(override('t4')).toMatchObject({
      extra_resource_limits: { 'nvidia.com/gpu': '1' },
      extra_resource_guarantees: { 'nvidia.com/gpu': '1' },
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }],
    });
  });

  it('asks for no device in the CPU profile, which is what you get without choosing', () => {
    const defaults = menu.filter((profile: Profile) => profile.default);
    expect(defaults.map(({ slug }) => slug)).toEqual(['cpu']);
    expect(override('cpu')).not.toHaveProperty('extra_resource_limits');
    expect(override('cpu')).not.toHaveProperty('tolerations');
  });

  it('stops idle sessions with a device earlier than those without', () => {
    expect(override('t4')['args']).toContain('--MappingKernelManager.cull_idle_timeout=14400');
    expect(override('cpu')['args']).toContain('--MappingKernelManager.cull_idle_timeout=86400');
    expect(override('t4')['args']).toContain('--ServerApp.shutdown_no_activity_timeout=300');
  });

  it('tells people how many devices there are and when an idle session stops', () => {
    expect(menu[2]?.description).toBe(
      '5 GB of device memory, 14 of them here. Up to 4 cores and 16 GiB. Stops after 4 h of idling.',
    );
  });
});

describe('what a session is guaranteed', () => {
  it('is an equal share of the machines, rounded down', () => {
    expect(guarantee(kind({}), { ...site.sessions, cpu: 16, memory: 64 })).toEqual({
      cpu: 7.5,
      memoryGiB: 30,
    });
  });

  it('never exceeds the limit of the site file', () => {
    expect(guarantee(kind({}), { ...site.sessions, cpu: 2, memory: 4 })).toEqual({ cpu: 2, memoryGiB: 4 });
  });

  it('is the least for sessions without a device', () => {
    expect(guarantee(kind({ count: 0 }), site.sessions)).toEqual({ cpu: 0.5, memoryGiB: 1 });
  });

  it('leaves no device stranded: all sessions of a kind fit its machines at once unless each has only the least', () => {
    const whole = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(whole, whole, whole, (count, cpu, memoryGiB) => {
        const share = guarantee(kind({ count, nodes: { cpu, memoryGiB } }), {
          ...site.sessions,
          cpu: 999,
          memory: 999,
        });
        expect(share.cpu === 0.5 || share.cpu * count <= cpu).toBe(true);
        expect(share.memoryGiB === 1 || share.memoryGiB * count <= memoryGiB).toBe(true);
      }),
    );
  });
});
