#!/bin/sh
# Makes the exported folders, then serves them. Every step may be repeated; nothing that exists is changed but modes of the tops.
set -eu
conf=${NFS_CONFIG:-/etc/nfs} root=${NFS_ROOT:-/srv}
# Sticky and open: a session makes its own home there as the user it runs as, and nobody can remove another's.
install -d -m 1777 "$root/homes"
install -d -m 0755 "$root/shared" "$root/envs"
install -d -m 0700 "$root/.recovery"
# One folder per project, owned by its group, and so is everything made below it.
while read -r name gid; do
  [ -n "$name" ] || continue
  install -d -m 2770 -o root -g "$gid" "$root/shared/$name"
done <"$conf/projects"
exec ganesha.nfsd -F -L /dev/stderr -f "$conf/ganesha.conf" -p /run/ganesha/ganesha.pid
