/** Figures, alerts and dashboards. */
export { Monitoring, type MonitoringProps } from './monitoring';
export { grafanaHost, grafanaSettings } from './grafana';
export { prometheusStackValues, prometheusVolume, PROMETHEUS_HOST, STACK } from './stack';
export { buildDashboard, DASHBOARDS, type DashboardSpec } from './dashboards';
export { alertsOf, ruleGroups, runbook, RUNBOOKS, type AlertingRule, type RuleGroup } from './rules';
