export { DASHBOARDS } from './boards';
export { buildDashboard, PROMETHEUS, type DashboardSpec, type PanelSpec, type Query } from './dashboard';
