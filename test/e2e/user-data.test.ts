import { parse } from 'yaml';

import type { BootMachine } from '../../stacks/cluster/boot';
import { joinTokens } from '../../stacks/cluster/rke2';
import { userData } from '../../stacks/cluster/user-data';
import { type Machine, runMachine, validateUserData } from '../../twin/machine';
import { CONTROL, exampleMachine, exampleSite } from '../stacks/cluster/fixtures';
import { MACHINE_PACKAGES } from './support/machine-packages';

jest.setTimeout(600_000);

const SECRET = 'a-cluster-secret';
const PINS = { rke2: 'v1.36.2+rke2r1' };
const ROLES = ['control', 'storage', 'service', 'accelerator'] as const;
const text = (machine: BootMachine): string => userData(exampleSite(), machine, PINS, SECRET, CONTROL);

/** The index is the only thing of a mirror that a machine without network lacks: the packages are installed. */
const APT_GET = '#!/bin/sh\ncase " $* " in *" update "*) exit 0 ;; esac\nexec /usr/bin/apt-get "$@"\n';

/** A kernel's settings are the operator's own here: what would be loaded is kept for the test to read. */
const SYSCTL = '#!/bin/sh\necho "$*" >>/run/sysctl.asked\n';

/**
 * Stands for the release page, with an archive laid out as RKE2's is; its rke2 says how it was called and stays. Other
 * control machines do not answer.
 */
const CURL = `#!/bin/sh
set -eu
for last; do :; done
case $last in */cacerts) exit 7 ;; esac
echo "$last" >>/run/curl.asked
release=/var/tmp/release
if [ ! -d $release ]; then
  mkdir -p $release/bin $release/lib/systemd/system $release/share/rke2
  printf '#!/bin/sh\\necho "$@" >/run/rke2.called\\nexec sleep infinity\\n' >$release/bin/rke2
  printf '#!/bin/sh\\n' >$release/bin/rke2-killall.sh
  for role in server agent; do
    printf '[Service]\\nExecStart=/usr/local/bin/rke2 %s\\n[Install]\\nWantedBy=multi-user.target\\n' $role >$release/lib/systemd/system/rke2-$role.service
  done
  echo 'vm.panic_on_oom=0' >$release/share/rke2/rke2-cis-sysctl.conf
  chmod 0755 $release/bin/*
  tar -czf /var/tmp/rke2.linux-amd64.tar.gz -C $release .
  (cd /var/tmp && sha256sum rke2.linux-amd64.tar.gz >sha256sum-amd64.txt)
fi
while [ "$1" != --output ]; do shift; done
cp "/var/tmp/\${last##*/}" "$2"
`;

const boot = (machine: BootMachine, stubs: Readonly<Record<string, string>> = {}): Promise<Machine> =>
  runMachine({
    userData: text(machine),
    metaData: { hostname: 'to-be-renamed' },
    packages: MACHINE_PACKAGES,
    stubs: { 'apt-get': APT_GET, curl: CURL, sysctl: SYSCTL, ...stubs },
  });

/** Output of a command that must succeed. */
async function output(machine: Machine, ...command: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.exec(command);
  if (code !== 0) throw new Error(`${command.join(' ')}: ${code} ${stdout}${stderr}`);
  return stdout.trim();
}

/** State of a unit once it no longer changes. */
async function settled(machine: Machine, unit: string): Promise<string> {
  const show = `for i in $(seq 100); do s=$(systemctl show -P ActiveState ${unit}); [ $s = activating ] || break; sleep 0.2; done; echo $s`;
  return output(machine, 'sh', '-c', show);
}

describe.each(ROLES)('a %s machine at its first boot', (role) => {
  const plan = exampleMachine(role);
  const service = role === 'control' ? 'rke2-server' : 'rke2-agent';
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot(plan);
  });
  afterAll(async () => {
    await machine.stop();
  });

  it('has instructions that the release on the image understands', async () => {
    expect(await validateUserData(text(plan), { packages: MACHINE_PACKAGES })).toEqual([]);
  });

  it('follows them to the end without a fault and without a warning', () => {
    expect(machine.status).toEqual({ status: 'done', errors: [], warnings: [] });
  });

  it('asks for packages that the test root file system has, so that apt-get had nothing to fetch', () => {
    const { packages } = parse(text(plan)) as { packages: string[] };
    expect(packages.filter((name) => !MACHINE_PACKAGES.includes(name))).toEqual([]);
  });

  it('takes the name of the plan, and lets people in by key only, never as root', async () => {
    expect(await output(machine, 'hostname')).toBe(plan.name);
    const sshd = (await output(machine, 'sshd', '-T')).split('\n');
    expect(sshd).toEqual(
      expect.arrayContaining([
        'permitrootlogin no',
        'passwordauthentication no',
        'authenticationmethods publickey',
      ]),
    );
    expect(await output(machine, 'systemctl', 'is-active', 'ssh.service')).toBe('active');
  });

  it('keeps pods away from the metadata service', async () => {
    expect(await settled(machine, 'aiinfn-metadata-guard.service')).toBe('active');
    expect(await output(machine, 'nft', 'list', 'table', 'ip', 'aiinfn_metadata')).toContain(
      'ip saddr 10.42.0.0/16 ip daddr 169.254.169.254',
    );
  });

  it('has a configuration and tokens that only root can read, and no token it does not need', async () => {
    const tokens = joinTokens(SECRET);
    const held = await output(machine, 'grep', '-rlF', '-e', tokens.server, '-e', tokens.agent, '/etc');
    for (const file of held.split('\n'))
      expect(await output(machine, 'stat', '-c', '%a %U', file)).toBe('600 root');
    const server = await machine.exec(['grep', '-rlF', tokens.server, '/etc']);
    expect(server.code).toBe(role === 'control' ? 0 : 1);
  });

  if (role === 'storage') {
    it('joins no cluster before its data volume is there, and says what it waits for', async () => {
      expect(await output(machine, 'systemctl', 'show', '-P', 'ActiveState', 'aiinfn-data.service')).toBe(
        'activating',
      );
      const log =
        'for i in $(seq 50); do journalctl -u aiinfn-data.service -o cat | grep waiting && exit; sleep 0.2; done; exit 1';
      expect(await output(machine, 'sh', '-c', log)).toContain(
        `waiting for the data volume of ${12 * 2 ** 30} bytes`,
      );
      expect((await machine.exec(['test', '-e', '/run/rke2.called'])).code).toBe(1);
      expect(await output(machine, 'systemctl', 'show', '-P', 'ActiveState', `${service}.service`)).toBe(
        'inactive',
      );
    });
    return;
  }

  it('installs the pinned RKE2 after checking it, and starts it as its role says', async () => {
    expect(await settled(machine, 'aiinfn-rke2.service')).toBe('active');
    expect(await settled(machine, `${service}.service`)).toBe('active');
    expect(await output(machine, 'systemctl', 'is-enabled', `${service}.service`)).toBe('enabled');
    const calls =
      'for i in $(seq 50); do [ -s /run/rke2.called ] && break; sleep 0.2; done; cat /run/rke2.called';
    expect(await output(machine, 'sh', '-c', calls)).toBe(role === 'control' ? 'server' : 'agent');
    const asked = (await machine.readFile('/run/curl.asked')).trim().split('\n');
    expect(new Set(asked.map((url) => url.split('/').at(-2)))).toEqual(new Set(['v1.36.2%2Brke2r1']));
  });

  it('labels and taints its node as the plan says', async () => {
    const config = parse(await machine.readFile('/etc/rancher/rke2/config.yaml')) as Record<
      string,
      string[] | undefined
    >;
    for (const [key, value] of Object.entries(plan.labels))
      expect(config['node-label']).toContain(`${key}=${value}`);
    for (const taint of plan.taints) expect(config['node-taint']).toContain(taint);
  });

  if (role === 'control')
    it('has the account that etcd runs under, which nobody can log in to', async () => {
      expect(await output(machine, 'getent', 'passwd', 'etcd')).toMatch(/:\/usr\/sbin\/nologin$/);
    });
});

describe('a machine whose download was tampered with', () => {
  it('installs nothing and tries again', async () => {
    const machine = await boot(exampleMachine('service'), {
      curl: CURL.replace('cp "/var', 'echo x >>/var/tmp/rke2.linux-amd64.tar.gz; cp "/var'),
    });
    try {
      const tries =
        'for i in $(seq 100); do journalctl -u aiinfn-rke2.service -o cat | grep -q "did NOT match" && exit; sleep 0.2; done; exit 1';
      await output(machine, 'sh', '-c', tries);
      expect((await machine.exec(['ls', '/usr/local/bin/rke2'])).code).toBe(2);
      expect(await output(machine, 'systemctl', 'show', '-P', 'Restart', 'aiinfn-rke2.service')).toBe(
        'on-failure',
      );
    } finally {
      await machine.stop();
    }
  });
});

describe('a machine whose data volume cannot be read', () => {
  it('does not take it for a blank one', async () => {
    const machine = await boot(exampleMachine('storage'), {
      lsblk: `#!/bin/sh\necho /dev/unreadable disk 0 ${12 * 2 ** 30}\n`,
      'mkfs.ext4': '#!/bin/sh\necho "$*" >>/run/formatted\n',
    });
    try {
      const log =
        'for i in $(seq 100); do journalctl -u aiinfn-data.service -o cat | grep "left alone" && exit; sleep 0.2; done; exit 1';
      expect(await output(machine, 'sh', '-c', log)).toContain(
        '/dev/unreadable holds data, or cannot be read',
      );
      expect((await machine.exec(['ls', '/run/formatted'])).code).toBe(2);
    } finally {
      await machine.stop();
    }
  });
});
