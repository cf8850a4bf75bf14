import { addCertificate, INTERNAL_ISSUER, PlatformComponent, serviceNames } from '../../../constructs';
import { checkManifests } from '../../../policies/check';
import { neighbour, objectsOf, only, sampleApp } from '../support/platform';

class Room extends PlatformComponent {}

function certificate(
  change: { days?: number; dnsNames?: readonly string[] } = {},
): ReturnType<typeof only>['spec'] {
  const app = sampleApp();
  const room = new Room(app, 'room', { namespace: 'hub', wave: 0 });
  addCertificate(room, {
    name: 'hub-tls',
    namespace: 'hub',
    commonName: 'hub',
    dnsNames: ['hub.hub.svc'],
    usages: ['server auth'],
    ...change,
  });
  expect(checkManifests(objectsOf(app), app.site)).toEqual([]);
  return only(objectsOf(app), 'Certificate', 'hub-tls', 'hub').spec;
}

describe('an internal certificate', () => {
  it('comes from the authority of the platform into a Secret of its own name', () => {
    expect(certificate()).toMatchObject({
      secretName: 'hub-tls',
      commonName: 'hub',
      dnsNames: ['hub.hub.svc'],
      usages: ['server auth'],
      issuerRef: { name: INTERNAL_ISSUER, kind: 'ClusterIssuer', group: 'cert-manager.io' },
    });
  });

  it('lives 90 days, is renewed after 60, with a new key each time', () => {
    expect(certificate()).toMatchObject({
      duration: '2160h',
      renewBefore: '720h',
      privateKey: { rotationPolicy: 'Always', algorithm: 'ECDSA' },
    });
  });

  it('may live longer for a program that reads it once', () => {
    expect(certificate({ days: 366 })).toMatchObject({ duration: '8784h', renewBefore: '2928h' });
  });

  it('of a client needs no DNS name', () => {
    expect(certificate({ dnsNames: [] })).not.toHaveProperty('dnsNames');
  });

  it('covers every name under which a Service, or a pod behind a headless one, is reached', () => {
    const service = neighbour(sampleApp(), 'postgres', 'database', { postgres: 5432 });
    expect(serviceNames(service)).toEqual([
      'postgres',
      'postgres.database',
      'postgres.database.svc',
      'postgres.database.svc.cluster.local',
      '*.postgres.database.svc',
    ]);
    expect(serviceNames(service)).toContain(service.host);
  });
});
