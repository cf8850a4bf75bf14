import { parse } from 'yaml';

import {
  DCGM_METRICS,
  deviceFilter,
  Gpu,
  gpuOperatorValues,
  hasDriverImage,
  hasNvidia,
  migPartedConfig,
} from '../../../constructs/gpu';
import { planMachines, type SiteInput } from '../../../constructs/site';
import { objectsOf, only, realLock, sampleApp, sampleSite, type Read } from '../support/platform';
import { cnaf } from '../kueue/sites';

interface Entry {
  readonly 'device-filter'?: string;
  readonly devices: string;
  readonly 'mig-enabled': boolean;
  readonly 'mig-devices'?: Record<string, number>;
}

function configs(text: string): Record<string, readonly Entry[]> {
  const read = parse(text) as { version: string; 'mig-configs': Record<string, readonly Entry[]> };
  expect(read.version).toBe('v1');
  return read['mig-configs'];
}

function rendered(change: Partial<SiteInput> = {}): readonly Read[] {
  const app = sampleApp(change);
  new Gpu(app, 'gpu');
  return objectsOf(app);
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((v, key) => (v as Record<string, unknown>)[key], value);
}

/** Two kinds of A100, on which the same configuration name means different numbers of slices. */
const TWO_A100: Partial<SiteInput> = {
  hosts: { 'server-1': { 'a100-40gb': 1, 'a100-80gb': 1 } },
  nodes: {
    control: { flavor: 'm1.xlarge' },
    small: { flavor: 'gpu.a100', host: 'server-1', cards: { 'a100-40gb': 1 }, mig: '1g.10gb' },
    large: { flavor: 'gpu.a100', host: 'server-1', cards: { 'a100-80gb': 1 }, mig: '1g.10gb' },
  },
};

const FPGA: Partial<SiteInput> = {
  hosts: { 'server-1': { u55c: 1, v70: 1 } },
  nodes: {
    control: { flavor: 'm1.xlarge' },
    u55c: { flavor: 'gpu.a100', host: 'server-1', cards: { u55c: 1 } },
    v70: { flavor: 'gpu.a100', host: 'server-1', cards: { v70: 1 }, reserved: 'diamond' },
  },
};

describe('the MIG configuration', () => {
  it('holds MIG off and exactly the layouts of the site', () => {
    expect(configs(migPartedConfig(cnaf()))).toEqual({
      'all-disabled': [{ devices: 'all', 'mig-enabled': false }],
      'all-1g.5gb': [
        {
          'device-filter': '0x20F110DE',
          devices: 'all',
          'mig-enabled': true,
          'mig-devices': { '1g.5gb': 7 },
        },
      ],
    });
  });

  it('tells cards apart where one name means two layouts', () => {
    const entries = configs(migPartedConfig(sampleSite(TWO_A100)))['all-1g.10gb'];
    expect(entries?.map((e) => [e['device-filter'], e['mig-devices']])).toEqual([
      ['0x20F110DE', { '1g.10gb': 4 }],
      ['0x20B510DE', { '1g.10gb': 7 }],
    ]);
  });

  it('defines every configuration that a machine is labelled with', () => {
    for (const site of [cnaf(), sampleSite(), sampleSite(TWO_A100)]) {
      const known = Object.keys(configs(migPartedConfig(site)));
      const labels = planMachines(site).machines.flatMap((m) => m.labels['nvidia.com/mig.config'] ?? []);
      expect(labels.length).toBeGreaterThan(0);
      for (const label of labels) expect(known).toContain(label);
    }
  });

  it('names a card by device and vendor, as mig-parted does', () => {
    expect(deviceFilter({ pciId: '10de:20b5' })).toBe('0x20B510DE');
  });
});

describe('the measured figures', () => {
  const csv = String(at(only(rendered(), 'ConfigMap', 'dcgm-metrics').object, ['data', 'dcgm-metrics.csv']));
  const lines = csv.trimEnd().split('\n');

  it('are lines of exactly three parts, or the exporter would not start', () => {
    expect(lines).toHaveLength(DCGM_METRICS.length);
    for (const line of lines) expect(line).toMatch(/^DCGM_FI_(DEV|PROF)_[A-Z_]+, (gauge|counter), [^,]+\.$/);
  });

  it('are each listed once', () => {
    const fields = DCGM_METRICS.map(([field]) => field);
    expect(new Set(fields).size).toBe(fields.length);
  });

  it('hold utilisation for MIG instances and for cards without the profiling module', () => {
    const fields = DCGM_METRICS.map(([field]) => field);
    expect(fields).toEqual(
      expect.arrayContaining([
        'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
        'DCGM_FI_DEV_GPU_UTIL',
        'DCGM_FI_DEV_FB_USED',
        'DCGM_FI_DEV_XID_ERRORS',
        'DCGM_FI_DEV_POWER_USAGE',
      ]),
    );
  });
});

describe('the Gpu component', () => {
  it('renders the two ConfigMaps that the operator is told to read', () => {
    const values = gpuOperatorValues(sampleSite(), realLock());
    const mig = only(rendered(), 'ConfigMap', String(at(values, ['migManager', 'config', 'name'])));
    const dcgm = only(rendered(), 'ConfigMap', String(at(values, ['dcgmExporter', 'config', 'name'])));
    expect(Object.keys(mig.object['data'] as object)).toEqual(['config.yaml']);
    expect(Object.keys(dcgm.object['data'] as object)).toEqual(['dcgm-metrics.csv']);
    expect(mig.namespace).toBe('gpu-operator');
    expect(dcgm.namespace).toBe('gpu-operator');
  });

  it('renders nothing at a site without cards, where no operator is wanted', () => {
    const bare = { hosts: {}, nodes: { control: { flavor: 'm1.xlarge' } } };
    expect(rendered(bare)).toEqual([]);
    expect(hasNvidia(sampleSite(bare))).toBe(false);
    expect(hasNvidia(sampleSite())).toBe(true);
  });

  it("gives FPGAs AMD's device plugin, on their machines only, reserved ones too", () => {
    const objects = rendered(FPGA);
    expect(objects.map((o) => o.kind)).toEqual(['DaemonSet']);
    const pod = at(only(objects, 'DaemonSet', 'fpga-device-plugin').spec, ['template', 'spec']);
    expect(
      at(pod, [
        'affinity',
        'nodeAffinity',
        'requiredDuringSchedulingIgnoredDuringExecution',
        'nodeSelectorTerms',
      ]),
    ).toEqual([
      { matchExpressions: [{ key: 'nvidia.com/gpu.product', operator: 'In', values: ['u55c', 'v70'] }] },
    ]);
    expect(at(pod, ['tolerations'])).toEqual([{ key: 'reserved', operator: 'Exists', effect: 'NoSchedule' }]);
    expect(hasNvidia(sampleSite(FPGA))).toBe(false);
  });

  it('selects FPGA machines by the label that they register with', () => {
    const products = planMachines(sampleSite(FPGA)).machines.map((m) => m.labels['nvidia.com/gpu.product']);
    expect(products).toEqual(expect.arrayContaining(['u55c', 'v70']));
  });

  it('gives the FPGA plugin no capability and no API token', () => {
    const pod = at(only(rendered(FPGA), 'DaemonSet', 'fpga-device-plugin').spec, ['template', 'spec']);
    const [container] = at(pod, ['containers']) as readonly Record<string, unknown>[];
    expect(container?.['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(at(pod, ['automountServiceAccountToken'])).toBe(false);
  });
});

describe("the values of the GPU Operator's chart", () => {
  const values = gpuOperatorValues(cnaf(), realLock());

  it('name every device nvidia.com/gpu, as the queues count them', () => {
    expect(values['mig']).toEqual({ strategy: 'single' });
  });

  it('take every version from the pins', () => {
    const lock = realLock();
    const versions = ['driver', 'toolkit', 'devicePlugin', 'gfd', 'migManager', 'dcgmExporter'].map((part) =>
      at(values, [part, 'version']),
    );
    expect(versions).toEqual([
      lock.version('nvidia-driver'),
      lock.version('nvidia-container-toolkit'),
      lock.version('nvidia-device-plugin'),
      lock.version('nvidia-device-plugin'),
      lock.version('nvidia-mig-manager'),
      lock.version('nvidia-dcgm-exporter'),
    ]);
  });

  it('reboot a machine when MIG is switched, because passthrough hides the reset', () => {
    expect(at(values, ['migManager', 'env'])).toEqual([{ name: 'WITH_REBOOT', value: 'true' }]);
    expect(at(values, ['migManager', 'config', 'default'])).toBe('all-disabled');
  });

  it('never upgrade a driver under running sessions', () => {
    expect(at(values, ['driver', 'upgradePolicy', 'autoUpgrade'])).toBe(false);
  });

  it('leave the driver to the machine where NVIDIA publishes no image of it', () => {
    const driver = (image: string): unknown =>
      at(gpuOperatorValues(cnaf({ cloud: { ...cnaf().cloud, image } }), realLock()), ['driver', 'enabled']);
    expect(driver('debian-12')).toBe(false);
    expect(driver('ubuntu-24.04')).toBe(true);
    expect(driver('ubuntu-24.04-server')).toBe(true);
    expect(driver('RHEL-9.6')).toBe(true);
    expect(driver('my-rocky-9')).toBe(true);
    expect(hasDriverImage({ cloud: { ...cnaf().cloud, image: 'kubuntu' } })).toBe(false);
  });

  it("point the toolkit at RKE2's containerd, and at none on an existing cluster", () => {
    const names = (site: ReturnType<typeof cnaf>): readonly unknown[] =>
      (at(gpuOperatorValues(site, realLock()), ['toolkit', 'env']) as readonly { name: string }[]).map(
        (e) => e.name,
      );
    const existing = cnaf({
      kubernetes: { cluster: { existing: true, server: 'https://k8s.infn.it:6443' } },
    });
    expect(names(cnaf())).toEqual([
      'CONTAINERD_SOCKET',
      'ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED',
    ]);
    expect(names(existing)).toEqual(['ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED']);
  });

  it.each([[['daemonsets', 'tolerations']], [['node-feature-discovery', 'worker', 'tolerations']]])(
    'send the daemons to reserved machines too (%s)',
    (path) => {
      expect(at(values, path)).toContainEqual({ key: 'reserved', operator: 'Exists', effect: 'NoSchedule' });
      expect(at(values, path)).toContainEqual({
        key: 'nvidia.com/gpu',
        operator: 'Exists',
        effect: 'NoSchedule',
      });
    },
  );
});
