import { PROMETHEUS_RULES } from '../../kinds';
import type { Rule } from '../../rule';

/** Alerts say what to do. */
export const rule: Rule = {
  id: 'monitoring/runbook',
  title: 'Alerts say what to do',
  why: 'An alert without instructions wakes somebody who can only wait.',
  sources: { platform: 'docs/how-to: one page per alert' },
  match: PROMETHEUS_RULES,
  expressions: [
    'object.spec.groups.all(g, g.rules.all(r, !has(r.alert) || (r.?labels.?severity.orValue("") != "" && r.?annotations.?summary.orValue("") != "" && r.?annotations.?runbook_url.orValue("").startsWith("https://"))))',
  ],
  message: 'labels.severity, annotations.summary and annotations.runbook_url for every alert',
  fix: 'add them to the rule',
  admission: 'deny',
};
