import { INTERNAL_ISSUER } from '../core/certificates';
import type { PlatformComponent } from '../core/component';
import { NAMESPACES } from './namespaces';

/** ClusterIssuer of certificates that browsers accept; exists only where the site file gives an ACME contact. */
export const PUBLIC_ISSUER = 'acme';

/** Ten years: replacing the root means restarting everything that trusts it, so it outlives the hardware. */
const ROOT_HOURS = 87_600;

/**
 * The platform's own certificate authority: a self-signed root whose key never leaves the cert-manager namespace, and the
 * ClusterIssuer that signs with it. The root is renewed by hand (docs/how-to/alerts.md#certificateexpiressoon), since
 * clients must learn the new one first.
 */
export function addAuthority(component: PlatformComponent): void {
  const root = `${INTERNAL_ISSUER}-root`;
  issuer(component, root, { selfSigned: {} });
  component.add({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    // ClusterIssuers read Secrets in cert-manager's own namespace.
    metadata: { name: INTERNAL_ISSUER, namespace: NAMESPACES.certManager.name },
    spec: {
      isCA: true,
      commonName: `AI_INFN platform ${component.site.name}`,
      secretName: INTERNAL_ISSUER,
      duration: `${ROOT_HOURS}h`,
      renewBefore: `${ROOT_HOURS / 10}h`,
      usages: ['cert sign', 'crl sign'],
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Never' },
      issuerRef: { name: root, kind: 'ClusterIssuer', group: 'cert-manager.io' },
    },
  });
  issuer(component, INTERNAL_ISSUER, { ca: { secretName: INTERNAL_ISSUER } });
}

/** The public issuer: Let's Encrypt, proving the name over HTTP through the gateway's own plain listener. */
export function addPublicIssuer(component: PlatformComponent, email: string, gateway: object): void {
  issuer(component, PUBLIC_ISSUER, {
    acme: {
      server: 'https://acme-v02.api.letsencrypt.org/directory',
      email,
      privateKeySecretRef: { name: 'acme-account' },
      solvers: [{ http01: { gatewayHTTPRoute: { parentRefs: [gateway], serviceType: 'ClusterIP' } } }],
    },
  });
}

function issuer(component: PlatformComponent, name: string, spec: object): void {
  component.add({ apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name }, spec });
}
