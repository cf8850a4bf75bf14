import type { Construct } from 'constructs';

import type { DatabaseAccess, MetricsEndpoint } from '../core/access';
import { PlatformComponent } from '../core/component';
import { allowOutside, connect, type ServiceRef } from '../core/network';
import { WAVES } from '../delivery/waves';
import type { Gateway } from '../network/gateway';
import { NAMESPACES } from '../network/namespaces';
import { addGrafana, grafanaHost } from './grafana';
import { addPostgresExporter } from './postgres';
import { ruleGroups } from './rules';
import { scrape, scrapeControllers } from './scrape';

/** What monitoring stands on. */
export interface MonitoringProps {
  /** Database of Grafana. */
  readonly database: DatabaseAccess;
  /** Role by which the exporter reads the figures of PostgreSQL; a member of `pg_monitor`, or figures of others stay hidden. */
  readonly databaseFigures: DatabaseAccess;
  readonly gateway: Gateway;
}

/**
 * What people look at: Grafana with its dashboards, the rules, and what Prometheus scrapes. Prometheus itself comes from
 * upstream's chart with `prometheusStackValues`, in an earlier wave, because its kinds are used here.
 *
 * Prometheus is for alerts and pictures of the last weeks, not for accounting.
 */
export class Monitoring extends PlatformComponent {
  readonly grafana: ServiceRef;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id, { namespace: NAMESPACES.monitoring.name, wave: WAVES.monitoring });
    this.addRules();
    scrapeControllers(this);
    this.grafana = this.addGrafana(props);
    this.scrape({ service: this.grafana, port: 'http' });
    this.addPostgresFigures(props.databaseFigures);
  }

  private addGrafana({ database, gateway }: MonitoringProps): ServiceRef {
    const { service, peer } = addGrafana(this, database);
    connect(peer, database.service, [database.port], 'users, sessions and preferences of Grafana');
    const { issuer } = this.site.identity;
    const port = Number(new URL(issuer).port || 443);
    allowOutside(peer, 'iam', ['0.0.0.0/0'], [port], `log-in with ${issuer}`);
    gateway.expose({ service, port: 'http', host: grafanaHost(this.site), why: 'users open Grafana' });
    return service;
  }

  private addPostgresFigures(database: DatabaseAccess): void {
    const { service, peer } = addPostgresExporter(this, database);
    connect(peer, database.service, [database.port], 'the exporter reads figures of PostgreSQL');
    this.scrape({ service, port: 'http' });
  }

  /** Lets Prometheus read a component's figures. */
  scrape(endpoint: MetricsEndpoint): void {
    scrape(this, endpoint);
  }

  /** One object per group: `spec` is the content of a rule file, so promtool reads the same text. */
  private addRules(): void {
    for (const group of ruleGroups(this.site)) {
      this.add({
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: group.name, namespace: this.home },
        spec: { groups: [group] },
      });
    }
  }
}
