#!/bin/bash
# Probe: an RPC NULL call to NFS 4 on loopback. A server that hangs accepts connections but does not answer.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${NFS_PORT:-2049}"
# Fragment header (40 bytes, last), xid 1, CALL, RPC version 2, program 100003, version 4, procedure 0, no credentials, no verifier.
printf '\x80\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x86\xa3\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00' >&3
# The reply: 24 bytes, of which the third word says REPLY (1) and the fourth ACCEPTED (0).
reply=$(timeout 3 head -c 20 <&3 | od -An -tx1 | tr -d ' \n')
[ "${reply:8:24}" = 000000010000000100000000 ]
