# Shared by node.sh and housekeeping.sh: who this node is and how it talks to the others.
# PG_DOMAIN is the DNS domain of the headless Service; files below /etc/postgres come from the platform.
conf=${PG_CONFIG_DIR:-/etc/postgres}
tls=${PG_CLIENT_TLS_DIR:-/etc/postgres-client}
run=${PGHOST:-/run/postgresql}
cluster=${HOSTNAME%-*}
ordinal=${HOSTNAME##*-}
slot=repmgr_slot_$((ordinal + 1))
nodes=$(<"$conf/nodes")

log() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$HOSTNAME" "$*" >&2; }
die() { log "$*"; exit 1; }

# Ordinal of the node that is meant to take writes; read anew each time, because the operator may change it.
configured_primary() { cat "$conf/primary"; }

conninfo() { # ordinal database
  printf 'host=%s-%s.%s port=5432 dbname=%s user=repmgr connect_timeout=5 sslmode=verify-full sslrootcert=%s/ca.crt sslcert=%s/tls.crt sslkey=%s/tls.key' \
    "$cluster" "$1" "$PG_DOMAIN" "$2" "$tls" "$tls" "$tls"
}
ask() { psql -XqAt "$(conninfo "$1" postgres)" -c "$2" 2>/dev/null; } # ordinal sql
