import type { Site } from '../../site';

/** How soon somebody must look: `page` at once, `ticket` on the next working day, `info` when passing by. */
export type Severity = 'page' | 'ticket' | 'info';

/** A figure computed once and used by many. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A condition that somebody must hear of, in Prometheus' own words. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** Rules that are evaluated together. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** What an alert says; its runbook follows from its name. */
export interface AlertProps {
  readonly name: string;
  readonly expr: string;
  /** How long the condition must hold, for example `15m`. */
  readonly after: string;
  readonly severity: Severity;
  readonly summary: string;
  /** What it means for users and where to look first. */
  readonly description: string;
}

/** Page of runbooks in this repository; every alert has a heading of its own there. */
export const RUNBOOKS = 'docs/how-to/alerts.md';

/** An alert whose runbook is the page at the site's pinned revision, so that text and rule are of one age. */
export function alert(site: Site, props: AlertProps): AlertingRule {
  return {
    alert: props.name,
    expr: props.expr,
    for: props.after,
    labels: { severity: props.severity },
    annotations: {
      summary: props.summary,
      description: props.description,
      runbook_url: runbook(site, props.name),
    },
  };
}

/** Address of an alert's runbook, in the form that GitLab and GitHub both understand. */
export function runbook({ delivery }: Site, name: string): string {
  const repo = delivery.repo.replace(/\.git$/, '');
  const blob = new URL(repo).hostname === 'github.com' ? 'blob' : '-/blob';
  return `${repo}/${blob}/${delivery.revision}/${RUNBOOKS}#${name.toLowerCase()}`;
}
