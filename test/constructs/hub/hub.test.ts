import { Hub, type HubConfig } from '../../../constructs/hub';
import { Gateway } from '../../../constructs/network/gateway';
import type { PlatformApp } from '../../../constructs';
import { objectsOf, only, sampleApp, sampleDatabase, sampleServer, type Read } from '../support/platform';

const HOMES = { name: 'home', claim: 'homes', mountPath: '/home/{username}', subPath: '{username}' };

function build(volumes = [HOMES]): {
  app: PlatformApp;
  hub: Hub;
  objects: readonly Read[];
  config: HubConfig;
} {
  const app = sampleApp();
  const gateway = new Gateway(app, 'gateway');
  const database = sampleDatabase(sampleServer(app), 'hub');
  const hub = new Hub(app, 'hub', {
    gateway,
    database,
    volumes,
    environment: { VKD_URL: 'https://vkd.vkd.svc:8000' },
  });
  const objects = objectsOf(app);
  const data = only(objects, 'ConfigMap', 'hub').object['data'] as Record<string, string>;
  return { app, hub, objects, config: JSON.parse(data['config.json'] ?? '') as HubConfig };
}

const built = build();
const traits = (name: string): Readonly<Record<string, unknown>> => built.config.traits[name] ?? {};
interface PodTemplate {
  readonly spec: {
    readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[];
  };
}
const template = (name: string): PodTemplate =>
  (only(built.objects, 'Deployment', name).spec as { template: PodTemplate }).template;

describe('the hub', () => {
  it('runs once and is recreated, since two hubs on one database would both own every session', () => {
    for (const name of ['hub', 'proxy'])
      expect(only(built.objects, 'Deployment', name).spec).toMatchObject({
        replicas: 1,
        strategy: { type: 'Recreate' },
      });
  });

  it('reaches PostgreSQL with a checked certificate, only ever the writable server, and no password in the address', () => {
    const url = new URL(String(traits('JupyterHub')['db_url']));
    expect(url.hostname).toBe('postgres.database.svc');
    expect(url.password).toBe('');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      sslmode: 'verify-full',
      sslrootcert: '/etc/platform-trust/ca.crt',
      target_session_attrs: 'read-write',
    });
  });

  it('speaks TLS to the control port of the proxy, whose certificate bears that name and outlives its process', () => {
    expect(traits('ConfigurableHTTPProxy')).toEqual({
      should_start: false,
      api_url: 'https://proxy.hub.svc:8001',
    });
    const certificate = only(built.objects, 'Certificate', 'proxy-tls').spec;
    expect(certificate['dnsNames']).toContain('proxy.hub.svc');
    expect(certificate).toMatchObject({ duration: '8760h', renewBefore: '2920h' });
  });

  it('leaves sessions and proxy alone when it stops', () => {
    expect(traits('JupyterHub')).toMatchObject({ cleanup_servers: false, cleanup_proxy: false });
  });

  it('lets in the IAM groups of the site file and asks IAM again at every spawn', () => {
    expect(traits('GenericOAuthenticator')).toMatchObject({
      authorize_url: 'https://iam.cloud.infn.it/authorize',
      token_url: 'https://iam.cloud.infn.it/token',
      userdata_url: 'https://iam.cloud.infn.it/userinfo',
      oauth_callback_url: 'https://hub.sample.infn.it/hub/oauth_callback',
      allowed_groups: ['users/ai-infn'],
      admin_groups: ['admins/ai-infn'],
      manage_groups: true,
      enable_auth_state: true,
    });
    expect(traits('Authenticator')).toMatchObject({ refresh_pre_spawn: true });
  });

  it('takes every secret from a Secret and renders none', () => {
    const env = template('hub').spec.containers[0]?.env ?? [];
    const plain = env.filter(({ value }) => value !== undefined).map(({ name }) => name);
    expect(plain).toEqual(['SSL_CERT_FILE']);
    expect(built.objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(built.app.secrets.filter(({ namespace }) => namespace === 'hub').map(({ name }) => name)).toEqual([
      'hub',
      'hub-database',
      'hub-oauth',
    ]);
  });

  it('restarts when its configuration changes', () => {
    const hash = (objects: readonly Read[]): unknown =>
      (only(objects, 'Deployment', 'hub').spec as { template: { metadata: { annotations: unknown } } })
        .template.metadata.annotations;
    expect(hash(build([]).objects)).not.toEqual(hash(built.objects));
    expect(hash(build().objects)).toEqual(hash(built.objects));
  });

  it('may make pods in its own namespace and nothing else anywhere', () => {
    expect(built.objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([]);
    expect(only(built.objects, 'Role', 'spawner').object['rules']).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      { apiGroups: [''], resources: ['events'], verbs: ['get', 'list', 'watch'] },
    ]);
  });

  it('gives each service the scopes it needs, and a token only to those that call from outside', () => {
    expect(built.config.services.map(({ name, tokenEnv }) => [name, tokenEnv])).toEqual([
      ['idle-culler', undefined],
      ['prometheus', 'METRICS_TOKEN'],
      ['vkd', 'VKD_TOKEN'],
    ]);
    const scopes = built.config.services.flatMap((service) => service.scopes);
    expect(scopes.filter((scope) => scope.startsWith('admin'))).toEqual([]);
  });
});

describe('a session', () => {
  const spawner = traits('KubeSpawner');

  it('fits Pod Security level restricted and holds no token of the cluster', () => {
    expect(spawner).toMatchObject({
      uid: 1000,
      allow_privilege_escalation: false,
      automount_service_account_token: false,
      container_security_context: {
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      pod_security_context: { seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(only(built.objects, 'ServiceAccount', 'session').object['automountServiceAccountToken']).toBe(
      false,
    );
  });

  it('mounts the volumes it is given, each for the user alone', () => {
    expect(spawner['volumes']).toContainEqual({
      name: 'home',
      persistentVolumeClaim: { claimName: 'homes' },
    });
    expect(spawner['volume_mounts']).toContainEqual({
      name: 'home',
      mountPath: '/home/{username}',
      subPath: '{username}',
    });
  });

  it('has a home that dies with it when no volume is given for one, so that it starts at all', () => {
    const mounts = build([]).config.traits['KubeSpawner']?.['volume_mounts'];
    expect(mounts).toContainEqual({ name: 'home', mountPath: '/home/jovyan' });
    expect(spawner['volume_mounts']).not.toContainEqual({ name: 'home', mountPath: '/home/jovyan' });
  });

  it('starts in its home, and has no volume name twice', () => {
    expect(spawner['working_dir']).toBe('/home/{username}');
    expect(build([]).config.traits['KubeSpawner']).toMatchObject({ working_dir: '/home/jovyan' });
    for (const { config } of [built, build([])]) {
      const volumes = config.traits['KubeSpawner']?.['volumes'] as readonly { name: string }[];
      expect(new Set(volumes.map(({ name }) => name)).size).toBe(volumes.length);
    }
  });

  it('sees of the trust Secret the authority alone, never the key beside it', () => {
    expect(spawner['volumes']).toContainEqual({
      name: 'trust',
      secret: { secretName: 'hub-tls', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
    });
  });

  it('is told addresses, never secrets', () => {
    expect(spawner['environment']).toEqual({
      VKD_URL: 'https://vkd.vkd.svc:8000',
      HOME: '/home/{username}',
      PLATFORM_CA: '/etc/platform-trust/ca.crt',
    });
  });
});

describe('the network of hub and sessions', () => {
  const edges = built.app.edges.map(({ from, to, ports }) => `${from} > ${to} ${ports.join(',')}`);

  it.each([
    'hub/hub > hub/proxy 8001',
    'hub/hub > database/postgres 5432',
    'hub/hub > hub/session 8888',
    'hub/proxy > hub/hub 8081',
    'hub/proxy > hub/session 8888',
    'hub/session > hub/hub 8081',
    'gateway > hub/proxy 8000',
  ])('has the edge %s', (edge) => {
    expect(edges).toContain(edge);
  });

  it('keeps sessions away from each other, from the database and from the API server', () => {
    const fromSessions = edges.filter((edge) => edge.startsWith('hub/session'));
    expect(fromSessions).toEqual([
      'hub/session > hub/hub 8081',
      'hub/session > outside: internet 22,80,443,1094',
    ]);
  });

  it('closes private ranges and the cloud metadata service to sessions', () => {
    const { egress } = only(built.objects, 'NetworkPolicy', 'session-to-internet').spec as {
      egress: readonly { to: readonly { ipBlock: { except: readonly string[] } }[] }[];
    };
    expect(egress[0]?.to[0]?.ipBlock.except).toEqual(
      expect.arrayContaining(['169.254.0.0/16', '10.0.0.0/8']),
    );
  });

  it('selects the pods that KubeSpawner makes', () => {
    expect(only(built.objects, 'NetworkPolicy', 'session-to-hub').spec['podSelector']).toEqual({
      matchLabels: { component: traits('KubeSpawner')['component_label'] },
    });
  });
});

describe('folders of a session', () => {
  const maker = (config: HubConfig): unknown => config.traits['KubeSpawner']?.['init_containers'];

  it("are made by the session's own user before they are mounted, by a restricted container", () => {
    expect(maker(built.config)).toMatchObject([
      {
        command: ['mkdir', '-p', '-m', '0700', '/volumes/home/{username}'],
        volumeMounts: [{ name: 'home', mountPath: '/volumes/home' }],
        securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      },
    ]);
  });

  it('are not made where nothing is written', () => {
    expect(maker(build([]).config)).toEqual([]);
    expect(maker(build([{ ...HOMES, readOnly: true } as typeof HOMES]).config)).toEqual([]);
  });
});
