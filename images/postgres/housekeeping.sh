#!/bin/bash
# Beside each node: roles and databases, registration with repmgr, the backup stanza, and reload of renewed certificates.
# Own container, because PostgreSQL as process 1 takes a dying foreign child for a crashed backend.
set -uo pipefail
. /usr/local/bin/common.sh
done_for='' loaded=''

local_sql() { psql -XqAt -U postgres -d postgres "$@"; }
# Everything whose change must be acted on: files are swapped as a whole by the kubelet.
fingerprint() { cat "$conf"/* /etc/postgres-server/tls.crt /etc/postgres-roles/* 2>/dev/null | sha256sum | cut -c1-16; }

# Slots are not replicated: a new primary has none, and without them nobody can stream from it, so every commit would wait.
make_slots() {
  for ((n = 0; n < nodes; n++)); do
    [ "$n" = "$ordinal" ] || local_sql -c "select pg_create_physical_replication_slot('repmgr_slot_$((n + 1))') where not exists (select from pg_replication_slots where slot_name = 'repmgr_slot_$((n + 1))')" >/dev/null || return 1
  done
}
# What is left of a time as primary would keep write-ahead log for ever.
drop_slots() { local_sql -c "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_type = 'physical' and not active" >/dev/null; }

settle_primary() {
  make_slots && local_sql -f "$conf/roles.sql" &&
    repmgr -f "$run/repmgr.conf" primary register --force &&
    pgbackrest --stanza="$PG_STANZA" stanza-create
}
settle_standby() { drop_slots && repmgr -f "$run/repmgr.conf" standby register --force; }

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
