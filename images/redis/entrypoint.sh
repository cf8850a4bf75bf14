#!/bin/sh
# REDIS_FOLLOW ("host port") makes this node a replica; REDIS_REPLICA_PASSWORD is the password of user `replica` on the other.
set -eu
umask 077
run=${REDIS_RUN:-/run/redis}
{
  echo "include ${REDIS_CONFIG:-/etc/redis/redis.conf}"
  if [ -n "${REDIS_FOLLOW:-}" ]; then
    echo "replicaof $REDIS_FOLLOW"
    echo 'masteruser replica'
    echo "masterauth $REDIS_REPLICA_PASSWORD"
  fi
} >"$run/node.conf"
exec redis-server "$run/node.conf"
