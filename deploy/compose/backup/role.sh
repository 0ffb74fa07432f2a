#!/usr/bin/env bash
# Who backs up: may replicate, and connect to no database. Run once by the image in an empty server; again by hand where
# the server is older: `docker compose exec --user postgres postgres bash /docker-entrypoint-initdb.d/backup-role.sh`.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres -v file=/run/backup/BACKUP_PASSWORD <<'END'
\set password `cat :'file'`
SELECT 'CREATE ROLE backup LOGIN REPLICATION' WHERE to_regrole('backup') IS NULL \gexec
ALTER ROLE backup PASSWORD :'password';
END
