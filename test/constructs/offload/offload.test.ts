import { parse } from 'yaml';

import { endpointOf, Offload, virtualKubeletConfig } from '../../../constructs/offload';
import { offloadFlavor } from '../../../constructs/kueue/labels';
import type { SiteInput } from '../../../constructs/site';
import { at, type Loose, render, type Rendered, site, smallSite } from '../harness';

/** Keys of the virtual kubelet's configuration, from interLink 0.6.2, pkg/virtualkubelet/config.go. */
const KEYS = [
  'InterlinkURL',
  'InterlinkPort',
  'KubernetesApiAddr',
  'KubernetesApiPort',
  'KubernetesApiCaCrt',
  'DisableProjectedVolumes',
  'JobScriptBuilderURL',
  'VKConfigPath',
  'VKTokenFile',
  'ServiceAccount',
  'Namespace',
  'PodIP',
  'PodCIDR',
  'VerboseLogging',
  'ErrorsOnlyLogging',
  'HTTP',
  'KubeletHTTP',
  'KubeletCertFile',
  'KubeletKeyFile',
  'KubeletCSRSignerName',
  'Resources',
  'NodeLabels',
  'NodeTaints',
  'TLS',
  'Network',
  'SkipDownwardAPIResolution',
  'DisableCSR',
  'Pprof',
];

const remotes = {
  bari: {
    api: 'https://interlink.bari.example.org:3000',
    cpu: 200,
    memory: '800Gi',
    gpus: { 'a100-40gb': 4, t4: 2, u250: 1 },
    addresses: ['192.0.2.0/28'],
  },
  lecce: { api: 'https://198.51.100.9', cpu: 10, memory: '20Gi' },
  padova: { api: 'https://interlink.padova.example.org', cpu: 10, memory: '20Gi' },
} satisfies SiteInput['offload'];

const tree = (): Rendered =>
  render(smallSite({ offload: remotes }), (app) => {
    new Offload(app, 'offload', { wave: 10 });
  });

const config = (rendered: Rendered, remote: string): Record<string, unknown> =>
  parse(
    String(
      at(
        rendered.get(`ConfigMap offload/offload-${remote}-virtual-kubelet-config`),
        'data',
        'InterLinkConfig.yaml',
      ),
    ),
  ) as Record<string, unknown>;

describe('the configuration of a virtual node', () => {
  test('has no key that interLink would ignore without a word', () => {
    expect(KEYS).toEqual(expect.arrayContaining(Object.keys(config(tree(), 'bari'))));
  });

  test('is verified TLS with our certificate, and no token of the cluster leaves', () => {
    const vk = config(tree(), 'bari');
    expect(vk['InterlinkURL']).toBe('https://interlink.bari.example.org');
    expect(vk['InterlinkPort']).toBe('3000');
    expect(vk['HTTP']).toEqual({ Insecure: false });
    expect(at(vk, 'TLS', 'Enabled')).toBe(true);
    expect(vk['DisableProjectedVolumes']).toBe(true);
  });

  test('offers what the site file grants, one figure per resource name', () => {
    expect(at(config(tree(), 'bari'), 'Resources')).toEqual({
      CPU: '200',
      Memory: '800Gi',
      Pods: '100',
      Accelerators: [
        { ResourceType: 'nvidia.com/gpu', Model: 'a100-40gb_t4', Available: '6' },
        { ResourceType: 'amd.com/xilinx_u250_gen3x16_base_4-0', Model: 'u250', Available: '1' },
      ],
    });
  });

  test('labels the node with what its queue flavor selects by', () => {
    expect(config(tree(), 'bari')['NodeLabels']).toEqual([
      `nvidia.com/gpu.product=${offloadFlavor('bari')}`,
      'reserved=none',
    ]);
  });

  test.each([
    ['https://a.example.org:3000', 'a.example.org', 3000],
    ['https://a.example.org', 'a.example.org', 443],
    ['https://a.example.org/prefix', 'a.example.org', 443],
  ])('reads host and port of %s', (api, host, port) => {
    expect(endpointOf(api)).toEqual({ host, port });
  });

  test('names the remote in every identity', () => {
    const remote = smallSite({ offload: remotes }).offload['lecce'];
    if (!remote) throw new Error('no remote');
    expect(virtualKubeletConfig('lecce', remote, 'offload').ServiceAccount).toBe('offload-lecce');
  });
});

describe('the offload component', () => {
  test('renders nothing for a site without remotes', () => {
    const { objects } = render(smallSite(), (app) => {
      new Offload(app, 'offload', { wave: 10 });
    });
    expect(objects).toEqual([]);
  });

  test.each(['cnaf', 'recas-bari', 'lab'])(
    'renders for %s: one kubelet per remote, never two at once',
    (name) => {
      const { objects } = render(site(name), (app) => {
        new Offload(app, 'offload', { wave: 10 });
      });
      const kubelets = objects.filter(({ kind }) => kind === 'Deployment');
      expect(kubelets).toHaveLength(Object.keys(site(name).offload).length);
      for (const kubelet of kubelets) expect(at(kubelet, 'spec', 'strategy', 'type')).toBe('Recreate');
    },
  );

  test('asks the operator for the client certificate and cert-manager for the serving one', () => {
    const rendered = tree();
    const secret = rendered.app.secrets.find(({ name }) => name === 'offload-bari-tls-certs');
    expect(Object.entries(secret?.keys ?? {}).map(([key, { kind }]) => [key, kind])).toEqual([
      ['tls.crt', 'static'],
      ['tls.key', 'static'],
      ['ca.crt', 'static'],
    ]);
    const serving = rendered.get('Certificate offload/offload-bari-serving');
    expect(at(serving, 'spec', 'usages')).toEqual(['server auth']);
  });

  test.each([
    ['bari', ['192.0.2.0/28'], 3000],
    ['lecce', ['198.51.100.9/32'], 443],
    ['padova', ['0.0.0.0/0'], 443],
  ])('lets the kubelet of %s out to its API only', (remote, cidrs, port) => {
    const policy = tree().get(`NetworkPolicy offload/offload-${remote}-to-interlink-api`);
    const blocks = (at(policy, 'spec', 'egress', 0, 'to') as unknown[]).map((to) => at(to, 'ipBlock'));
    expect(blocks.map((block) => at(block, 'cidr'))).toEqual(cidrs);
    expect(at(policy, 'spec', 'egress', 0, 'ports')).toEqual([{ protocol: 'TCP', port }]);
    // What is known by port alone must not open the cluster itself; elsewhere an exception would lie outside its range.
    const except = remote === 'padova' ? ['10.42.0.0/16', '10.43.0.0/16'] : undefined;
    expect(at(blocks[0], 'except')).toEqual(except);
  });
});

describe('rights of a virtual kubelet', () => {
  interface Rule {
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
  }
  const rules = (role: Loose): readonly Rule[] => role['rules'] as readonly Rule[];

  test('let it see no Secret outside the batch namespace and list none there', () => {
    const rendered = tree();
    const roles = rendered.objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
    const touching = roles.filter((role) =>
      rules(role).some(({ resources }) => resources.includes('secrets')),
    );
    expect(touching.map(({ metadata }) => metadata['namespace'])).toEqual(['batch', 'batch', 'batch']);
    const verbs = touching.flatMap((role) =>
      rules(role)
        .filter(({ resources }) => resources.includes('secrets'))
        .flatMap((rule) => rule.verbs),
    );
    expect(verbs).toEqual(['get', 'get', 'get']);
  });

  test('let it change no node but its own', () => {
    const changing = rules(tree().get('ClusterRole offload-bari')).filter(
      ({ resources, verbs }) => resources.some((r) => r.startsWith('nodes')) && !verbs.includes('create'),
    );
    expect(changing.map(({ resourceNames }) => resourceNames)).toEqual([['offload-bari'], ['offload-bari']]);
  });

  test('have no wildcard', () => {
    const roles = tree().objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
    expect(JSON.stringify(roles)).not.toContain('*');
  });
});
