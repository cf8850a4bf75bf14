import { Kueue, planQueues, queueObjects } from '../../../constructs/kueue';
import { NAMESPACES } from '../../../constructs/network/namespaces';
import { objectsOf, only, sampleApp } from '../support/platform';
import { cnaf } from './sites';

interface Flavors {
  readonly coveredResources: readonly string[];
  readonly flavors: readonly {
    readonly name: string;
    readonly resources: readonly Readonly<Record<string, string>>[];
  }[];
}

const objects = objectsOf(
  (() => {
    const app = sampleApp({
      batch: { reserve: { t4: 1 } },
      offload: { far: { api: 'https://far.infn.it', cpu: 8, memory: '64Gi' } },
    });
    new Kueue(app, 'kueue');
    return app;
  })(),
);

const groupsOf = (name: string): readonly Flavors[] =>
  only(objects, 'ClusterQueue', name).spec['resourceGroups'] as readonly Flavors[];

describe('the Kueue component', () => {
  it('speaks the storage version of the API and nothing else', () => {
    const versions = new Set(objects.map((o) => o.object['apiVersion']));
    expect(versions).toEqual(new Set(['kueue.x-k8s.io/v1beta2']));
  });

  it('renders a flavor for each kind, a queue for its sessions and one for batch', () => {
    const names = (kind: string): readonly string[] =>
      objects
        .filter((o) => o.kind === kind)
        .map((o) => o.name)
        .sort();
    const kinds = ['a100-40gb-1g-5gb', 'a30-for-diamond', 'cpu', 't4'];
    expect(names('ResourceFlavor')).toEqual([...kinds, 'offload-far'].sort());
    expect(names('ClusterQueue')).toEqual([
      'interactive-a100-40gb-1g-5gb',
      'interactive-a30',
      'interactive-cpu',
      'interactive-t4',
      'opportunistic',
    ]);
    expect(names('Cohort')).toEqual(['sample']);
  });

  it('writes quantities in canonical form, so that nothing drifts', () => {
    const [group] = groupsOf('interactive-t4');
    expect(group?.coveredResources).toEqual(['cpu', 'memory', 'pods', 'nvidia.com/gpu']);
    expect(group?.flavors).toEqual([
      {
        name: 't4',
        resources: [
          { name: 'cpu', nominalQuota: '31', borrowingLimit: '0', lendingLimit: '27' },
          { name: 'memory', nominalQuota: '119Gi', borrowingLimit: '0', lendingLimit: '103Gi' },
          { name: 'pods', nominalQuota: '110', borrowingLimit: '0', lendingLimit: '109' },
          { name: 'nvidia.com/gpu', nominalQuota: '4', borrowingLimit: '0', lendingLimit: '3' },
        ],
      },
    ]);
  });

  it('lists the resources of every flavor in the order of coveredResources, as the webhook demands', () => {
    for (const { name } of objects.filter((o) => o.kind === 'ClusterQueue'))
      for (const { coveredResources, flavors } of groupsOf(name))
        for (const flavor of flavors)
          expect(flavor.resources.map((r) => r['name'])).toEqual(coveredResources);
  });

  it('lets only the hub use interactive queues and only batch the opportunistic one', () => {
    const selector = (name: string): unknown => only(objects, 'ClusterQueue', name).spec['namespaceSelector'];
    const named = (namespace: string): unknown => ({
      matchLabels: { 'kubernetes.io/metadata.name': namespace },
    });
    expect(selector('interactive-t4')).toEqual(named(NAMESPACES.hub.name));
    expect(selector('opportunistic')).toEqual(named(NAMESPACES.batch.name));
  });

  it('lets sessions reclaim what they lent and batch evict nobody', () => {
    expect(only(objects, 'ClusterQueue', 'interactive-t4').spec['preemption']).toEqual({
      reclaimWithinCohort: 'Any',
      withinClusterQueue: 'Never',
      borrowWithinCohort: { policy: 'Never' },
    });
    expect(only(objects, 'ClusterQueue', 'opportunistic').spec['preemption']).toMatchObject({
      reclaimWithinCohort: 'Never',
      withinClusterQueue: 'Never',
    });
  });

  it('shares idle devices between projects by past use and weight', () => {
    expect(only(objects, 'ClusterQueue', 'opportunistic').spec['admissionScope']).toEqual({
      admissionMode: 'UsageBasedAdmissionFairSharing',
    });
    expect(only(objects, 'LocalQueue', 'diamond', 'batch').spec).toEqual({
      clusterQueue: 'opportunistic',
      fairSharing: { weight: '2' },
      stopPolicy: 'None',
    });
    expect(only(objects, 'ClusterQueue', 'interactive-t4').spec).not.toHaveProperty('admissionScope');
  });

  it('writes a fractional weight in thousandths', () => {
    const projects = { muography: { group: 'muography', batch: { share: 0.35 } } };
    const queues = queueObjects(planQueues(cnaf({ projects })));
    expect(
      queues.find((o) => o.kind === 'LocalQueue' && o.metadata.name === 'muography')?.['spec'],
    ).toMatchObject({
      fairSharing: { weight: '350m' },
    });
  });

  it('gives LocalQueues of the hub the names that sessions carry', () => {
    expect(only(objects, 'LocalQueue', 'interactive-t4').namespace).toBe(NAMESPACES.hub.name);
    expect(objects.filter((o) => o.kind === 'LocalQueue' && o.namespace === 'hub')).toHaveLength(4);
  });

  it('taints the flavors of virtual and of reserved nodes, and injects no toleration', () => {
    expect(only(objects, 'ResourceFlavor', 'offload-far').spec).toEqual({
      nodeLabels: { 'nvidia.com/gpu.product': 'offload-far', reserved: 'none' },
      nodeTaints: [{ key: 'virtual-node.interlink/no-schedule', value: 'true', effect: 'NoSchedule' }],
    });
    expect(only(objects, 'ResourceFlavor', 'a30-for-diamond').spec['nodeTaints']).toEqual([
      { key: 'reserved', value: 'diamond', effect: 'NoSchedule' },
    ]);
    for (const flavor of objects.filter((o) => o.kind === 'ResourceFlavor'))
      expect(flavor.spec).not.toHaveProperty('tolerations');
  });

  it('orders workloads by priority, sessions first', () => {
    const values = objects
      .filter((o) => o.kind === 'WorkloadPriorityClass')
      .map((o) => [o.name, o.object['value']] as const)
      .sort(([, a], [, b]) => Number(b) - Number(a));
    expect(values.map(([name]) => name)).toEqual(['interactive', 'batch-high', 'batch-normal', 'batch-low']);
  });

  it('keeps the plan for those who build on it', () => {
    const app = sampleApp();
    expect(new Kueue(app, 'kueue').plan).toEqual(planQueues(app.site));
  });

  it('refuses a site whose plan breaks the promise, naming the rule', () => {
    const app = sampleApp();
    const { muography } = app.site.projects;
    // A weight of 0 cannot be loaded from a site file; it stands for any bug that lets such a value through.
    const broken = { ...app.site, projects: { muography: { ...muography, batch: { share: 0 } } } };
    Object.assign(app, { site: broken });
    expect(() => new Kueue(app, 'kueue')).toThrow('[kueue/local-queues-lead]');
  });
});
