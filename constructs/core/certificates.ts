import { addManifest, type PlatformComponent } from './component';
import type { ServiceRef } from './network';

/** ClusterIssuer of the platform's own certificate authority; users' browsers never see its certificates. */
export const INTERNAL_ISSUER = 'platform-ca';

/** A certificate for traffic inside the platform, kept fresh by cert-manager in a Secret of the same name. */
export interface CertificateProps {
  /** Name of the Certificate and of its Secret (`tls.crt`, `tls.key`, `ca.crt`). */
  readonly name: string;
  readonly namespace: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly ('server auth' | 'client auth')[];
  /** Days of validity, renewed after two thirds. Default 90; longer only for a program that reads its certificate once, at start. */
  readonly days?: number;
}

/** Days a certificate is valid unless its component states a reason; cert-manager's own default. */
const VALID_DAYS = 90;

/** Renders the Certificate; renewed after two thirds of its life, a new key each time. */
export function addCertificate(component: PlatformComponent, props: CertificateProps): void {
  const hours = (props.days ?? VALID_DAYS) * 24;
  addManifest(component, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: props.name, namespace: props.namespace },
    spec: {
      secretName: props.name,
      commonName: props.commonName,
      ...(props.dnsNames.length > 0 ? { dnsNames: props.dnsNames } : {}),
      usages: props.usages,
      duration: `${hours}h`,
      renewBefore: `${hours / 3}h`,
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      issuerRef: { name: INTERNAL_ISSUER, kind: 'ClusterIssuer', group: 'cert-manager.io' },
    },
  });
}

/** DNS names under which a Service is reached; headless Services add a name per pod. */
export function serviceNames(service: ServiceRef): string[] {
  const { name, namespace } = service;
  return [
    name,
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
    `*.${name}.${namespace}.svc`,
  ];
}
