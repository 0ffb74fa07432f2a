#!/usr/bin/env bash
# Once, in an empty database server. The rights channel has a role of its own, the keys of complainants another, which
# only the office's process knows: who may write a complaint may neither open one nor read any other database.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'END'
\set services `cat /run/secrets/POSTGRES_PASSWORD`
\set rights `cat /run/secrets/RIGHTS_PASSWORD`
\set keys `cat /run/secrets/RIGHTS_KEYS_PASSWORD`
\set keycloak `cat /run/secrets/KEYCLOAK_PASSWORD`
CREATE ROLE yulu LOGIN CREATEDB PASSWORD :'services';
CREATE ROLE rights LOGIN PASSWORD :'rights';
CREATE ROLE rights_keys LOGIN PASSWORD :'keys';
CREATE ROLE keycloak LOGIN PASSWORD :'keycloak';
CREATE DATABASE rights OWNER rights;
CREATE DATABASE rights_keys OWNER rights_keys;
CREATE DATABASE keycloak OWNER keycloak;
REVOKE ALL ON DATABASE rights, rights_keys, keycloak FROM PUBLIC;
END
