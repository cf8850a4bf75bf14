import { BigValueGraphMode, BarGaugeDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';

/** Identifier of the provisioned Prometheus data source. */
export const PROMETHEUS = 'prometheus';

/** One line of a panel: a PromQL expression and how its series are called. */
export interface Query {
  readonly expr: string;
  /** Legend, `{{label}}` placeholders. */
  readonly legend: string;
}

/** One picture of a dashboard. */
export interface PanelSpec {
  readonly title: string;
  /** What it shows and how to read it; Grafana shows it behind an (i). */
  readonly description: string;
  /** `number`: the present value; `bars`: present values side by side; `lines`: over time. */
  readonly kind: 'number' | 'bars' | 'lines';
  readonly queries: readonly Query[];
  /** Grafana's name of the unit; default a plain count. */
  readonly unit?: string;
  /** Width of 24; default 12. */
  readonly width?: number;
}

/** Panels under one heading. */
export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** A dashboard as data; `buildDashboard` makes it Grafana's. */
export interface DashboardSpec {
  /** File name and address; never changes, because people keep links. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly RowSpec[];
}

const HEIGHT = { number: 4, bars: 8, lines: 8 } as const;

/** The parts of Grafana's JSON model that a provisioned dashboard needs; panels are Grafana's own types. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly refresh: string;
  readonly schemaVersion: number;
  readonly time: { readonly from: string; readonly to: string };
  readonly timezone: string;
  readonly panels: readonly (Panel | RowPanel)[];
}

/** Newest classic schema; Grafana migrates older ones. The second schema is not provisioned from files yet. */
const SCHEMA_VERSION = 42;
/** Columns of Grafana's grid. */
const COLUMNS = 24;

/** Grafana's JSON model. Panels come from Grafana's builders, so that a field Grafana does not know does not compile. */
export function buildDashboard({ uid, title, description, rows }: DashboardSpec): Dashboard {
  return {
    uid,
    title,
    description,
    tags: ['ai-infn'],
    editable: false,
    refresh: '1m',
    schemaVersion: SCHEMA_VERSION,
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    panels: layOut(rows),
  };
}

/** Puts panels from left to right, into a new line where the next does not fit, and every row below the last. */
function layOut(rows: readonly RowSpec[]): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  const nextId = (): number => panels.length + 1;
  for (const row of rows) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    panels.push({ type: 'row', title: row.title, collapsed: false, id: nextId(), gridPos, panels: [] });
    y += 1;
    let [x, height] = [0, 0];
    for (const spec of row.panels) {
      const [w, h] = [spec.width ?? COLUMNS / 2, HEIGHT[spec.kind]];
      if (x + w > COLUMNS) [x, y, height] = [0, y + height, 0];
      panels.push(panelOf(spec).gridPos({ x, y, w, h }).id(nextId()).build());
      [x, height] = [x + w, Math.max(height, h)];
    }
    y += height;
  }
  return panels;
}

type Builder = Stat | BarGauge | TimeSeries;

function panelOf(spec: PanelSpec): Builder {
  const panel = ofKind(spec.kind)
    .title(spec.title)
    .description(spec.description)
    .datasource({ type: 'prometheus', uid: PROMETHEUS })
    .unit(spec.unit ?? 'short')
    .min(0);
  spec.queries.forEach((query, index) => panel.withTarget(target(spec.kind, query, index)));
  return panel;
}

function ofKind(kind: PanelSpec['kind']): Builder {
  switch (kind) {
    case 'number':
      return new Stat().graphMode(BigValueGraphMode.None);
    case 'bars':
      return new BarGauge().displayMode(BarGaugeDisplayMode.Basic);
    case 'lines':
      return new TimeSeries().lineWidth(1).fillOpacity(10);
  }
}

function target(kind: PanelSpec['kind'], { expr, legend }: Query, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index));
  return kind === 'lines' ? query.range() : query.instant();
}
