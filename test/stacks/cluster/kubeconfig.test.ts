import { parseKubeconfig } from '../../../stacks/cluster/kubeconfig';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Parts {
  readonly user?: object;
  readonly cluster?: object;
  readonly context?: string;
}

const kubeconfig = ({ user, cluster, context }: Parts = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context ?? 'site',
    contexts: [{ name: 'site', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: cluster ?? { server: 'https://10.0.0.1:6443/', 'certificate-authority-data': base64('CA') },
      },
    ],
    users: [
      {
        name: 'u',
        user: user ?? { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      },
    ],
  });

describe('a kubeconfig', () => {
  it('gives server, authority and certificate of its current context', () => {
    expect(parseKubeconfig(kubeconfig())).toEqual({
      server: 'https://10.0.0.1:6443',
      ca: 'CA',
      certificate: 'CERT',
      key: 'KEY',
    });
  });

  it('may be YAML, hold a token, and rely on the authorities of the machine', () => {
    const text = `
apiVersion: v1
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://k8s.example.org"}}]
users: [{name: u, user: {token: abc}}]
`;
    expect(parseKubeconfig(text)).toEqual({ server: 'https://k8s.example.org', token: 'abc' });
  });

  it.each([
    [
      'speaks plain HTTP',
      kubeconfig({ cluster: { server: 'http://10.0.0.1' } }),
      'at clusters.0.cluster.server',
    ],
    [
      'has a login program',
      kubeconfig({ user: { exec: { command: 'login' } } }),
      'holds no usable credentials',
    ],
    [
      'refers to files',
      kubeconfig({ user: { 'client-certificate': '/a', 'client-key': '/b' } }),
      'holds no usable credentials',
    ],
    [
      'has a context that is not there',
      kubeconfig({ context: 'other' }),
      "names the context 'other' and does not describe it",
    ],
    ['has no context', '{}', 'at current-context, contexts, clusters, users'],
    ['is no YAML', '{', 'the kubeconfig is not YAML'],
  ])('is refused with the way to mend it when it %s', (_, text, message) => {
    expect(() => parseKubeconfig(text)).toThrow(message);
    expect(() => parseKubeconfig(text)).toThrow('kubectl config view --raw --flatten --minify');
  });

  it('is never quoted in an error', () => {
    const secret = 'sup3r-s3cret-t0ken';
    const text = kubeconfig({ user: { token: secret }, cluster: { server: `http://${secret}` } });
    expect(messageOf(text)).not.toContain(secret);
    expect(messageOf(`${text}}}`)).not.toContain(secret);
  });
});

function messageOf(text: string): string {
  try {
    parseKubeconfig(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
