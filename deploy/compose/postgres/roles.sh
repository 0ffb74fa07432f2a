#!/usr/bin/env bash
# A role for each database, which owns it and may connect to no other of ours: whoever takes a process over has the
# databases that deploy/secrets.yaml gives this process. Run once by the image in an empty server; again by hand, where a
# database is new or a password has been changed: `docker compose exec --user postgres postgres bash …/roles.sh`.
set -euo pipefail
for file in /run/secrets/POSTGRES_*_PASSWORD; do
    role=$(basename "$file" _PASSWORD)
    role=${role#POSTGRES_}
    # The password by file: command lines are seen by whoever lists processes.
    psql -v ON_ERROR_STOP=1 --username postgres --dbname postgres -v role="${role,,}" -v file="$file" <<'END'
\set password `cat :'file'`
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE to_regrole(:'role') IS NULL \gexec
ALTER ROLE :"role" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
END
done
