#!/usr/bin/env bash
# `restore.sh [TIME]`: a base backup and its log into an empty volume; PostgreSQL itself recovers when it starts, to TIME
# (such as 2026-11-27T14:00:00, of Beijing where it has no offset) or to the end. Then, before anything serves:
# yulu_backup after-restore.
set -euo pipefail
export LC_ALL=C
umask 077
place=${BACKUP_PLACE:-/backup} to=${1:-}
refuse() { printf '%s\n' "$@" >&2; exit 1; }
[[ -z $(ls -A "$PGDATA" 2> /dev/null) ]] || refuse "$PGDATA 不是空的：只恢复到空处。" "$PGDATA is not empty."
latest=$(date -u +%s) when=
if [[ -n $to ]]; then
    [[ $to =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}[T\ ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?$ ]] ||
        refuse "$to 不是时刻（如 2026-11-27T14:00:00）。" "$to is no instant (such as 2026-11-27T14:00:00)."
    [[ -n ${BASH_REMATCH[3]} ]] || to+=+08:00
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

# The log from the base's first segment on. Replayed to the end, it would end at a gap as if that were the end.
read -r timeline high low < <(sed -nE \
    's|.*"Timeline": ([0-9]+), "Start-LSN": "([0-9A-F]+)/([0-9A-F]+)".*|\1 \2 \3|p' "$chosen/backup_manifest")
printf -v first '%08X%08X%08X' "$timeline" "0x$high" $((0x$low >> 24))
number() { echo $((0x${1:8:8} * 256 + 0x${1:16:8})); }
log=() next=$(number "$first")
for file in "$chosen"/../../wal/*; do
    name=${file##*/}
    segment=${name%.partial}
    if [[ $segment =~ ^[0-9A-F]{24}$ ]]; then
        [[ ! $segment < $first ]] || continue
        [[ -n $to || $(number "$segment") == "$next" ]] ||
            refuse "日志在 $segment 之前有缺口：请写明恢复到的时刻。" "The log has a gap before $segment: say to which instant."
        next=$(($(number "$segment") + 1))
    fi
    log+=("$file")
done

# From here on it starts only when everything is there: without a restore_command PostgreSQL refuses to recover.
mkdir -p "$PGDATA/restore-wal"
touch "$PGDATA/recovery.signal"
tar -xzf "$chosen/base.tar.gz" -C "$PGDATA"
tar -xzf "$chosen/pg_wal.tar.gz" -C "$PGDATA/pg_wal"
((${#log[@]} == 0)) || cp "${log[@]}" "$PGDATA/restore-wal"
# A short segment, from a disk that was full, holds nothing. What is there and cannot be copied ends the recovery (a
# status above 125): it would be taken for the end of the log.
cat > "$PGDATA/postgresql.auto.conf" <<END
restore_command = 'for s in restore-wal/%f restore-wal/%f.partial; do if [ -n "\$(find "\$s" -size 16777216c 2>/dev/null)" ]; then cp "\$s" "%p" && exit 0; rm -f "%p"; exit 200; fi; done; case %f in *.history) cp restore-wal/%f "%p" 2>/dev/null;; *) false;; esac'
recovery_end_command = 'rm -rf restore-wal'
recovery_target_timeline = 'current'
${when:+recovery_target_time = '$when'}
recovery_target_action = 'promote'
END
sync
echo "已放好 put in place: $chosen"
