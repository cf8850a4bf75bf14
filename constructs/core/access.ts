import type { ServiceRef } from './network';
import type { SecretKeyRef } from './secrets';

/** Everything a client needs to use one PostgreSQL database; the database component hands it out. */
export interface DatabaseAccess {
  /** Service of the primary. */
  readonly service: ServiceRef;
  /** Name of its port. */
  readonly port: string;
  readonly database: string;
  readonly user: string;
  /** The user's password in the catalogue; clients declare a `copy` of it in their own namespace. */
  readonly password: SecretKeyRef;
}

/** Where Prometheus finds a component's figures; `Monitoring.scrape` turns it into a ServiceMonitor and its policies. */
export interface MetricsEndpoint {
  readonly service: ServiceRef;
  /** Name of the port. */
  readonly port: string;
  /** Default `/metrics`. */
  readonly path?: string;
  /** Default `http`; `https` is checked against the platform's own authority. */
  readonly scheme?: 'http' | 'https';
  /** Bearer token the endpoint asks for. */
  readonly token?: SecretKeyRef;
}
