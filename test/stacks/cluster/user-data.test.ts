import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { planMachines, siteSchema } from '../../../constructs';

import type { BootMachine, BootPins } from '../../../stacks/cluster/boot';
import { joinTokens } from '../../../stacks/cluster/rke2';
import { userData } from '../../../stacks/cluster/user-data';
import { CONTROL, exampleMachine, exampleSite } from './fixtures';

const SECRET = 'a-cluster-secret';
const PINS: BootPins = { rke2: 'v1.36.2+rke2r1' };
const ROLES = ['control', 'storage', 'service', 'accelerator'] as const;

interface CloudConfig {
  readonly users: readonly unknown[];
  readonly packages: readonly string[];
  readonly ssh_pwauth: boolean;
  readonly write_files: readonly { path: string; permissions: string; owner: string; content: string }[];
  readonly runcmd: readonly (readonly string[])[];
}

const textOf = (machine: BootMachine, pins = PINS): string =>
  userData(exampleSite(), machine, pins, SECRET, CONTROL);
const configOf = (machine: BootMachine, pins = PINS): CloudConfig =>
  parse(textOf(machine, pins)) as CloudConfig;
const contentOf = (machine: BootMachine, path: string, pins = PINS): string => {
  const found = configOf(machine, pins).write_files.find((f) => f.path === path);
  if (!found) throw new Error(`${machine.name} gets no ${path}`);
  return found.content;
};
const rke2Of = (machine: BootMachine): Record<string, unknown> =>
  parse(contentOf(machine, '/etc/rancher/rke2/config.yaml')) as Record<string, unknown>;
const firstControl = exampleMachine('control', 0);

describe('user data', () => {
  it.each(ROLES)('begins with the marker cloud-init looks for and fits Nova: %s', (role) => {
    const text = textOf(exampleMachine(role));
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    expect(Buffer.from(text).toString('base64').length).toBeLessThanOrEqual(65_535);
  });

  it('refuses to exceed the limit of Nova, naming the machine and both sizes', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`example.org/label-${i}`, 'value']),
    );
    expect(() => textOf({ ...exampleMachine('service'), labels })).toThrow(
      /user data of service-1 is \d+ bytes in base64, Nova takes 65535/,
    );
  });

  it('gives agents the agent token and nothing from which the server token follows', () => {
    const tokens = joinTokens(SECRET);
    for (const role of ['storage', 'service', 'accelerator'] as const) {
      const text = textOf(exampleMachine(role));
      expect(text).toContain(tokens.agent);
      expect(text).not.toContain(tokens.server);
      expect(text).not.toContain(SECRET);
    }
    expect(textOf(firstControl)).toContain(tokens.server);
    expect(textOf(firstControl)).not.toContain(SECRET);
  });

  it('keeps tokens and the RKE2 configuration readable by root only', () => {
    for (const role of ROLES) {
      const secretFiles = configOf(exampleMachine(role)).write_files.filter((f) =>
        f.path.startsWith('/etc/rancher/'),
      );
      expect(secretFiles.length).toBeGreaterThanOrEqual(2);
      for (const file of secretFiles) expect([file.owner, file.permissions]).toEqual(['root:root', '0600']);
    }
  });

  it('is the same text for the same input, and changes with the token', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROLES), fc.string(), fc.string(), (role, one, two) => {
        const make = (secret: string): string =>
          userData(exampleSite(), exampleMachine(role), PINS, secret, CONTROL);
        expect(make(one)).toBe(make(one));
        expect(make(one) === make(two)).toBe(one === two);
      }),
    );
  });

  it('allows keys only, for everyone', () => {
    expect(configOf(firstControl).ssh_pwauth).toBe(false);
    expect(contentOf(firstControl, '/etc/ssh/sshd_config.d/60-aiinfn.conf')).toContain(
      'PasswordAuthentication no',
    );
  });

  it('keeps pods of the site away from the metadata service', () => {
    const site = exampleSite({ kubernetes: { podCidr: '10.142.0.0/16' } });
    const text = userData(site, exampleMachine('service'), PINS, SECRET, CONTROL);
    expect(text).toContain('ip saddr 10.142.0.0/16 ip daddr 169.254.169.254 counter drop');
  });
});

describe('user data of the real sites', () => {
  const sites = join(__dirname, '../../../stacks/sites');
  it.each(readdirSync(sites).filter((file) => file.endsWith('.yaml')))(
    'can be made for every machine of %s',
    (file) => {
      const site = siteSchema.parse(parse(readFileSync(join(sites, file), 'utf8')));
      const { machines } = planMachines(site);
      const control = machines.filter((m) => m.role === 'control');
      const texts = machines.map((machine) => userData(site, machine, PINS, SECRET, control));
      expect(new Set(texts).size).toBe(machines.length);
      const starters = texts.filter((text) => text.includes('rke2') && !/^ +server: https/m.test(text));
      expect(starters).toHaveLength(1);
    },
  );
});

describe('a site with an existing cluster', () => {
  const site = exampleSite({
    kubernetes: { cluster: { existing: true, server: 'https://k8s.example.org' } },
  });
  const text = userData(site, exampleMachine('storage'), PINS, SECRET, []);

  it('gets hardened machines and volumes, but no RKE2 and no token', () => {
    expect(text).toContain('aiinfn-data.service');
    expect(text).toContain('60-aiinfn.conf');
    expect(text).not.toMatch(/etc\/rancher|usr\/local\/sbin\/aiinfn-rke2/);
    expect(text).not.toContain(joinTokens(SECRET).agent);
  });
});

describe('RKE2 configuration of a machine', () => {
  it('starts the cluster on the first control machine and joins all others to it', () => {
    expect(rke2Of(firstControl)).not.toHaveProperty('server');
    for (const machine of [
      exampleMachine('control', 1),
      exampleMachine('control', 2),
      ...ROLES.slice(1).map((r) => exampleMachine(r)),
    ])
      expect(rke2Of(machine)['server']).toBe('https://10.71.0.10:9345');
  });

  it('lets a first control machine that is made anew join whoever of the others answers', () => {
    const script = contentOf(firstControl, '/usr/local/sbin/aiinfn-rke2');
    expect(script).toContain('for peer in 10.71.0.11 10.71.0.12; do');
    expect(contentOf(exampleMachine('control', 1), '/usr/local/sbin/aiinfn-rke2')).not.toContain('for peer');
    const alone = userData(exampleSite(), firstControl, PINS, SECRET, [firstControl]);
    expect(alone).not.toContain('for peer');
  });

  it('switches off the two gates that slow Kueue down, hides Secrets in etcd and brings the Gateway API', () => {
    expect(rke2Of(firstControl)).toMatchObject({
      'kube-apiserver-arg': [
        'feature-gates=MutableSchedulingDirectivesForSuspendedJobs=false,MutablePodResourcesForSuspendedJobs=false',
      ],
      'secrets-encryption': true,
      'ingress-controller': 'traefik',
      cni: 'canal',
      profile: 'cis',
    });
    const chart = contentOf(firstControl, '/var/lib/rancher/rke2/server/manifests/rke2-traefik-config.yaml');
    const values = parse((parse(chart) as { spec: { valuesContent: string } }).spec.valuesContent) as object;
    expect(values).toMatchObject({ providers: { kubernetesGateway: { enabled: true } } });
  });

  it('gives all servers equal settings, as RKE2 demands', () => {
    const shared = CONTROL.map((machine) => {
      const own = ['server', 'node-name', 'node-ip'];
      const rest = Object.fromEntries(Object.entries(rke2Of(machine)).filter(([key]) => !own.includes(key)));
      return rest;
    });
    expect(shared[1]).toEqual(shared[0]);
    expect(shared[2]).toEqual(shared[0]);
    expect(shared[0]?.['tls-san']).toEqual(expect.arrayContaining(['api.hub.example.org', '10.71.0.12']));
  });

  it('puts the DNS service inside the service range of the site', () => {
    const site = exampleSite({ kubernetes: { serviceCidr: '10.143.255.0/24' } });
    expect(userData(site, firstControl, PINS, SECRET, CONTROL)).toContain('cluster-dns: 10.143.255.10');
  });

  it('passes labels and taints of the plan on, and leaves both out where there are none', () => {
    const gpu = rke2Of(exampleMachine('accelerator'));
    expect(gpu['node-label']).toContain('nvidia.com/mig.config=all-1g.5gb');
    expect(gpu['node-taint']).toEqual(['nvidia.com/gpu=present:NoSchedule']);
    expect(rke2Of(exampleMachine('service'))).not.toHaveProperty('node-label');
    expect(rke2Of(exampleMachine('service'))).not.toHaveProperty('node-taint');
  });

  it('keeps for the system what the plan counts with', () => {
    expect(rke2Of(exampleMachine('service'))['kubelet-arg']).toEqual(['system-reserved=cpu=1,memory=3Gi']);
  });

  it('keeps what only servers may say from agents', () => {
    expect(Object.keys(rke2Of(exampleMachine('accelerator'))).sort()).toEqual([
      'kubelet-arg',
      'node-ip',
      'node-label',
      'node-name',
      'node-taint',
      'profile',
      'server',
      'token-file',
    ]);
  });

  it('needs a control machine', () => {
    expect(() => userData(exampleSite(), exampleMachine('service'), PINS, SECRET, [])).toThrow(
      'example has no control machine to join',
    );
  });
});

describe('installation', () => {
  const script = (pins: BootPins): string =>
    contentOf(exampleMachine('service'), '/usr/local/sbin/aiinfn-rke2', pins);

  it('fetches the pinned release, with the plus sign written as a URL needs it', () => {
    expect(script(PINS)).toContain('"https://github.com/rancher/rke2/releases/download/v1.36.2%2Brke2r1/$1"');
  });

  it('can fetch from a mirror and insist on a checksum of ours besides upstream’s', () => {
    const sum = 'f'.repeat(64);
    const text = script({ ...PINS, rke2Releases: 'https://mirror.example.org/rke2', rke2Sha256: sum });
    expect(text).toContain('https://mirror.example.org/rke2/v1.36.2%2Brke2r1/$1');
    expect(text).toContain(`echo "${sum}  rke2.linux-amd64.tar.gz" >> wanted`);
  });

  it('starts the server on control machines and the agent elsewhere', () => {
    expect(contentOf(firstControl, '/usr/local/sbin/aiinfn-rke2')).toContain(
      'systemctl enable rke2-server.service',
    );
    expect(script(PINS)).toContain('systemctl enable rke2-agent.service');
  });

  it('brings a data volume only where the plan has one, and then RKE2 waits for it at every boot', () => {
    const paths = configOf(exampleMachine('storage')).write_files.map((f) => f.path);
    expect(paths).toContain('/etc/systemd/system/rke2-agent.service.d/10-data.conf');
    expect(paths).toContain('/etc/systemd/system/aiinfn-rke2.service.d/10-data.conf');
    expect(contentOf(exampleMachine('storage'), '/etc/aiinfn/data-size')).toBe(`${12 * 2 ** 30}\n`);
    expect(textOf(exampleMachine('service'))).not.toContain('aiinfn-data');
  });
});
