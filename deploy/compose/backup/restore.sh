#!/usr/bin/env bash
# `restore.sh [TIME]`: a base backup and its log into an empty volume; PostgreSQL itself recovers when it starts, to TIME
# (such as 2026-11-27T14:00:00+08:00) or to the end. Then, before anything serves: yulu_backup after-restore.
set -euo pipefail
umask 077
place=${BACKUP_PLACE:-/backup} to=${1:-}
refuse() { printf '%s\n' "$@" >&2; exit 1; }
[[ -z $(ls -A "$PGDATA" 2> /dev/null) ]] || refuse "$PGDATA 不是空的：只恢复到空处。" "$PGDATA is not empty."
latest=$(date -u +%s) when=
if [[ -n $to ]]; then
    latest=$(date -u -d "$to" +%s) || refuse "$to 不是时刻。" "$to is no instant."
    when=$(date -u -d "$to" '+%Y-%m-%d %H:%M:%S.%N+00')
fi
chosen= ended=0
for base in "$place"/*/base/*/; do
    if [[ -f $base/ended ]] && (($(< "$base/ended") <= latest && $(< "$base/ended") > ended)); then
        chosen=$base ended=$(< "$base/ended")
    fi
done
[[ -n $chosen ]] || refuse "没有在 ${to:-此刻} 之前完成的备份。" "There is no backup from before."
mkdir -p "$PGDATA"
tar -xzf "$chosen/base.tar.gz" -C "$PGDATA"
tar -xzf "$chosen/pg_wal.tar.gz" -C "$PGDATA/pg_wal"
cp -r "$chosen/../../wal" "$PGDATA/restore-wal"
cat > "$PGDATA/postgresql.auto.conf" <<END
restore_command = 'cp restore-wal/%f "%p" 2>/dev/null || cp restore-wal/%f.partial "%p" 2>/dev/null'
recovery_end_command = 'rm -rf restore-wal'
recovery_target_timeline = 'current'
${when:+recovery_target_time = '$when'}
recovery_target_action = 'promote'
END
touch "$PGDATA/recovery.signal"
sync
echo "已放好 put in place: $chosen"
