#!/bin/sh
# Boots a root file system as a system container, all of which ends with the process that was started.
#   boot.sh NAME ROOTFS FOLDER
# FOLDER holds `seed` (read by cloud-init), `stubs` (programs that come first on PATH) and what the machine writes.
set -eu

if [ "${STAGE:-}" = "" ]; then
  # A control group of its own in each hierarchy systemd uses (version 1: systemd and unified; version 2: the root).
  # nspawn leaves empty groups behind: in here they can be found and removed.
  for hierarchy in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -w "$hierarchy/cgroup.procs" ] || continue
    mkdir -p "$hierarchy/$1"
    echo $$ >"$hierarchy/$1/cgroup.procs"
  done
  # A process namespace around it all: when this process ends, however it ends, the kernel ends everything inside.
  STAGE=private exec unshare --pid --fork --kill-child --mount-proc --mount --cgroup --propagation private sh "$0" "$@"
fi

# nspawn makes its groups below the root it sees: show it ours as the root.
if [ -d /sys/fs/cgroup/systemd ]; then
  umount -l /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
  umount -l /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
else
  umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi

# Every mount is private and vanishes with the machine. nspawn keeps its locks below /run, which are nobody else's.
mount -t tmpfs tmpfs /run
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" "$3/root"
mkdir -p "$3/root/var/lib/cloud/seed/nocloud"
cp "$3"/seed/* "$3/root/var/lib/cloud/seed/nocloud/"
cp -R "$3/stubs/." "$3/root/usr/local/sbin/"
# The kernel's file system for NFS clients is the host's to mount; in a container the unit of nfs-common can only fail.
ln -sf /dev/null "$3/root/etc/systemd/system/run-rpc_pipefs.mount"
unset STAGE
exec systemd-nspawn --quiet --boot --directory="$3/root" --machine="$1" --register=no --keep-unit --private-network \
  --link-journal=no --resolv-conf=off --timezone=off --console=pipe
