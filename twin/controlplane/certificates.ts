import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Days that a throw-away control plane may live. */
const DAYS = '30';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate of the control plane's own authority. */
export interface CertificateRequest {
  readonly name: string;
  /** Subject in OpenSSL's form, for example `/O=system:masters/CN=admin`. */
  readonly subject: string;
  /** Names of a server, for example `IP:127.0.0.1`. */
  readonly names?: readonly string[];
}

/** Files of a certificate. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Certificate authority and service account keys of a control plane on this machine, made with openssl. */
export class Authority {
  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (existsSync(this.ca)) return;
    this.openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      DAYS,
      '-subj',
      '/CN=aiinfn-twin',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
    );
    this.openssl('genrsa', '-out', 'sa.key', '2048');
    this.openssl('rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
  }

  /** The authority's certificate. */
  get ca(): string {
    return join(this.dir, 'ca.crt');
  }

  /** Keys that sign and check service account tokens. */
  get serviceAccountKeys(): { readonly private: string; readonly public: string } {
    return { private: join(this.dir, 'sa.key'), public: join(this.dir, 'sa.pub') };
  }

  /** Signs a certificate for both directions of TLS. */
  issue(request: CertificateRequest): CertificateFiles {
    const { name, subject, names } = request;
    const extensions = ['basicConstraints=CA:FALSE', 'extendedKeyUsage=serverAuth,clientAuth'];
    if (names) extensions.push(`subjectAltName=${names.join(',')}`);
    writeFileSync(join(this.dir, `${name}.ext`), `${extensions.join('\n')}\n`);
    this.openssl('req', ...NEW_KEY, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', DAYS];
    this.openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signer,
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    );
    return { certificate: join(this.dir, `${name}.crt`), key: join(this.dir, `${name}.key`) };
  }

  /** A self-contained kubeconfig for a user of this authority. */
  kubeconfig(server: string, request: CertificateRequest): string {
    const files = this.issue(request);
    const data = (file: string): string => readFileSync(file).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'twin',
      clusters: [{ name: 'twin', cluster: { server, 'certificate-authority-data': data(this.ca) } }],
      users: [
        {
          name: request.name,
          user: { 'client-certificate-data': data(files.certificate), 'client-key-data': data(files.key) },
        },
      ],
      contexts: [{ name: 'twin', context: { cluster: 'twin', user: request.name } }],
    });
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
