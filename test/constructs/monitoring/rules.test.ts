import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  alertsOf,
  DASHBOARDS,
  ruleGroups,
  runbook,
  RUNBOOKS,
  type RuleGroup,
} from '../../../constructs/monitoring';
import { GPU, QUEUES, SESSIONS } from '../../../constructs/monitoring/rules';
import { sampleSite } from '../support/platform';
import { metricsIn, promqlErrors } from '../support/promql';

const site = sampleSite();
const rules = ruleGroups(site).flatMap(({ rules: list }) => list);
const nameOf = (rule: RuleGroup['rules'][number]): string => ('alert' in rule ? rule.alert : rule.record);
const recorded = new Set(rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])));
const exprOf = (name: string): string => {
  const found = rules.find((rule) => nameOf(rule) === name);
  if (!found) throw new Error(`no rule ${name}`);
  return found.expr;
};

/** Prefixes of metrics by the exporter they come from; a name outside is a typing error or an exporter nobody runs. */
const EXPORTERS = [
  'ai_infn:',
  'kube_',
  'kubelet_',
  'container_',
  'DCGM_FI_',
  'kueue_',
  'jupyterhub_',
  'pg_',
  'certmanager_',
  'up',
];

describe('the parser that these tests trust', () => {
  it('finds faults', () => {
    expect(promqlErrors('sum(rate(x[5m]))')).toEqual([]);
    expect(promqlErrors('sum(rate(x[5m])')).not.toEqual([]);
    expect(promqlErrors('x[5m')).not.toEqual([]);
  });

  it('finds the metrics of an expression', () => {
    expect(metricsIn('sum(a{b="c"}) / on (x) d')).toEqual(['a', 'd']);
  });
});

describe('every rule', () => {
  it.each(rules.map((rule) => [nameOf(rule), rule.expr] as const))(
    '%s is well-formed PromQL',
    (_name, expr) => {
      expect(promqlErrors(expr)).toEqual([]);
    },
  );

  it('reads figures of exporters that the platform runs, or recorded ones that exist', () => {
    const read = rules.flatMap(({ expr }) => metricsIn(expr));
    expect(read.filter((name) => !EXPORTERS.some((prefix) => name.startsWith(prefix)))).toEqual([]);
    expect(read.filter((name) => name.startsWith('ai_infn:') && !recorded.has(name))).toEqual([]);
  });

  it('has a group name and, if an alert, a name that is used once', () => {
    const groups = ruleGroups(site).map(({ name }) => name);
    expect(new Set(groups).size).toBe(groups.length);
    const alerts = alertsOf(site).map(({ alert }) => alert);
    expect(new Set(alerts).size).toBe(alerts.length);
  });

  it('that is named for dashboards is recorded', () => {
    for (const name of [...Object.values(GPU), ...Object.values(QUEUES), ...Object.values(SESSIONS)])
      expect(recorded).toContain(name);
  });
});

describe('expected devices', () => {
  it('are those of the inventory, by kind and product', () => {
    expect(rules).toContainEqual({
      record: 'ai_infn:devices_expected:count',
      expr: 'vector(14)',
      labels: { kind: 'a100-40gb-1g-5gb', product: 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb', vendor: 'nvidia' },
    });
  });

  it('add up to all GPUs of the site: 4 T4, one A30 and 14 slices', () => {
    expect(exprOf('ai_infn:gpus_expected:total')).toBe('vector(19)');
  });

  it('follow the site file', () => {
    const more = sampleSite({
      nodes: {
        control: { flavor: 'm1.xlarge' },
        t4: { count: 3, flavor: 'gpu.t4.x4', host: 'server-1', cards: { t4: 4 } },
      },
    });
    const totals = ruleGroups(more)[0]?.rules ?? [];
    expect(totals).toContainEqual({ record: 'ai_infn:gpus_expected:total', expr: 'vector(12)' });
  });

  it('of a site without any device are none, and its rules still parse', () => {
    const bare = sampleSite({ nodes: { control: { flavor: 'm1.xlarge' } } });
    const groups = ruleGroups(bare);
    expect(groups[0]?.rules).toEqual([{ record: 'ai_infn:gpus_expected:total', expr: 'vector(0)' }]);
    expect(groups.flatMap((group) => group.rules).flatMap(({ expr }) => promqlErrors(expr))).toEqual([]);
  });

  it('are looked for under every resource name that the site’s devices have', () => {
    const fpga = sampleSite({
      hosts: { 'server-1': { u250: 1 } },
      nodes: {
        control: { flavor: 'm1.xlarge' },
        fpga: { flavor: 'gpu.a100', host: 'server-1', cards: { u250: 1 } },
      },
    });
    const installed = (ruleGroups(fpga)[0]?.rules ?? []).find((rule) => nameOf(rule) === GPU.installed);
    expect(installed?.expr).toContain('amd_com_xilinx_u250_gen3x16_base_4_0');
  });
});

describe('every alert', () => {
  const page = readFileSync(join(__dirname, '../../..', RUNBOOKS), 'utf8');
  const headings = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);

  it.each(alertsOf(site).map((rule) => [rule.alert, rule] as const))(
    '%s says what it means and has a runbook',
    (name, rule) => {
      expect(rule.annotations.summary.length).toBeGreaterThan(10);
      expect(rule.annotations.description.length).toBeGreaterThan(30);
      expect(headings).toContain(name);
    },
  );

  it('is the only thing that the runbook page describes', () => {
    expect(headings.filter((name) => !alertsOf(site).some(({ alert }) => alert === name))).toEqual([]);
  });

  it('leads to the page at the revision that the site runs', () => {
    expect(runbook(site, 'HubDown')).toBe(
      'https://baltig.infn.it/ai-infn/platform/-/blob/2026.11.0/docs/how-to/alerts.md#hubdown',
    );
    const github = sampleSite({ delivery: { repo: 'https://github.com/ai-infn/platform', revision: 'v1' } });
    expect(runbook(github, 'HubDown')).toBe(
      'https://github.com/ai-infn/platform/blob/v1/docs/how-to/alerts.md#hubdown',
    );
  });

  it('on evictions allows the grace that the site file gives batch', () => {
    expect(exprOf('EvictionsSlow')).toBe('ai_infn:eviction_seconds:p95 > 40');
    const patient = alertsOf(sampleSite({ batch: { grace: '60s' } })).find(
      ({ alert }) => alert === 'EvictionsSlow',
    );
    expect(patient?.expr).toBe('ai_infn:eviction_seconds:p95 > 90');
  });
});

describe('every query of a dashboard', () => {
  const queries = DASHBOARDS.flatMap(({ rows }) => rows)
    .flatMap(({ panels }) => panels)
    .flatMap(({ title, queries: list }) => list.map(({ expr }) => [title, expr] as const));

  it.each(queries)('of %s is well-formed PromQL on figures that exist: %s', (_title, expr) => {
    expect(promqlErrors(expr)).toEqual([]);
    const names = metricsIn(expr);
    expect(names.filter((name) => !EXPORTERS.some((prefix) => name.startsWith(prefix)))).toEqual([]);
    expect(names.filter((name) => name.startsWith('ai_infn:') && !recorded.has(name))).toEqual([]);
  });
});
