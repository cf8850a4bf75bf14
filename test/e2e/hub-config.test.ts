import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Hub } from '../../constructs/hub';
import { Gateway } from '../../constructs/network/gateway';
import { objectsOf, only, sampleApp, sampleDatabase, sampleServer } from '../constructs/support/platform';

/**
 * The rendered configuration in the real JupyterHub, KubeSpawner and authenticator, installed from the image's own
 * requirements with hashes. No cluster and no IAM: what is checked is that they take every setting and which pod they make.
 */
const ROOT = join(__dirname, '../..');
/** Debian 12's own Python, the one of the image. */
const PYTHON = '/usr/bin/python3';

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly nodeSelector: unknown;
    readonly tolerations?: readonly unknown[];
    readonly automountServiceAccountToken?: boolean;
    readonly serviceAccountName: string;
    readonly priorityClassName: string;
    readonly securityContext: object;
    readonly containers: readonly [
      {
        readonly args: readonly string[];
        readonly resources: { readonly limits: object; readonly requests: object };
        readonly securityContext: object;
        readonly volumeMounts: readonly object[];
        readonly env: readonly { readonly name: string; readonly value?: string }[];
      },
    ];
  };
}
interface Seen {
  readonly unknown: readonly string[];
  readonly groups: readonly string[];
  readonly allowed: readonly string[];
  readonly services: readonly string[];
  readonly pods: Readonly<Record<string, Pod>>;
}

/** A kubeconfig that leads nowhere: KubeSpawner wants one when it is made. */
const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'none', user: { token: 'none' } }],
});

let dir: string;
let seen: Seen;

function renderedConfig(): string {
  const app = sampleApp();
  new Hub(app, 'hub', {
    gateway: new Gateway(app, 'gateway'),
    database: sampleDatabase(sampleServer(app), 'hub'),
    volumes: [{ name: 'home', claim: 'homes', mountPath: '/home/{username}', subPath: '{username}' }],
  });
  const data = only(objectsOf(app), 'ConfigMap', 'hub').object['data'] as Record<string, string>;
  return data['config.json'] ?? '';
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ai-infn-hub-'));
  writeFileSync(join(dir, 'config.json'), renderedConfig());
  writeFileSync(join(dir, 'kubeconfig'), KUBECONFIG);
  const quiet = { encoding: 'utf8', stdio: 'pipe' } as const;
  execFileSync(PYTHON, ['-m', 'venv', join(dir, 'venv')], quiet);
  const requirements = join(ROOT, 'images/hub/requirements.txt');
  const install = [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '-r',
    requirements,
  ];
  execFileSync(join(dir, 'venv/bin/pip'), install, quiet);
  const script = [join(__dirname, 'support/hub_check.py'), join(ROOT, 'images/hub/jupyterhub_config.py')];
  const env = {
    ...process.env,
    HUB_CONFIG: join(dir, 'config.json'),
    KUBECONFIG: join(dir, 'kubeconfig'),
    METRICS_TOKEN: 'metrics',
    VKD_TOKEN: 'vkd',
  };
  seen = JSON.parse(execFileSync(join(dir, 'venv/bin/python'), script, { ...quiet, env })) as Seen;
}, 600_000);

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const pod = (profile: string): Pod => {
  const found = seen.pods[profile];
  if (!found) throw new Error(`no pod for profile ${profile}`);
  return found;
};

it('JupyterHub, authenticator, proxy and spawner know every setting that is rendered', () => {
  expect(seen.unknown).toEqual([]);
  expect(seen.services).toEqual(['idle-culler', 'prometheus', 'vkd']);
});

it('groups come from either claim of IAM, without the slash of WLCG paths', () => {
  expect(seen.groups).toEqual(['diamond', 'users/ai-infn']);
  expect(seen.allowed).toEqual(['users/ai-infn']);
});

it('a session is bound to one kind of device and its queue, and asks for one device', () => {
  const { metadata, spec } = pod('a100-40gb-1g-5gb');
  expect(metadata.labels).toMatchObject({
    'kueue.x-k8s.io/queue-name': 'interactive-a100-40gb-1g-5gb',
    component: 'singleuser-server',
  });
  expect(spec.nodeSelector).toEqual({ 'nvidia.com/gpu.product': 'NVIDIA-A100-PCIE-40GB-MIG-1g.5gb' });
  const { limits, requests } = spec.containers[0].resources;
  expect(limits).toMatchObject({ 'nvidia.com/gpu': '1', cpu: 4 });
  expect(requests).toMatchObject({ 'nvidia.com/gpu': '1', cpu: 2 });
});

it('a CPU session asks for no device', () => {
  expect(pod('cpu').spec.containers[0].resources.limits).not.toHaveProperty(['nvidia.com/gpu']);
});

it('a session fits Pod Security level restricted and holds no token of the cluster', () => {
  const { spec } = pod('t4');
  expect(spec).toMatchObject({
    serviceAccountName: 'session',
    automountServiceAccountToken: false,
    priorityClassName: 'interactive',
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(spec.containers[0].securityContext).toMatchObject({
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

it('a session carries the lasting identity and the one project of its user, and may use machines reserved for it', () => {
  const { metadata, spec } = pod('t4');
  expect(metadata.labels).toMatchObject({
    'ai-infn.it/user': 'ada',
    'ai-infn.it/subject': '6f6f',
    'ai-infn.it/project': 'diamond',
  });
  expect(spec.tolerations).toContainEqual({ key: 'reserved', operator: 'Equal', value: 'diamond' });
  expect(spec.tolerations).toContainEqual({ key: 'nvidia.com/gpu', operator: 'Exists' });
});

it('a session mounts the home of its user alone, and starts there', () => {
  expect(pod('cpu').spec.containers[0]).toMatchObject({ workingDir: '/home/ada' });
  expect(pod('cpu').spec.containers[0].env).toContainEqual({ name: 'HOME', value: '/home/ada' });
  expect(pod('cpu').spec.containers[0].volumeMounts).toContainEqual(
    expect.objectContaining({ mountPath: '/home/ada', subPath: 'ada' }),
  );
});

it('the arguments that end idle sessions reach the server', () => {
  expect(pod('t4').spec.containers[0].args).toContain('--MappingKernelManager.cull_idle_timeout=14400');
});

it('no secret of the hub reaches a session', () => {
  const names = pod('t4').spec.containers[0].env.map(({ name }) => name);
  expect(names).toContain('JUPYTERHUB_API_TOKEN');
  expect(
    names.filter((name) => /OAUTH_CLIENT_SECRET|CRYPT_KEY|COOKIE_SECRET|PGPASSWORD|PROXY_AUTH/.test(name)),
  ).toEqual([]);
});
