import type { BootMachine, BootPins } from './boot';

const UPSTREAM_RELEASES = 'https://github.com/rancher/rke2/releases/download';
const TARBALL = 'rke2.linux-amd64.tar.gz';
const CHECKSUMS = 'sha256sum-amd64.txt';

/** Where the data volume of a machine is mounted; the storage classes of service volumes live below it. */
export const DATA_MOUNT = '/srv/data';
/** File system label of a data volume; volumes are found by it, never by device name. */
export const DATA_LABEL = 'aiinfn-data';

/** Keys only, no root, few attempts. */
export const SSH_HARDENING = `PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthenticationMethods publickey
MaxAuthTries 3
LoginGraceTime 30
X11Forwarding no
AllowAgentForwarding no
`;

/**
 * Security updates daily, but no reboot by itself and no new kernel: on GPU machines a new kernel needs a new driver
 * build, and a reboot ends sessions. Both happen when an operator drains the machine.
 */
export const AUTOMATIC_UPDATES = `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::Package-Blacklist { "linux-image-"; "linux-headers-"; };
`;

/**
 * The metadata service hands user data, and so a join token, to whoever asks from the machine's address. Pods are
 * forwarded through it, so their packets to it are dropped before routing.
 */
export function metadataRules(podCidr: string): string {
  return `table ip aiinfn_metadata
delete table ip aiinfn_metadata
table ip aiinfn_metadata {
  chain prerouting {
    type filter hook prerouting priority raw; policy accept;
    ip saddr ${podCidr} ip daddr 169.254.169.254 counter drop
  }
}
`;
}

/** Loads the rules before anything that could start a pod. */
export const METADATA_UNIT = `[Unit]
Description=Keep pods away from the metadata service
Before=aiinfn-rke2.service rke2-server.service rke2-agent.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/aiinfn/metadata-guard.nft
[Install]
WantedBy=multi-user.target
RequiredBy=aiinfn-rke2.service rke2-server.service rke2-agent.service
`;

/**
 * Mounts the data volume, and formats it only if it is blank. A volume may arrive minutes after the machine, so the script
 * waits; whatever it finds amiss it says once and waits on, and the machine joins no cluster meanwhile.
 * The size has 64 MiB of slack because the header of an encrypted volume is taken from it.
 */
export const DATA_SCRIPT = `#!/bin/sh
set -eu
size=$(cat /etc/aiinfn/data-size)
said=
say() { [ "$said" = "$1" ] || echo "aiinfn-data: $1" >&2; said=$1; }

# Whole disks of the right size.
candidates() {
  lsblk --bytes --nodeps --noheadings --paths --output NAME,TYPE,RO,SIZE |
    awk -v size="$size" '$2 == "disk" && $3 == 0 && $4 <= size && $4 >= size - 67108864 { print $1 }'
}
# No partition table, no file system, no signature of any kind. A disk that cannot be read is not blank.
blank() { signatures=$(wipefs --no-act --noheadings "$1") && [ -z "$signatures" ]; }

format() {
  disks=$(candidates)
  case $(echo "$disks" | grep -c .) in
    0) say "waiting for the data volume of $size bytes" ;;
    1) if blank "$disks"; then mkfs.ext4 -q -L ${DATA_LABEL} "$disks"; else
         say "$disks holds data, or cannot be read, and has no label ${DATA_LABEL}; it is left alone: label it, or detach it"; fi ;;
    *) say "several disks could be the data volume, none is touched: $(echo $disks)" ;;
  esac
}

until disk=$(blkid --cache-file /dev/null --label ${DATA_LABEL}); do
  format
  sleep "\${AIINFN_DATA_WAIT:-5}"
done
mkdir -p ${DATA_MOUNT}
mountpoint -q ${DATA_MOUNT} || mount -o noatime,nodev,nosuid "$disk" ${DATA_MOUNT}
resize2fs "$disk"
`;

/** Runs the data script at every boot. */
export const DATA_UNIT = `[Unit]
Description=Mount the data volume on ${DATA_MOUNT}, formatting it only if blank
After=local-fs.target
[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=infinity
ExecStart=/usr/local/sbin/aiinfn-data
[Install]
WantedBy=multi-user.target
`;

/** Makes a service wait for the data volume. */
export const WAIT_FOR_DATA = `[Unit]
Requires=aiinfn-data.service
After=aiinfn-data.service
`;

/** Installs RKE2 and starts its service; tries again until the network lets it. */
export const INSTALL_UNIT = `[Unit]
Description=Install RKE2 at the pinned version and start it
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/aiinfn-rke2
Restart=on-failure
RestartSec=15
[Install]
WantedBy=multi-user.target
`;

/**
 * Unpacks upstream's release archive after checking it; upstream's install script, which would run unchecked, is not used.
 * A machine that has RKE2 keeps its version: upgrades are a decision, never the effect of a reboot.
 */
export function installScript(pins: BootPins, machine: BootMachine, control: readonly BootMachine[]): string {
  const base = `${pins.rke2Releases ?? UPSTREAM_RELEASES}/${encodeURIComponent(pins.rke2)}`;
  const service = machine.role === 'control' ? 'rke2-server' : 'rke2-agent';
  return `#!/bin/sh
set -eu
fetch() { curl --fail --silent --show-error --location --proto =https --retry 3 --output "$work/$1" "${base}/$1"; }
install_rke2() {
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  fetch ${CHECKSUMS}; fetch ${TARBALL}
  (cd "$work" && awk '$2 == "${TARBALL}"' ${CHECKSUMS} > wanted${pinned(pins)} && sha256sum --check --strict --quiet wanted)
  mkdir "$work/tree" && tar --extract --gzip --no-same-owner --file "$work/${TARBALL}" --directory "$work/tree"
  cp -R "$work/tree/lib" "$work/tree/share" /usr/local/
  install -m 0755 "$work"/tree/bin/*.sh /usr/local/bin/
  # Last and in one step: an interrupted installation is no installation.
  install -m 0755 "$work/tree/bin/rke2" /usr/local/bin/rke2.part
  mv /usr/local/bin/rke2.part /usr/local/bin/rke2
}
[ -x /usr/local/bin/rke2 ] || install_rke2
install -m 0644 /usr/local/share/rke2/rke2-cis-sysctl.conf /etc/sysctl.d/60-rke2-cis.conf
sysctl --quiet --load=/etc/sysctl.d/60-rke2-cis.conf
${rejoin(machine, control)}systemctl daemon-reload
systemctl enable ${service}.service
systemctl start --no-block ${service}.service
`;
}

const pinned = (pins: BootPins): string =>
  pins.rke2Sha256 ? ` && echo "${pins.rke2Sha256}  ${TARBALL}" >> wanted` : '';

/**
 * The first control machine starts the cluster. Made anew later, the same instructions would start a second, empty one:
 * so it first asks the others, and joins whoever answers.
 */
function rejoin(machine: BootMachine, control: readonly BootMachine[]): string {
  const others = control.slice(1).map((m) => m.address);
  if (machine.name !== control[0]?.name || others.length === 0) return '';
  return `join=/etc/rancher/rke2/config.yaml.d/50-join.yaml
if [ ! -e /var/lib/rancher/rke2/server/db/etcd ] && [ ! -e $join ]; then
  for peer in ${others.join(' ')}; do
    # Asks only whether anyone answers; the join itself is authenticated by RKE2.
    curl --insecure --fail --silent --max-time 5 --output /dev/null "https://$peer:9345/cacerts" || continue
    mkdir -p /etc/rancher/rke2/config.yaml.d && echo "server: https://$peer:9345" > $join && break
  done
fi
`;
}

/** API audit: who changed rights and who read Secrets, never the Secrets themselves. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:kube-proxy', 'system:apiserver'], verbs: ['get', 'list', 'watch'] },
    { level: 'None', userGroups: ['system:nodes'], verbs: ['get', 'list', 'watch'] },
    {
      level: 'Metadata',
      resources: [
        {
          group: '',
          resources: [
            'secrets',
            'configmaps',
            'serviceaccounts/token',
            'pods/exec',
            'pods/attach',
            'pods/portforward',
          ],
        },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [{ group: 'rbac.authorization.k8s.io' }, { group: 'admissionregistration.k8s.io' }],
    },
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'Metadata' },
  ],
} as const;
