import type { DatabaseAccess } from '../core/access';
import type { PlatformComponent } from '../core/component';
import { portOf } from '../core/network';
import { addWorkload, httpProbe, secretEnv, type Workload } from '../core/workload';
import { PROMETHEUS_TLS } from './stack';

const NAME = 'postgres-exporter';
const TRUST_DIR = '/etc/platform-trust';
/** `nobody` of the exporter's image. */
const USER = 65_534;

/** Figures of PostgreSQL, read by a role of its own through the primary's Service, as its clients see it. */
export function addPostgresExporter(component: PlatformComponent, access: DatabaseAccess): Workload {
  const { service, port, database, user, password } = access;
  component.declareSecret({
    namespace: component.home,
    name: NAME,
    purpose: 'password of the database role that reads figures',
    keys: { password: { kind: 'copy', of: password } },
    consumers: [`${component.home}/${NAME}`],
    rotation: { days: 365, how: 'renew it in the database component; the exporter restarts' },
  });
  const options = `sslmode=verify-full&sslrootcert=${TRUST_DIR}/ca.crt`;
  const health = httpProbe('http', '/');
  return addWorkload(component, {
    name: NAME,
    kind: 'Deployment',
    user: USER,
    containers: [
      {
        name: NAME,
        image: component.lock.image(NAME),
        ports: { http: 9187 },
        env: [
          {
            name: 'DATA_SOURCE_URI',
            value: `${service.host}:${portOf(service, port)}/${database}?${options}`,
          },
          { name: 'DATA_SOURCE_USER', value: user },
          secretEnv('DATA_SOURCE_PASS', NAME, 'password'),
        ],
        resources: { cpu: '20m', memory: '64Mi' },
        readiness: health,
        liveness: { ...health, periodSeconds: 30 },
        mounts: [{ name: 'trust', mountPath: TRUST_DIR, readOnly: true }],
      },
    ],
    volumes: [
      { name: 'trust', secret: { secretName: PROMETHEUS_TLS, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
  });
}
