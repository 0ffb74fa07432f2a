#!/usr/bin/env bash
# PostgreSQL wants its key as its own, readable by nobody else; a secret's file is neither.
set -euo pipefail
install -o postgres -g postgres -m 0600 /run/secrets/server.pem /tmp/server.pem
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/tmp/server.pem -c ssl_key_file=/tmp/server.pem \
    -c ssl_min_protocol_version=TLSv1.2 -c ssl_ciphers=ECDHE+AESGCM:ECDHE+CHACHA20 -c max_connections=300 -c shared_buffers="${SHARED_BUFFERS:-1GB}" \
    -c wal_level=replica -c max_slot_wal_keep_size=16GB -c password_encryption=scram-sha-256 -c hba_file=/etc/postgresql/pg_hba.conf
