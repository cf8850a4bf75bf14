import type { Site } from '../../site';
import { gpuAlerts, gpuRecords } from './gpu';
import { queueAlerts, queueRecords } from './queues';
import type { AlertingRule, RuleGroup } from './rule';
import { dataAlerts, serviceAlerts, sessionRecords } from './services';

export { GPU } from './gpu';
export { QUEUES } from './queues';
export { SESSIONS } from './services';
export {
  runbook,
  RUNBOOKS,
  type AlertingRule,
  type RecordingRule,
  type RuleGroup,
  type Severity,
} from './rule';

/** Every rule group of a site; a group is what one PrometheusRule, and one file for promtool, holds. */
export function ruleGroups(site: Site): readonly RuleGroup[] {
  return [
    gpuRecords(site),
    gpuAlerts(site),
    queueRecords(),
    queueAlerts(site),
    sessionRecords(),
    serviceAlerts(site),
    dataAlerts(site),
  ];
}

/** All alerts of a site. */
export function alertsOf(site: Site): readonly AlertingRule[] {
  return ruleGroups(site)
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertingRule => 'alert' in rule);
}
