import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { toYaml } from '../../constructs';
import { ruleGroups } from '../../constructs/monitoring';
import { sampleSite } from '../constructs/support/platform';

/** Debian's prometheus (package of that name) ships the project's own rule checker. */
const PROMTOOL = '/usr/bin/promtool';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ai-infn-rules-'));
  writeFileSync(join(dir, 'rules.yaml'), toYaml({ groups: ruleGroups(sampleSite()) }));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

function promtool(...args: readonly string[]): Outcome {
  try {
    return { ok: true, text: execFileSync(PROMTOOL, args, { encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    return { ok: false, text: `${message}\n${stdout}\n${stderr}` };
  }
}

const A100 = 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb';
const request = (namespace: string, pod: string, node: string): string =>
  `kube_pod_container_resource_requests{namespace="${namespace}",pod="${pod}",node="${node}",resource="nvidia_com_gpu"}`;
const phase = (namespace: string, pod: string, name: string): string =>
  `kube_pod_status_phase{namespace="${namespace}",pod="${pod}",phase="${name}"}`;
const nodeLabel = (node: string, product: string): string =>
  `kube_node_labels{node="${node}",label_nvidia_com_gpu_product="${product}"}`;
const allocatable = (node: string, resource: string): string =>
  `kube_node_status_allocatable{node="${node}",resource="${resource}"}`;

/** One T4 of four is missing, the A30's machine is away; one session computes nothing, one has ended, one job runs. */
const SERIES: Readonly<Record<string, string>> = {
  [nodeLabel('n1', 'Tesla-T4')]: '1x200',
  [nodeLabel('n2', A100)]: '1x200',
  [nodeLabel('n3', 'none')]: '1x200',
  [allocatable('n1', 'nvidia_com_gpu')]: '3x200',
  [allocatable('n2', 'nvidia_com_gpu')]: '14x200',
  [allocatable('n3', 'cpu')]: '8x200',
  [request('hub', 'ada', 'n1')]: '1x200',
  [request('hub', 'done', 'n1')]: '1x200',
  [request('batch', 'job', 'n2')]: '2x200',
  [phase('hub', 'ada', 'Running')]: '1x200',
  [phase('hub', 'ada', 'Pending')]: '0x200',
  [phase('hub', 'done', 'Running')]: '0x200',
  [phase('hub', 'done', 'Succeeded')]: '1x200',
  [phase('batch', 'job', 'Running')]: '1x200',
  'kube_pod_labels{namespace="hub",pod="ada",label_component="singleuser-server",label_ai_infn_it_accelerator="t4"}':
    '1x200',
  'DCGM_FI_PROF_GR_ENGINE_ACTIVE{namespace="hub",pod="ada",gpu="0",Hostname="n1"}': '0x200',
  'DCGM_FI_DEV_XID_ERRORS{gpu="1",Hostname="n2"}': '0x10 79x190',
  'up{namespace="hub",service="hub",job="hub"}': '1x60 0x140',
};

type Sample = readonly [labels: string, value: number];
/** Expression, minute, samples. */
type Expected = readonly [expr: string, minute: number, samples: readonly Sample[]];

const firing = (name: string): string =>
  `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`;
const product = (name: string, value: number): Sample => [`{product="${name}"}`, value];

function check(expected: readonly Expected[]): Outcome {
  const file = join(dir, 'test.yaml');
  const test = {
    interval: '1m',
    input_series: Object.entries(SERIES).map(([series, values]) => ({ series, values })),
    promql_expr_test: expected.map(([expr, minute, samples]) => ({
      expr,
      eval_time: `${minute}m`,
      exp_samples: samples.map(([labels, value]) => ({ labels, value })),
    })),
  };
  writeFileSync(
    file,
    toYaml({ rule_files: [join(dir, 'rules.yaml')], evaluation_interval: '1m', tests: [test] }),
  );
  return promtool('test', 'rules', file);
}

it('promtool accepts every rule', () => {
  const { ok, text } = promtool('check', 'rules', join(dir, 'rules.yaml'));
  expect(text).toMatch(/SUCCESS: \d\d rules found/);
  expect(ok).toBe(true);
});

it('promtool refuses a wrong expectation, so that its consent means something', () => {
  expect(check([['ai_infn:gpus_expected:total', 30, [['ai_infn:gpus_expected:total', 18]]]])).toMatchObject({
    ok: false,
  });
});

it.each<[string, readonly Expected[]]>([
  [
    'devices are counted by kind as installed, used by live sessions, and lent to batch',
    [
      ['sum by (product) (ai_infn:devices_installed:count)', 30, [product('Tesla-T4', 3), product(A100, 14)]],
      ['sum by (product) (ai_infn:devices_used:count)', 30, [product('Tesla-T4', 1)]],
      ['sum by (product) (ai_infn:devices_lent:count)', 30, [product(A100, 2)]],
      ['sum(ai_infn:sessions_running:count)', 30, [['{}', 1]]],
    ],
  ],
  [
    'DevicesMissing names the kinds that lack devices, after a quarter of an hour',
    [
      [firing('DevicesMissing'), 10, [['{}', 0]]],
      [
        'count by (kind) (ALERTS{alertname="DevicesMissing",alertstate="firing"})',
        30,
        [
          ['{kind="a30"}', 1],
          ['{kind="t4"}', 1],
        ],
      ],
    ],
  ],
  [
    'DeviceFault fires on a fatal Xid and not before',
    [
      [firing('DeviceFault'), 8, [['{}', 0]]],
      [firing('DeviceFault'), 20, [['{}', 1]]],
    ],
  ],
  ['SessionDeviceIdle waits for its two hours', [[firing('SessionDeviceIdle'), 180, [['{}', 1]]]]],
  [
    'HubDown fires when the hub stops answering, and not while it answers',
    [
      [firing('HubDown'), 50, [['{}', 0]]],
      [firing('HubDown'), 70, [['{}', 1]]],
    ],
  ],
  [
    'services that never answered are down',
    ['VkdDown', 'KueueDown', 'PostgresDown'].map((name) => [firing(name), 30, [['{}', 1]]]),
  ],
])('%s', (_behaviour, expected) => {
  const { text, ok } = check(expected);
  expect(text).toContain('SUCCESS');
  expect(ok).toBe(true);
});
