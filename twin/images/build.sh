#!/bin/sh
# build.sh WORK EPOCH CONTAINERFILE [BASE]: builds WORK/context into the OCI layout WORK/oci, without any registry, and lists
# its Debian packages in WORK/packages. BASE is the OCI layout of the base; without it the base itself is made.
# It runs in mount and process namespaces of its own: when it ends, or its caller is killed, no mount and no process is left.
set -eu
work=$1 epoch=$2 containerfile=$3 base=${4-}
context=$work/context
cd "$work"
# Nothing of the builder's own settings may reach the image.
umask 022
export SOURCE_DATE_EPOCH="$epoch" TMPDIR="$work/tmp" HOME="$work/home" LC_ALL=C.UTF-8 TZ=UTC
export CONTAINERS_STORAGE_CONF="$work/storage.conf" CONTAINERS_CONF="$work/containers.conf"
unset BUILDAH_LAYERS BUILDAH_FORMAT BUILDAH_ISOLATION
mkdir -p "$TMPDIR" "$HOME"
: >"$work/containers.conf"
printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
cat >"$work/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$work/storage"
runroot = "$work/run"
CONF

if [ -z "$base" ]; then
  mmdebstrap --mode=root --variant=minbase --format=tar --include=ca-certificates \
    --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook='rm -f "$1/etc/apt/sources.list" "$1/etc/resolv.conf" "$1/etc/hostname" "$1"/etc/apt/sources.list.d/*' \
    bookworm "$context/base.tar" \
    'deb http://deb.debian.org/debian bookworm main' \
    'deb http://deb.debian.org/debian bookworm-updates main' \
    'deb http://deb.debian.org/debian-security bookworm-security main'
else
  # buildah makes a name of the path, and names are in lower case: paths are not.
  ln -s "$base" "$work/base"
  buildah pull -q --signature-policy "$work/policy.json" oci:base >"$work/base-id"
  buildah tag "$(cat "$work/base-id")" localhost/debian:12
fi

# The builder's pip settings and certificates are lent to the build. A file that is mounted where none is leaves an empty one
# in the image, so both places are ones that every image has: /mnt, and the certificates of the base.
lent=$work/lent
mkdir -p "$lent"
if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$lent/pip.conf"; fi
set -- -v "$lent:/mnt:ro"
certificates=/etc/ssl/certs/ca-certificates.crt
if [ -n "$base" ] && [ -e "$certificates" ]; then set -- "$@" -v "$certificates:$certificates:ro"; fi

# One new layer: what a later step removes is in no layer. With SOURCE_DATE_EPOCH Python writes .pyc files that carry a hash of
# their source instead of its time, and useradd a fixed day. No history: it would name the builder's own paths and settings.
buildah bud --isolation chroot --network host --layers=false --pull-never --format oci --timestamp "$epoch" \
  --identity-label=false --omit-history --build-arg BASE=localhost/debian:12 \
  --build-arg SOURCE_DATE_EPOCH="$epoch" --build-arg PIP_CONFIG_FILE=/mnt/pip.conf \
  --signature-policy "$work/policy.json" "$@" -t localhost/image:built -f "$context/$containerfile" "$context"

container=$(buildah from --pull-never localhost/image:built)
dpkg-query --admindir="$(buildah mount "$container")/var/lib/dpkg" --show \
  --showformat='${Package} ${Version} ${Architecture}\n' >"$work/packages"
buildah rm "$container" >/dev/null

# Format and level are named, because they are part of the digest.
buildah push -q --signature-policy "$work/policy.json" --format oci --compression-format gzip --compression-level 6 \
  localhost/image:built oci:oci
