import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadSite, planMachines, type MachinePlan, type Site } from '../../constructs';
import { DATA_SCRIPT } from '../../stacks/cluster/host-files';
import { userData } from '../../stacks/cluster/user-data';
import { checkoutRoot } from '../../tools/programs';
import { runMachine, validateUserData } from '../../twin/machine';
import { MACHINE_PACKAGES } from './support/machine-packages';
import { run } from './support/stack';

jest.setTimeout(900_000);

const SITES = join(checkoutRoot(), 'stacks/sites');
const SECRET = 'join-secret-of-the-first-boot-test';
const PINS = { rke2: 'v1.36.2+rke2r1' };

interface Boot {
  readonly site: Site;
  readonly machine: MachinePlan;
  readonly text: string;
}

/** One machine of each group of each site: machines of a group differ in name and address only. */
const BOOTS: readonly (readonly [string, Boot])[] = readdirSync(SITES)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => {
    const site = loadSite(readFileSync(join(SITES, file), 'utf8'), file);
    const { machines } = planMachines(site);
    const control = machines.filter((m) => m.role === 'control');
    const classes = machines.filter((m) => m.index === 1 || (m.role === 'control' && m.index === 2));
    return classes.map(
      (machine) =>
        [machine.name, { site, machine, text: userData(site, machine, PINS, SECRET, control) }] as const,
    );
  });

describe('user data of every machine class of every site', () => {
  it('covers control, storage, service and accelerator machines', () => {
    expect(new Set(BOOTS.map(([, { machine }]) => machine.role))).toEqual(
      new Set(['control', 'storage', 'service', 'accelerator']),
    );
    expect(BOOTS.length).toBeGreaterThan(12);
  });

  it.each(BOOTS)('is valid for the cloud-init that reads it: %s', async (_, { text }) => {
    expect(await validateUserData(text, { packages: MACHINE_PACKAGES })).toEqual([]);
  });

  it('is found invalid when it is', async () => {
    expect(
      await validateUserData('#cloud-config\nwrite_files: nowhere\n', { packages: MACHINE_PACKAGES }),
    ).not.toEqual([]);
  });
});

/** A disk of nothing, no mirror, and other control machines that answer: what a machine made anew finds. */
const STUBS = {
  'apt-get': '#!/bin/sh\n',
  // Only the question to the other machines is answered; the release is tried elsewhere and cannot be fetched here.
  curl: '#!/bin/sh\nfor last; do :; done\ncase $last in https://*:9345/cacerts) exit 0 ;; *) exit 22 ;; esac\n',
};

describe('a first control machine that is made anew', () => {
  it('joins the others instead of starting a second, empty cluster', async () => {
    const [, boot] = BOOTS.find(([name]) => name === 'cnaf-control-1') ?? [];
    const stubs = { ...STUBS, install: '#!/bin/sh\n', sysctl: '#!/bin/sh\n' };
    const machine = await runMachine({ userData: boot?.text ?? '', packages: MACHINE_PACKAGES, stubs });
    try {
      await machine.exec([
        'sh',
        '-c',
        'systemctl stop aiinfn-rke2; echo "#!/bin/sh" > /usr/local/bin/rke2; chmod 755 /usr/local/bin/rke2',
      ]);
      await machine.exec(['/usr/local/sbin/aiinfn-rke2']);
      const join = await machine.readFile('/etc/rancher/rke2/config.yaml.d/50-join.yaml');
      expect(join).toMatch(/^server: https:\/\/10\.71\.0\.\d+:9345\n$/);
      expect(join).not.toContain(boot?.machine.address);
    } finally {
      await machine.stop();
    }
  });
});

describe('the data volume, on a real block device', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aiinfn-data-'));
  const image = join(dir, 'disk');
  const script = join(dir, 'aiinfn-data');
  let device = '';
  const sh = (command: string): string => execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim();

  beforeAll(() => {
    const size = 256 * 2 ** 20;
    sh(`truncate --size=${size} ${image}`);
    device = sh(`losetup --find --show ${image}`);
    mkdirSync(join(dir, 'bin'));
    // Loop devices are no disks to lsblk, so it is told apart here; every other program is the real one.
    writeFileSync(join(dir, 'bin/lsblk'), `#!/bin/sh\necho "${device} disk 0 ${size}"\n`);
    writeFileSync(
      script,
      DATA_SCRIPT.replace('/etc/aiinfn/data-size', join(dir, 'size')).replaceAll(
        '/srv/data',
        join(dir, 'mnt'),
      ),
    );
    writeFileSync(join(dir, 'size'), `${size}\n`);
    chmodSync(join(dir, 'bin/lsblk'), 0o755);
  });
  afterAll(() => {
    sh(`losetup --detach ${device}`);
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs the script in a mount namespace of its own, for a few seconds at most, then a command that sees the mount. */
  const mountAnd = (then: string) => {
    const command = `mount --make-rprivate /; timeout 20 sh ${script} && ${then}`;
    const env = {
      ...process.env,
      PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
      AIINFN_DATA_WAIT: '1',
    };
    return run('unshare', ['--mount', 'sh', '-c', command], { env });
  };
  const digest = (): string => createHash('sha256').update(readFileSync(image)).digest('hex');

  it('leaves alone a volume that holds something else', async () => {
    sh(`mkfs.ext4 -q -L precious ${device}`);
    const before = digest();
    const ended = await mountAnd('true');
    expect(ended.code).not.toBe(0);
    expect(ended.text).toContain('has no label aiinfn-data; it is left alone');
    expect(digest()).toBe(before);
  });

  it('formats a blank volume once and mounts it ever after', async () => {
    sh(`wipefs --all --quiet ${device}`);
    const first = await mountAnd(`echo kept > ${dir}/mnt/file && blkid -o value -s UUID ${device}`);
    expect(first.code).toBe(0);
    const second = await mountAnd(`cat ${dir}/mnt/file && blkid -o value -s UUID ${device}`);
    expect(second.text).toContain('kept');
    const uuid = /[0-9a-f]{8}-[0-9a-f-]{27}/;
    expect(uuid.exec(second.text)?.[0]).toBe(uuid.exec(first.text)?.[0]);
  });
});
