import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ensurePrograms, type Progress } from '../../tools/programs';
import { ProgramError } from '../local/errors';
import { isAlive, recorded, startDaemon, stopDaemon } from '../local/processes';
import { Authority } from './certificates';

/** What a control plane on this machine needs. */
export interface ControlPlaneOptions {
  /** Folder of its certificates, data and logs; use a fresh one for a fresh cluster. */
  readonly dir: string;
  /** Feature gates of the API server, as `Name=true`. */
  readonly featureGates?: readonly string[];
  /** Runs kube-controller-manager too: without it namespaces are never emptied and no default service accounts appear. */
  readonly controllers?: boolean;
  /** Addresses of Services; a Service with a fixed address outside is refused. The default fits the certificate's names. */
  readonly serviceCidr?: string;
  readonly progress?: Progress;
}

/** A running control plane. */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** Self-contained kubeconfig of an administrator. */
  readonly kubeconfig: string;
  /** The same in a file that only the owner reads, for kubectl. */
  readonly kubeconfigFile: string;
  /** Ends all processes; data and logs stay. */
  stop(): Promise<void>;
}

/** Longest start on a busy two-core machine; an idle one takes 4 s. */
const READY_MS = 180_000;
const ADMIN = { name: 'admin', subject: '/O=system:masters/CN=admin' };
const NAMES = ['IP:127.0.0.1', 'DNS:localhost', 'IP:10.96.0.1', 'DNS:kubernetes.default.svc'];

/**
 * Starts a real etcd and kube-apiserver on free ports of the loopback interface, with certificates of its own and RBAC.
 * Its processes end with the calling process, even when that is killed.
 * @throws ProgramError with the end of the logs when it does not become ready
 */
export async function startApiServer(options: ControlPlaneOptions): Promise<ControlPlane> {
  const names = [
    'etcd',
    'kube-apiserver',
    ...(options.controllers ? (['kube-controller-manager'] as const) : []),
  ] as const;
  const programs = await ensurePrograms(names, options.progress);
  const authority = new Authority(join(options.dir, 'pki'));
  const [etcd = 0, peer = 0, api = 0, controllers = 0] = await portsOf(options.dir);
  const server = `https://127.0.0.1:${api}`;
  const kubeconfig = authority.kubeconfig(server, ADMIN);
  const kubeconfigFile = join(options.dir, 'kubeconfig');
  writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
  const processes = new Processes(options.dir);
  try {
    await processes.start('etcd', programs.get('etcd') ?? '', etcdArgs(options.dir, etcd, peer));
    await processes.start(
      'kube-apiserver',
      programs.get('kube-apiserver') ?? '',
      apiArgs(options, authority, etcd, api),
    );
    await processes.ready(server, readFileSync(authority.ca, 'utf8'));
    if (options.controllers)
      await processes.start(
        'kube-controller-manager',
        programs.get('kube-controller-manager') ?? '',
        controllerArgs(options.dir, authority, kubeconfigFile, controllers),
      );
    options.progress?.(`API server ready at ${server}`);
  } catch (error) {
    await processes.stop();
    throw error;
  }
  return { server, kubeconfig, kubeconfigFile, stop: () => processes.stop() };
}

/** The processes of one control plane. */
class Processes {
  private readonly names: string[] = [];

  constructor(private readonly dir: string) {
    mkdirSync(join(dir, 'log'), { recursive: true });
  }

  async start(name: string, program: string, args: readonly string[]): Promise<void> {
    this.names.push(name);
    // The kernel ends the program when its parent dies: a killed test leaves nothing running (prctl(2), PR_SET_PDEATHSIG).
    const tied = ['--pdeathsig', 'KILL', program, ...args];
    await startDaemon(this.dir, {
      name,
      command: 'setpriv',
      args: tied,
      env: process.env,
      log: this.log(name),
    });
  }

  async ready(server: string, ca: string): Promise<void> {
    const agent = new Agent({ ca });
    const end = Date.now() + READY_MS;
    while (Date.now() < end) {
      const dead = this.names.find((name) => !isAlive(recorded(this.dir, name)));
      if (dead) throw new ProgramError(`${dead} has ended`, [this.log(dead)]);
      if (await answersOk(`${server}/readyz`, agent)) return;
      await sleep(100);
    }
    throw new ProgramError(
      `the API server was not ready within ${READY_MS / 1000} s`,
      this.names.map((name) => this.log(name)),
    );
  }

  async stop(): Promise<void> {
    for (const name of this.names.splice(0).reverse()) await stopDaemon(this.dir, name, 2);
  }

  private log(name: string): string {
    return join(this.dir, 'log', `${name}.log`);
  }
}

function etcdArgs(dir: string, client: number, peer: number): readonly string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return [
    '--name=twin',
    `--data-dir=${join(dir, 'etcd')}`,
    '--unsafe-no-fsync', // Throw-away data: a power cut may take it.
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=twin=${peerUrl}`,
    '--log-level=warn',
  ];
}

function apiArgs(
  options: ControlPlaneOptions,
  authority: Authority,
  etcd: number,
  port: number,
): readonly string[] {
  const tls = authority.issue({ name: 'kube-apiserver', subject: '/CN=kube-apiserver', names: NAMES });
  const keys = authority.serviceAccountKeys;
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--endpoint-reconciler-type=none',
    `--service-cluster-ip-range=${options.serviceCidr ?? '10.96.0.0/16'}`,
    '--authorization-mode=RBAC',
    `--client-ca-file=${authority.ca}`,
    `--tls-cert-file=${tls.certificate}`,
    `--tls-private-key-file=${tls.key}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keys.public}`,
    `--service-account-signing-key-file=${keys.private}`,
    `--cert-dir=${join(options.dir, 'apiserver')}`,
    '--allow-privileged=true',
    '--profiling=false',
    ...(options.featureGates?.length ? [`--feature-gates=${options.featureGates.join(',')}`] : []),
  ];
}

function controllerArgs(
  dir: string,
  authority: Authority,
  kubeconfig: string,
  port: number,
): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--leader-elect=false',
    '--use-service-account-credentials=true', // Without it RBAC refuses the single controllers.
    `--root-ca-file=${authority.ca}`,
    `--service-account-private-key-file=${authority.serviceAccountKeys.private}`,
    `--cert-dir=${join(dir, 'controllers')}`,
  ];
}

/** The ports of this folder's control plane: chosen once, so that its kubeconfig outlives a restart. */
async function portsOf(dir: string): Promise<readonly number[]> {
  const file = join(dir, 'ports.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(await freePorts(4)));
  return JSON.parse(readFileSync(file, 'utf8')) as number[];
}

/** Ports that were free a moment ago; all are held until the last is known, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

function answersOk(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(url, { agent, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => {
      resolve(false); // Not listening yet: asked again.
    });
  });
}
