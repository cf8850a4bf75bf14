#!/bin/sh
# Probe: logs in as `monitor` (REDISCLI_AUTH) with the node's own certificate. While the log is read, Redis answers LOADING, not PONG.
tls=${REDIS_TLS:-/etc/redis-tls}
answer=$(redis-cli -p "${REDIS_PORT:-6379}" --tls --cacert "$tls/ca.crt" --cert "$tls/tls.crt" --key "$tls/tls.key" \
  --user monitor --no-auth-warning ping)
[ "$answer" = PONG ]
