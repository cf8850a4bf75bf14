#!/bin/bash
# Starts one PostgreSQL node. Every step may break off at any point and is repeated whole by the next start.
#   empty, meant to be primary   -> a peer is primary: clone it; a peer has data: refuse; a backup exists: restore; else initdb
#   empty, meant to be standby   -> clone the primary
#   was primary, a peer is now   -> checkpoint there, rewind (or clone) and follow: never two primaries
set -euo pipefail
. /usr/local/bin/common.sh
marker=$PGDATA.incomplete

peers() { for ((n = 0; n < nodes; n++)); do [ "$n" = "$ordinal" ] || echo "$n"; done; }
find_primary() { for n in $(peers); do [ "$(ask "$n" 'select pg_is_in_recovery()')" != f ] || { echo "$n"; return 0; }; done; return 1; }
find_any() { for n in $(peers); do [ -z "$(ask "$n" 'select 1')" ] || { echo "$n"; return 0; }; done; return 1; }
wait_for_primary() {
  log 'waiting for a primary'
  until find_primary; do sleep 2; done
}

write_node_conf() { # ordinal to follow
  cat >"$run/node.conf" <<CONF
cluster_name = '$HOSTNAME'
primary_slot_name = '$slot'
primary_conninfo = '$(conninfo "$1" postgres) application_name=$HOSTNAME'
CONF
  cat >"$run/repmgr.conf" <<CONF
node_id=$((ordinal + 1))
node_name='$HOSTNAME'
conninfo='$(conninfo "$ordinal" repmgr)'
data_directory='$PGDATA'
pg_bindir='$(dirname "$(command -v postgres)")'
use_replication_slots=yes
failover=manual
log_level=NOTICE
CONF
  # What an earlier clone, rewind or follow wrote would win over node.conf.
  [ ! -f "$PGDATA/postgresql.auto.conf" ] || sed -i '/^primary_\(conninfo\|slot_name\)/d' "$PGDATA/postgresql.auto.conf"
}

clear_data() { rm -rf "$PGDATA"; }
begin() { : >"$marker"; clear_data; }
done_with_data() { chmod 0700 "$PGDATA"; sync -f "$PGDATA"; rm -f "$marker"; }

init_cluster() {
  log 'no data anywhere: making a new cluster'
  begin
  initdb -D "$PGDATA" -U postgres --data-checksums --encoding=UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=reject >/dev/null
  done_with_data
}

restore_backup() {
  log 'empty volume and a backup exists: restoring it'
  begin
  mkdir -m 0700 "$PGDATA"
  pgbackrest --stanza="$PG_STANZA" restore
  done_with_data
}

clone() { # ordinal
  log "cloning node $1"
  begin
  # Slot and copy are separate, repeatable steps: a copy that broke off leaves its slot behind.
  until ask "$1" "select pg_create_physical_replication_slot('$slot', true) where not exists (select from pg_replication_slots where slot_name = '$slot')" >/dev/null &&
    pg_basebackup -d "$(conninfo "$1" postgres)" -D "$PGDATA" -X stream -S "$slot" --checkpoint=fast; do
    clear_data
    sleep 2
  done
  touch "$PGDATA/standby.signal"
  done_with_data
}

rejoin() { # ordinal
  log "node $1 is primary: following it"
  # pg_rewind trusts the source's control file, and the checkpoint after a promotion is lazy.
  ask "$1" CHECKPOINT >/dev/null || die "node $1 refused the checkpoint"
  # It also deletes and writes data in place: should it break off, only a clone helps.
  : >"$marker"
  if pg_rewind --target-pgdata="$PGDATA" --source-server="$(conninfo "$1" postgres)" --config-file="$conf/postgresql.conf"; then
    touch "$PGDATA/standby.signal"
    done_with_data
  else
    log 'rewind failed'
    clone "$1"
  fi
}

backup_state() { # none | exists | unknown
  local info
  info=$(pgbackrest --stanza="$PG_STANZA" --output=json --log-level-console=off info 2>/dev/null) || { echo unknown; return; }
  case $info in
    '[]') echo none ;;
    *'"status":{"code":0,'*) echo exists ;;
    *'"code":99'*) echo unknown ;;
    *'"backup":[]'*) echo none ;;
    *) echo unknown ;;
  esac
}

fill_as_primary() {
  local peer try
  for ((try = 0; try < ${PG_PEER_TRIES:-10}; try++)); do
    if peer=$(find_primary); then clone "$peer"; return; fi
    if peer=$(find_any); then
      die "this node is empty but node $peer holds data: promote it (repmgr standby promote) and make it the primary"
    fi
    sleep 2
  done
  case $(backup_state) in
    none) init_cluster ;;
    exists) restore_backup ;;
    *) die 'the backup repository does not answer: not making a new cluster over an old one' ;;
  esac
}

[ ! -e "$marker" ] || { log 'an earlier start broke off: beginning again'; clear_data; }
write_node_conf "$(configured_primary)"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ "$ordinal" = "$(configured_primary)" ]; then fill_as_primary; else clone "$(wait_for_primary)"; fi
elif [ ! -f "$PGDATA/standby.signal" ]; then
  if peer=$(find_primary); then rejoin "$peer"
  elif [ "$ordinal" != "$(configured_primary)" ]; then rejoin "$(wait_for_primary)"; fi
fi
if [ -f "$PGDATA/standby.signal" ]; then
  write_node_conf "$(find_primary || configured_primary)"
  [ "$ordinal" != "$(configured_primary)" ] || log 'configured as primary, but a standby: waiting for repmgr standby promote'
else
  write_node_conf "$ordinal"
fi
chmod 0700 "$PGDATA" # fsGroup adds group bits at a mount, PostgreSQL refuses them
exec postgres -D "$PGDATA" -c config_file="$conf/postgresql.conf"
