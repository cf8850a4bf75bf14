import { parse } from 'yaml';

import { kueueChartValues, kueueConfiguration } from '../../../constructs/kueue';
import { Lock } from '../../../constructs';
import { realLock, sampleSite } from '../support/platform';
import { cnaf } from './sites';

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((v, key) => (v as Record<string, unknown>)[key], value);
}

describe("Kueue's configuration", () => {
  const configuration = kueueConfiguration(cnaf());

  it('lets work wait a day at a remote centre and never deletes a session that loses readiness', () => {
    expect(configuration['waitForPodsReady']).toEqual({ timeout: '24h', recoveryTimeout: '0s' });
  });

  it('manages Jobs and the plain pods of sessions, only where they are labelled', () => {
    expect(at(configuration, 'integrations.frameworks')).toEqual(['batch/job', 'pod']);
    expect(configuration['manageJobsWithoutQueueName']).toBe(false);
    expect(configuration['managedJobsNamespaceSelector']).toEqual({
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['hub', 'batch'] }],
    });
  });

  it('forgets past use with the half-life of the site', () => {
    const halfLife = (text: string): unknown =>
      at(kueueConfiguration(cnaf({ batch: { halfLife: text } })), 'admissionFairSharing.usageHalfLifeTime');
    expect(at(configuration, 'admissionFairSharing.usageHalfLifeTime')).toBe('168h');
    expect(halfLife('90m')).toBe('90m');
    expect(halfLife('45s')).toBe('45s');
    expect(halfLife('7d')).toBe('168h');
  });

  it('weighs all cores of the farm like all its devices, and memory not at all', () => {
    const weights = at(configuration, 'admissionFairSharing.resourceWeights') as Record<string, number>;
    // Cores left to pods: 3 service machines with 15, 2 x 15 (T4), 19 (RTX 5000), 15 (A30) and 4 x 29 (A100).
    expect(weights).toEqual({ cpu: 0.19, memory: 0, pods: 0, 'nvidia.com/gpu': 1 });
    expect(42 / (3 * 15 + 2 * 15 + 19 + 15 + 4 * 29)).toBeCloseTo(0.19, 2);
  });

  it('writes a weight for every resource of a queue, since the default would count bytes of memory', () => {
    const site = sampleSite({
      offload: { far: { api: 'https://far.infn.it', cpu: 1, memory: '1Gi', gpus: { u50: 1 } } },
    });
    const weights = at(kueueConfiguration(site), 'admissionFairSharing.resourceWeights') as Record<
      string,
      number
    >;
    expect(Object.keys(weights).sort()).toEqual([
      'amd.com/xilinx_u50_gen3x16_xdma_base_5-0',
      'cpu',
      'memory',
      'nvidia.com/gpu',
      'pods',
    ]);
  });

  it('counts cores as such at a site without devices', () => {
    const site = sampleSite({ hosts: {}, nodes: { control: { flavor: 'm1.xlarge' } } });
    expect(at(kueueConfiguration(site), 'admissionFairSharing.resourceWeights.cpu')).toBe(1);
  });

  it('has quota gauges for dashboards', () => {
    expect(at(configuration, 'metrics.enableClusterQueueResources')).toBe(true);
  });
});

describe("the values of Kueue's chart", () => {
  const values = kueueChartValues(cnaf(), realLock());

  it('carry the configuration as the text of a file', () => {
    const text = at(values, 'managerConfig.controllerManagerConfigYaml');
    expect(parse(String(text))).toEqual(kueueConfiguration(cnaf()));
  });

  it('keep Kueue up while a node is drained, because its webhooks fail closed', () => {
    expect(at(values, 'controllerManager.replicas')).toBe(2);
    expect(at(values, 'controllerManager.podDisruptionBudget')).toEqual({ enabled: true, minAvailable: 1 });
    expect(at(values, 'controllerManager.manager.priorityClassName')).toBe('system-cluster-critical');
  });

  it('take the image from the pins, with its digest once it is known', () => {
    const resolved = `sha256:${'a'.repeat(64)}`;
    const lock = new Lock({
      images: {
        kueue: {
          ref: 'registry.example:5000/kueue/kueue',
          tag: 'v1.2.3',
          digest: { resolved, from: 'a test' },
          licence: 'Apache-2.0',
          source: 'https://example.org',
        },
      },
      charts: {},
      software: {},
    });
    expect(at(kueueChartValues(cnaf(), lock), 'controllerManager.manager.image')).toEqual({
      repository: 'registry.example:5000/kueue/kueue',
      tag: `v1.2.3@${resolved}`,
      pullPolicy: 'IfNotPresent',
    });
    expect(at(values, 'controllerManager.manager.image.repository')).toBe('registry.k8s.io/kueue/kueue');
  });

  it('run the version that the chart is pinned at', () => {
    const lock = realLock();
    expect(at(kueueChartValues(cnaf(), lock), 'controllerManager.manager.image.tag')).toMatch(
      new RegExp(`^v${lock.chart('kueue').version.replaceAll('.', '\\.')}(@|$)`),
    );
  });
});
