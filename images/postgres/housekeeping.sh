#!/bin/bash
# Beside each node: roles and databases, registration with repmgr, the backup stanza, and reload of renewed certificates.
# Own container, because PostgreSQL as process 1 takes a dying foreign child for a crashed backend.
set -uo pipefail
. /usr/local/bin/common.sh
done_for='' loaded=''

local_sql() { psql -XqAt -U postgres -d postgres "$@"; }
# Everything whose change must be acted on: files are swapped as a whole by the kubelet.
fingerprint() { cat "$conf"/* /etc/postgres-server/tls.crt /etc/postgres-roles/* 2>/dev/null | sha256sum | cut -c1-16; }

settle_primary() {
  local_sql -f "$conf/roles.sql" &&
    repmgr -f "$run/repmgr.conf" primary register --force &&
    pgbackrest --stanza="$PG_STANZA" stanza-create
}
settle_standby() { repmgr -f "$run/repmgr.conf" standby register --force; }

while :; do
  now=$(fingerprint)
  if pg_isready -q -U postgres; then
    role=$(local_sql -c 'select case when pg_is_in_recovery() then $$standby$$ else $$primary$$ end')
    if [ -n "$role" ] && [ "$done_for" != "$role $now" ]; then
      log "settling as $role"
      if "settle_$role"; then done_for="$role $now"; else log 'will try again'; fi
    fi
    if [ "$loaded" != "$now" ]; then local_sql -c 'select pg_reload_conf()' >/dev/null && loaded=$now; fi
  fi
  touch /tmp/alive
  sleep "${PG_HOUSEKEEPING_PERIOD:-15}"
done
