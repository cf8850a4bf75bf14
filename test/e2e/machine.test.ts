import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  type Machine,
  type ProgressEvent,
  runMachine,
  sweepMachines,
  validateUserData,
} from '../../twin/machine';
import { leftRunning } from './support/left-running';
import { MACHINE_PACKAGES } from './support/machine-packages';

jest.setTimeout(600_000);

/** Other tests may run machines at the same time: these have a folder of their own. */
const RUNS = mkdtempSync(join(tmpdir(), 'machines-'));

const COMMON = { runsDir: RUNS, packages: MACHINE_PACKAGES };

const SAMPLE = `#cloud-config
locale: C.UTF-8
users:
  - name: ops
    shell: /bin/bash
    sudo: 'ALL=(ALL) NOPASSWD:ALL'
    lock_passwd: true
write_files:
  - path: /etc/rancher/rke2/config.yaml
    permissions: '0600'
    content: |
      node-label:
        - nvidia.com/mig.config=all-1g.5gb
  - path: /etc/systemd/system/install.service
    content: |
      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=/bin/sh -c 'curl --fail https://example.org/installer >/var/lib/installed'
      [Install]
      WantedBy=multi-user.target
runcmd:
  - [systemctl, daemon-reload]
  - [systemctl, enable, --now, install.service]
`;
/** Stands for the download: says what it was asked for. */
const CURL = '#!/bin/sh\necho "asked for: $*"\n';

const seen = new Set<string>();

/** Folders of this test's machines, and control groups that bear their names, also the names of machines that have gone. */
function traces(): string[] {
  const folders = readdirSync(RUNS);
  for (const name of folders) seen.add(name);
  const groups = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'].filter((g) =>
    existsSync(g),
  );
  return [...folders, ...groups.flatMap((g) => readdirSync(g)).filter((name) => seen.has(name))];
}

afterAll(async () => {
  await sweepMachines(RUNS);
  rmSync(RUNS, { recursive: true, force: true });
});

describe('a machine with first-boot instructions', () => {
  const events: ProgressEvent[] = [];
  let machine: Machine;
  beforeAll(async () => {
    machine = await runMachine({
      ...COMMON,
      userData: SAMPLE,
      metaData: { hostname: 'gpu-1' },
      stubs: { curl: CURL },
      onProgress: (event) => events.push(event),
    });
  });
  afterAll(async () => {
    await machine.stop();
  });

  const output = async (...command: string[]): Promise<string> => {
    const { code, stdout, stderr } = await machine.exec(command);
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    return stdout.trim();
  };

  it('boots to the end without a fault and without a warning', async () => {
    expect(machine.status).toEqual({ status: 'done', errors: [], warnings: [] });
    const { stdout: state } = await machine.exec(['systemctl', 'is-system-running', '--wait']);
    const failed = await output('systemctl', 'list-units', '--failed', '--plain', '--no-legend');
    expect({ state: state.trim(), failed }).toEqual({ state: 'running', failed: '' });
    expect(events.at(-1)?.message).toBe('cloud-init: done');
  });

  it('has the name that the cloud gave it', async () => {
    expect(await output('hostname')).toBe('gpu-1');
  });

  it('has the user, who may become root and has no password', async () => {
    expect(await output('getent', 'passwd', 'ops')).toMatch(/^ops:x:\d+:\d+::\/home\/ops:\/bin\/bash$/);
    expect(await output('getent', 'shadow', 'ops')).toMatch(/^ops:!/);
    expect(await output('su', 'ops', '-c', 'sudo id -un')).toBe('root');
  });

  it('has the file with the label, readable by root only', async () => {
    expect(await machine.readFile('/etc/rancher/rke2/config.yaml')).toBe(
      'node-label:\n  - nvidia.com/mig.config=all-1g.5gb\n',
    );
    expect(await output('stat', '-c', '%a %U', '/etc/rancher/rke2/config.yaml')).toBe('600 root');
    expect((await machine.exec(['su', 'ops', '-c', 'cat /etc/rancher/rke2/config.yaml'])).code).toBe(1);
  });

  it('has run the unit, which is enabled and got what it asked for from the stand-in', async () => {
    expect(await output('systemctl', 'is-enabled', 'install.service')).toBe('enabled');
    expect(await output('systemctl', 'is-active', 'install.service')).toBe('active');
    expect(await machine.readFile('/var/lib/installed')).toBe(
      'asked for: --fail https://example.org/installer\n',
    );
  });

  it('has no network but loopback', async () => {
    expect(await output('sh', '-c', 'ls /sys/class/net')).toBe('lo');
    expect(await output('ip', 'route')).toBe('');
    expect(
      (await machine.exec(['python3', '-c', 'import socket; socket.create_connection(("192.0.2.1", 80), 5)']))
        .stderr,
    ).toContain('Network is unreachable');
  });

  it('tells how a command in it ended, and that a file is not there', async () => {
    expect(await machine.exec(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    await expect(machine.readFile('/no/such/file')).rejects.toThrow('no /no/such/file in the machine');
  });

  it('runs beside another, and neither writes into the other or into what they share', async () => {
    const other = await runMachine({ ...COMMON, userData: '#cloud-config\nlocale: C.UTF-8\n' });
    try {
      await machine.exec(['touch', '/usr/local/mine']);
      expect((await other.exec(['ls', '/usr/local/mine'])).code).toBe(2);
      expect((await other.exec(['getent', 'passwd', 'ops'])).code).toBe(2);
      const id = async (m: Machine): Promise<string> => (await m.readFile('/etc/machine-id')).trim();
      expect(await id(machine)).not.toBe(await id(other));
    } finally {
      await other.stop();
    }
  });

  it('leaves nothing: no process, folder, mount or control group', async () => {
    expect(traces().length).toBeGreaterThan(0);
    await machine.stop();
    expect(traces()).toEqual([]);
    expect(leftRunning(RUNS)).toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(RUNS);
  });
});

describe('first-boot instructions that are broken', () => {
  it('end with an error that names the part that failed', async () => {
    const broken = SAMPLE.replace('[systemctl, daemon-reload]', "[sh, -c, 'exit 3']").replace(
      'enable, --now',
      'enable',
    );
    const machine = await runMachine({ ...COMMON, userData: `${broken}  - [no-such-program]\n` });
    try {
      expect(machine.status.status).toBe('error');
      expect(machine.status.errors.join()).toContain('Runparts: 1 failures (runcmd)');
    } finally {
      await machine.stop();
    }
  });

  it('show as warnings where cloud-init skips them and says done', async () => {
    const machine = await runMachine({ ...COMMON, userData: '#cloud-config\nusers: [\n' });
    try {
      expect(machine.status.warnings.join()).toContain('Failed loading yaml blob');
    } finally {
      await machine.stop();
    }
  });

  it('are refused by validation with every fault, and the sample is not', async () => {
    expect(await validateUserData(SAMPLE, COMMON)).toEqual([]);
    expect(await validateUserData('#cloud-config\nusers: 3\nruncmd: hello\n', COMMON)).toEqual([
      "runcmd: 'hello' is not of type 'array'",
      "users: 3 is not of type 'string', 'array', 'object'",
    ]);
    expect((await validateUserData('#cloud-config\nusers: [\n', COMMON)).join()).toContain(
      'user data is not valid yaml',
    );
    expect((await validateUserData('hostname: x\n', COMMON)).join()).toContain(
      'needs to begin with "#cloud-config"',
    );
  });

  it('that never end are given up, with the machine removed', async () => {
    const endless =
      '#cloud-config\nlocale: C.UTF-8\nruncmd:\n  - [sh, -c, "echo waiting for ever; sleep 1000"]\n';
    await expect(runMachine({ ...COMMON, userData: endless, timeoutSeconds: 20 })).rejects.toThrow(
      /cloud-init has not ended after 20 s; its output ends with\n.*waiting for ever/s,
    );
    expect(traces()).toEqual([]);
  });
});

describe('a test that is killed', () => {
  it('takes its machine with it, and the next run removes what is left', async () => {
    const script = join(__dirname, 'support', 'boot-machine.ts');
    const child = spawn(process.execPath, ['-r', join(__dirname, '..', 'typescript.cjs'), script, RUNS], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const text of child.stdout as AsyncIterable<Buffer>)
      if (text.toString().includes('booted')) break;
    expect(leftRunning(RUNS).length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    while (leftRunning(RUNS).length > 0) await sleep(50);
    expect(traces().length).toBeGreaterThan(0);
    await sweepMachines(RUNS);
    expect(traces()).toEqual([]);
  });
});
