import { Document } from 'yaml';

import type { Site } from '../../constructs';
import type { BootMachine, BootPins } from './boot';
import {
  AUDIT_POLICY,
  AUTOMATIC_UPDATES,
  DATA_SCRIPT,
  DATA_UNIT,
  INSTALL_UNIT,
  METADATA_UNIT,
  SSH_HARDENING,
  WAIT_FOR_DATA,
  installScript,
  metadataRules,
} from './host-files';
import { CONFIG, GATEWAY_CHART_CONFIG, joinTokens, rke2Config } from './rke2';

/** One file of the `write_files` module. */
interface HostFile {
  readonly path: string;
  readonly permissions: string;
  readonly content: string;
  readonly owner: string;
}

/** Nova refuses more than 65,535 bytes of base64 (OpenStack API reference, "Create server", user_data). */
const NOVA_LIMIT = 65_535;
/** nfs-common mounts homes, nftables holds the metadata guard, curl fetches RKE2; the rest is named by its setting below. */
const PACKAGES = ['chrony', 'curl', 'nfs-common', 'nftables', 'unattended-upgrades'];

/**
 * First-boot instructions of a machine as `#cloud-config`. Holds no secret but what lets the machine join:
 * control machines get both join tokens, all others the agent token only (docs/explanation/bootstrap.md).
 * Machines of a site with an existing cluster get everything but RKE2.
 * @param joinToken secret of the cluster from which both tokens are derived
 * @param control control machines of the plan in order; the first one starts the cluster
 * @throws Error when the result is larger than Nova accepts, or the cluster has no control machine
 */
export function userData(
  site: Site,
  machine: BootMachine,
  pins: BootPins,
  joinToken: string,
  control: readonly BootMachine[],
): string {
  const text = `#cloud-config\n${new Document(cloudConfig(site, machine, pins, joinToken, control)).toString({ lineWidth: 0 })}`;
  const size = 4 * Math.ceil(Buffer.byteLength(text) / 3);
  if (size > NOVA_LIMIT)
    throw new Error(`user data of ${machine.name} is ${size} bytes in base64, Nova takes ${NOVA_LIMIT}`);
  return text;
}

function cloudConfig(
  site: Site,
  machine: BootMachine,
  pins: BootPins,
  joinToken: string,
  control: readonly BootMachine[],
): object {
  return {
    hostname: machine.name,
    locale: 'C.UTF-8',
    timezone: 'Etc/UTC',
    ssh_pwauth: false,
    disable_root: true,
    ...(machine.role === 'control' && installs(site)
      ? { groups: [ETCD_USER.primary_group], users: ['default', ETCD_USER] }
      : { users: ['default'] }),
    package_update: true,
    packages: PACKAGES,
    ntp: { enabled: true, ntp_client: 'chrony' },
    write_files: hostFiles(site, machine, pins, joinToken, control),
    runcmd: commands(site, machine),
  };
}

/**
 * The CIS profile of RKE2 runs etcd under this account and refuses to start without it (RKE2 hardening guide).
 * cloud-init does not make its group: that has to be asked for beside it.
 */
const ETCD_USER = {
  name: 'etcd',
  gecos: 'etcd user',
  system: true,
  no_create_home: true,
  shell: '/usr/sbin/nologin',
  primary_group: 'etcd',
  lock_passwd: true,
};

/** Whether the machines form a cluster of their own. */
const installs = (site: Site): boolean => site.kubernetes.cluster === undefined;

function commands(site: Site, machine: BootMachine): readonly (readonly string[])[] {
  const start = (unit: string): readonly string[] => ['systemctl', 'enable', '--now', '--no-block', unit];
  return [
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'reload-or-restart', 'ssh.service'],
    start('aiinfn-metadata-guard.service'),
    ...(machine.dataGiB ? [start('aiinfn-data.service')] : []),
    ...(installs(site) ? [start('aiinfn-rke2.service')] : []),
  ];
}

const unit = (name: string): string => `/etc/systemd/system/${name}`;

function hostFiles(
  site: Site,
  machine: BootMachine,
  pins: BootPins,
  joinToken: string,
  control: readonly BootMachine[],
): readonly HostFile[] {
  return [
    file('/etc/ssh/sshd_config.d/60-aiinfn.conf', SSH_HARDENING),
    file('/etc/apt/apt.conf.d/60aiinfn-upgrades', AUTOMATIC_UPDATES),
    file('/etc/aiinfn/metadata-guard.nft', metadataRules(site.kubernetes.podCidr)),
    file(unit('aiinfn-metadata-guard.service'), METADATA_UNIT),
    ...dataFiles(machine),
    ...(installs(site)
      ? [
          file('/usr/local/sbin/aiinfn-rke2', installScript(pins, machine, control), '0755'),
          file(unit('aiinfn-rke2.service'), INSTALL_UNIT),
          ...rke2Files(site, machine, joinToken, control),
        ]
      : []),
  ];
}

function dataFiles(machine: BootMachine): readonly HostFile[] {
  if (!machine.dataGiB) return [];
  const service = machine.role === 'control' ? 'rke2-server' : 'rke2-agent';
  return [
    file('/etc/aiinfn/data-size', `${machine.dataGiB * 2 ** 30}\n`),
    file('/usr/local/sbin/aiinfn-data', DATA_SCRIPT, '0755'),
    file(unit('aiinfn-data.service'), DATA_UNIT),
    // After a reboot too: without the volume, services would write to the root disk under the mount point.
    file(unit(`${service}.service.d/10-data.conf`), WAIT_FOR_DATA),
    file(unit('aiinfn-rke2.service.d/10-data.conf'), WAIT_FOR_DATA),
  ];
}

function rke2Files(
  site: Site,
  machine: BootMachine,
  joinToken: string,
  control: readonly BootMachine[],
): readonly HostFile[] {
  const tokens = joinTokens(joinToken);
  const config = file(CONFIG.file, print(rke2Config(site, machine, control)), '0600');
  if (machine.role !== 'control') return [config, file(CONFIG.token, `${tokens.agent}\n`, '0600')];
  return [
    config,
    file(CONFIG.token, `${tokens.server}\n`, '0600'),
    file(CONFIG.agentToken, `${tokens.agent}\n`, '0600'),
    file(CONFIG.audit, print(AUDIT_POLICY), '0600'),
    file(`${CONFIG.manifests}/rke2-traefik-config.yaml`, print(GATEWAY_CHART_CONFIG), '0600'),
  ];
}

const print = (value: object): string => new Document(value).toString({ lineWidth: 0 });

const file = (path: string, content: string, permissions = '0644'): HostFile => ({
  path,
  permissions,
  owner: 'root:root',
  content,
});
