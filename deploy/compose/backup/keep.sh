#!/usr/bin/env bash
# The log as it is written, a base backup each day, and an end for both (rule backup.erased-remains). It ends where the
# log cannot be had, and is started again: what it has not fetched the server keeps for its slot.
set -euo pipefail
umask 077
place=${BACKUP_PLACE:-/backup} every=${EVERY_SECONDS:-86400} keep=${KEEP_DAYS:-28} look=${LOOK_SECONDS:-60}
PGPASSWORD=$(< /run/secrets/BACKUP_PASSWORD)
export PGPASSWORD PGAPPNAME=backup PGCONNECT_TIMEOUT=10

# Of a system and its timeline: a restored server begins a line of its own.
IFS='|' read -r system timeline _ < <(psql -AtX "dbname=postgres replication=true" -c IDENTIFY_SYSTEM)
line=$place/$system.$timeline
# A slot without an address: the server has given its log up (max_slot_wal_keep_size). What was kept ends at that gap, and
# can still be restored from; a line anew begins with a base of its own.
mkdir -p "$place/state"
# All that who watches (yulu_backup watch) can read here. newest: when the newest base ended, and its bytes; gap: there
# from a gap on until a base is taken after it.
chmod 755 "$place/state"
if [[ $(psql -AtX "dbname=postgres replication=true" -c 'READ_REPLICATION_SLOT backup') == 'physical||' ]]; then
    touch "$place/state/gap"
    # The slot goes last: while it is there, whatever ended this is seen again and done again.
    [[ ! -d $line ]] || mv "$line" "$line.$(date -u +%Y%m%dT%H%M%SZ)"
    pg_receivewal --slot backup --drop-slot --no-password
    echo "log-has-a-gap alarm" >&2
fi
mkdir -p "$line/wal" "$line/base"
rm -rf "$line/base/.partial"
# Left short by a disk that was full: it is fetched anew from its beginning, which its length would forbid.
find "$line/wal" -name '*.partial' ! -size 16777216c -exec truncate --size 0 {} +

pg_receivewal --slot backup --create-slot --if-not-exists --no-password
pg_receivewal --directory "$line/wal" --slot backup --synchronous --no-loop --no-password &
receiver=$!
trap 'kill $receiver 2> /dev/null; wait' EXIT
trap 'exit 143' TERM INT

seconds() { date -u -d "${1:0:4}-${1:4:2}-${1:6:2} ${1:9:2}:${1:11:2}:${1:13:2}" +%s; }

# Each step by the success of the one before: where a failure is handled, `set -e` does not hold.
take() {
    local name
    name=$(date -u +%Y%m%dT%H%M%SZ)
    pg_basebackup --pgdata "$line/base/.partial" --format=tar --gzip --wal-method=stream --checkpoint=fast \
        --no-password --label "yulu $name" &&
        gzip --test "$line"/base/.partial/*.gz &&
        date -u +%s > "$line/base/.partial/ended" &&
        sync &&
        mv "$line/base/.partial" "$line/base/$name" &&
        rm -f "$place/state/gap" &&
        echo "backup-taken $name"
}

# A base goes when the one after it is old enough to restore from; the log before the first one that stays goes with it.
expire() {
    local names oldest now other
    now=$(date -u +%s)
    mapfile -t names < <(ls -1 "$line/base")
    while ((${#names[@]} > 1)) && (($(seconds "${names[1]}") <= now - keep * 86400)); do
        rm -rf "${line:?}/base/${names[0]}"
        names=("${names[@]:1}")
    done
    oldest=$line/base/${names[0]}/backup_manifest
    pg_archivecleanup "$line/wal" "$(sed -nE 's|.*"Timeline": ([0-9]+), "Start-LSN": "([0-9A-F]+)/([0-9A-F]+)".*|\1 \2 \3|p' "$oldest" |
        { read -r timeline high low; printf '%08X%08X%08X' "$timeline" "0x$high" $((0x$low >> 24)); })"
    for other in "$place"/*.*/; do
        if [[ ${other%/} != "$line" && -z $(find "$other" -type f -mtime "-$keep" -print -quit) ]]; then
            rm -rf "$other"
        fi
    done
}

tell() {
    local base=$line/base/$1
    # None on this line yet: the newest is still the one before the gap.
    if [[ -z $1 ]]; then return; fi
    echo "$(< "$base/ended") $(du -sb "$base" | cut -f 1)" > "$place/state/.newest" &&
        chmod 644 "$place/state/.newest" &&
        mv "$place/state/.newest" "$place/state/newest"
}

while kill -0 $receiver 2> /dev/null; do
    newest=$(ls -1 "$line/base" | tail -n 1)
    if [[ -z $newest ]] || (($(date -u +%s) - $(seconds "$newest") >= every)); then
        take || { echo "backup-failed alarm" >&2; rm -rf "$line/base/.partial"; }
    fi
    if [[ -n $(ls -1 "$line/base") ]]; then expire; fi
    tell "$(ls -1 "$line/base" | tail -n 1)" || echo "newest-not-told alarm" >&2
    sleep "$look" & wait $! || true
done
echo "log-not-received alarm" >&2
exit 1
