import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { siteSchema } from '../../../constructs';
import { packConfig } from '../../../policies/crossguard/config';
import { STACK_RULES } from '../../../policies/crossguard/policies';
import type { PackConfig, StackResource } from '../../../policies/crossguard/rule';
import { merge, SITE_INPUT } from '../fixtures';

type Props = StackResource['props'];
interface Case {
  readonly good: readonly (readonly [Props, Partial<StackResource>?, PackConfig?])[];
  readonly bad: readonly (readonly [Props, string, Partial<StackResource>?, PackConfig?])[];
}
const owner = { metadata: { 'ai-infn': 'ai-infn/cnaf/x' } };
const ingress = (more: Props): Props => ({ direction: 'ingress', protocol: 'tcp', ...more });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const port = (more: Props = {}): Props => ({ securityGroupIds: ['g'], ...more });
const encryption: PackConfig = { encryptedVolumes: ['it'], encryptedTypes: ['LUKS'] };

const CASES: Readonly<Record<string, Case>> = {
  'world-open': {
    good: [
      [ingress({ remoteIpPrefix: '0.0.0.0/0', portRangeMin: 443, portRangeMax: 443 })],
      [ingress({ remoteIpPrefix: '0.0.0.0/0', portRangeMin: 80, portRangeMax: 80 })],
      [ingress({ remoteIpPrefix: '192.0.2.0/24', portRangeMin: 22, portRangeMax: 22 })],
      [ingress({ remoteGroupId: 'group' })],
      [{ direction: 'egress', remoteIpPrefix: '0.0.0.0/0' }],
    ],
    bad: [
      [ingress({ remoteIpPrefix: '0.0.0.0/0', portRangeMin: 22, portRangeMax: 22 }), 'ports 22 to 22 of tcp'],
      [ingress({ remoteIpPrefix: '::/0', portRangeMin: 6443, portRangeMax: 6443 }), '6443'],
      [ingress({ remoteIpPrefix: '0.0.0.0/0', portRangeMin: 80, portRangeMax: 443 }), 'ports 80 to 443'],
      [ingress({ portRangeMin: 6379, portRangeMax: 6379 }), '6379'],
      [{ direction: 'ingress', remoteIpPrefix: '0.0.0.0/0' }, 'every port of every protocol'],
      [
        {
          direction: 'ingress',
          protocol: 'udp',
          remoteIpPrefix: '0.0.0.0/0',
          portRangeMin: 443,
          portRangeMax: 443,
        },
        'udp',
      ],
    ],
  },
  'volume-protected': {
    good: [
      [{}, { protect: true }],
      [{}, { protect: false }, { destroyable: ['it'] }],
    ],
    bad: [
      [{}, '--destroy-data it', { protect: false }],
      [{}, 'not protected', { protect: false }, { destroyable: ['other'] }],
    ],
  },
  'volume-encrypted': {
    good: [
      [{}],
      [{ volumeType: 'LUKS' }, {}, encryption],
      [{}, {}, { ...encryption, encryptedVolumes: ['other'] }],
    ],
    bad: [
      [{}, 'has type (default); the site file wants encryption: LUKS', {}, encryption],
      [{ volumeType: 'ssd' }, 'has type ssd', {}, encryption],
      [{}, 'set cloud.encryptedVolumeType', {}, { encryptedVolumes: ['it'] }],
    ],
  },
  'server-group': {
    good: [
      [{ metadata: { role: 'control' }, schedulerHints: [{ group: 'g' }] }],
      [{ metadata: { role: 'accelerator' } }],
      [{}],
    ],
    bad: [
      [{ metadata: { role: 'control' } }, 'to no server group'],
      [{ metadata: { role: 'control' }, schedulerHints: [{}] }, 'anti-affinity'],
    ],
  },
  'server-group-policy': {
    good: [[{ policies: ['anti-affinity'] }], [{ policies: 'soft-anti-affinity' }]],
    bad: [
      [{ policies: ['affinity'] }, 'policy affinity'],
      [{}, '(none)'],
    ],
  },
  'user-data': {
    good: [
      [{}],
      [
        {
          userData:
            '#cloud-config\nusers: [{ name: admin, lock_passwd: true }]\nwrite_files:\n  - content: "token: abc"\n',
        },
      ],
      [{ userData: base64('#cloud-config\nruncmd: [ls]\n') }],
    ],
    bad: [
      [{ userData: '-----BEGIN OPENSSH PRIVATE KEY-----' }, 'a private key'],
      [{ userData: base64('#cloud-config\npassword: hunter2\n') }, 'a password'],
      [{ userData: '#cloud-config\n  plain_text_passwd: x' }, 'a password'],
      [{ userData: 'db_password=x' }, 'a password'],
      [{ userData: 'application_credential_secret: x' }, 'a cloud credential'],
      [{ userData: 'curl https://u:p@example.org/' }, 'an address with a password'],
    ],
  },
  owned: {
    good: [[owner], [owner, {}, { stack: 'cnaf' }]],
    bad: [
      [{}, '(none)'],
      [{ metadata: { 'ai-infn': 'mine' } }, 'owner mine'],
      [owner, 'must begin with ai-infn/recas/', {}, { stack: 'recas' }],
    ],
  },
  'owned-volume': { good: [[owner]], bad: [[{ metadata: {} }, '(none)']] },
  'port-security': {
    good: [[port()], [port({ portSecurityEnabled: true })]],
    bad: [
      [port({ portSecurityEnabled: false }), 'switched off'],
      [{}, 'in no security group'],
      [port({ noSecurityGroups: true }), 'in no security group'],
      [port({ allowedAddressPairs: [{ ipAddress: '0.0.0.0/0' }] }), 'every address'],
    ],
  },
  'machine-network': {
    good: [[{ networks: [{ port: 'p' }], imageId: 'i' }]],
    bad: [
      [{ networks: [{ name: 'public' }], imageId: 'i' }, 'by ports of the stack'],
      [{ imageId: 'i' }, 'by ports of the stack'],
      [{ networks: [{ port: 'p' }], imageName: 'debian' }, 'image by id'],
    ],
  },
  'credential-restricted': {
    good: [[{ unrestricted: false, roles: ['member'] }]],
    bad: [
      [{ unrestricted: true, roles: ['member'] }, 'is unrestricted'],
      [{}, 'every role of the operator'],
      [{ roles: ['member', 'admin'] }, 'role admin'],
    ],
  },
};

const judge = (
  name: string,
  props: Props,
  change: Partial<StackResource> = {},
  config: PackConfig = {},
): readonly string[] => {
  const rule = STACK_RULES.find((candidate) => candidate.name === name);
  if (!rule) throw new Error(`no rule ${name}`);
  return rule.judge({ type: rule.type, name: 'it', props, protect: true, ...change }, config);
};

describe.each(STACK_RULES.map((rule) => [rule.name]))('%s', (name) => {
  const { good, bad } = CASES[name] ?? { good: [], bad: [] };

  it('accepts what is right', () => {
    expect(good.length).toBeGreaterThan(0);
    expect(good.map(([props, change, config]) => judge(name, props, change, config))).toEqual(
      good.map(() => []),
    );
  });

  it('fires, once, with words that lead to the fault', () => {
    expect(bad.length).toBeGreaterThan(0);
    for (const [props, words, change, config] of bad)
      expect(judge(name, props, change, config)).toEqual([expect.stringContaining(words)]);
  });
});

describe('the pack', () => {
  it('holds every rule file', () => {
    const files = readdirSync(join(__dirname, '../../../policies/crossguard/rules')).map((file) =>
      file.replace(/\.ts$/, ''),
    );
    expect(
      STACK_RULES.map(({ name }) => name)
        .filter((name) => name !== 'owned-volume')
        .sort(),
    ).toEqual(files.sort());
    expect(STACK_RULES.length).toBeGreaterThanOrEqual(6);
  });

  it('is configured from the site file, the same for every rule', () => {
    const site = siteSchema.parse(
      merge(SITE_INPUT, {
        cloud: { encryptedVolumeType: 'LUKS' },
        nodes: {
          storage: { flavor: 'small', data: '1Ti', encrypted: true },
          plain: { flavor: 'small', data: '1Ti' },
        },
      }),
    );
    const config = packConfig(site, ['gone']);
    expect(Object.keys(config)).toEqual(STACK_RULES.map(({ name }) => name));
    expect(config['volume-encrypted']).toEqual({
      encryptedVolumes: [expect.stringContaining('storage')],
      encryptedTypes: ['LUKS'],
      destroyable: ['gone'],
      stack: 'test',
    });
    expect(packConfig(siteSchema.parse(SITE_INPUT))['owned']).toMatchObject({
      encryptedVolumes: [],
      encryptedTypes: [],
    });
  });
});
