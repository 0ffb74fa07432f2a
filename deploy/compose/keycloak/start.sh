#!/usr/bin/env bash
# Keycloak reads secrets from its environment alone: here, from files, for this process and nobody else.
set -euo pipefail
for file in /run/secrets/*; do
    name=$(basename "$file")
    case $name in *[!A-Z0-9_]*) continue ;; esac
    export "$name=$(< "$file")"
done
export KC_DB_PASSWORD=$POSTGRES_KEYCLOAK_PASSWORD

# It builds itself for its settings when it starts and writes what it has built beside its own files. The image's are read
# only: here it stands in memory, with one folder that is its own and links to the others.
home=/tmp/keycloak
rm -rf "$home"
mkdir -p "$home/bin" "$home/lib" "$home/data"
ln -s /opt/keycloak/data/import "$home/data/import"
ln -s /opt/keycloak/data/password-blacklists "$home/data/password-blacklists"
ln -s /opt/keycloak/{conf,providers,themes} "$home"
ln -s /opt/keycloak/lib/{app,lib} "$home/lib"
# Where it stands it knows by kc.sh and quarkus-run.jar, links followed: a link would lead it back to the image.
cp /opt/keycloak/bin/kc.sh "$home/bin"
cp -r /opt/keycloak/lib/{quarkus,quarkus-run.jar} "$home/lib"
exec bash "$home/bin/kc.sh" start --import-realm
