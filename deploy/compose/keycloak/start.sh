#!/usr/bin/env bash
# Keycloak reads secrets from its environment alone: here, from files, for this process and nobody else.
set -euo pipefail
for file in /run/secrets/*; do
    name=$(basename "$file")
    case $name in *[!A-Z0-9_]*) continue ;; esac
    export "$name=$(< "$file")"
done
export KC_DB_PASSWORD=$POSTGRES_KEYCLOAK_PASSWORD
exec /opt/keycloak/bin/kc.sh start --import-realm
