"""`python -m yulu_backup COMMAND`: 备份、恢复、核对。"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from common.kafka import Cluster
from common.local_time import SHANGHAI, local
from common.process import run_until_stopped
from yulu_local import postgres
from yulu_local.problems import Misfortune

from yulu_backup import (
    after_restore,
    checking,
    following,
    ledger,
    rejoining,
    report,
    secret_files,
    store,
    taking,
)
from yulu_backup.databases import Databases, Named
from yulu_backup.noting import REJOIN
from yulu_backup.problems import Trouble
from yulu_backup.server import Server
from yulu_backup.settings import BackupSettings
from yulu_backup.watching import watch


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> int:
    told = _parser().parse_args(arguments)
    settings = BackupSettings.of(backup_dir=told.backups, erasure_ledger_dir=told.ledger, data_dir=told.data_dir)
    try:
        _COMMANDS[told.command](told, settings)
    except (Trouble, Misfortune) as trouble:
        print(trouble, file=sys.stderr, flush=True)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m yulu_backup", description="备份与恢复 / Backup and restore. 手册：docs/handbook/backup.md"
    )
    parser.add_argument("--backups", type=Path, help="代替 BACKUP_DIR / instead of BACKUP_DIR")
    parser.add_argument("--ledger", type=Path, help="代替 ERASURE_LEDGER_DIR / instead of ERASURE_LEDGER_DIR")
    parser.add_argument("--data-dir", help="代替 DATA_DIR / instead of DATA_DIR")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("follow", help="持续：日志、清除台账、定时基础备份 / keep log and ledger, take bases when due")
    commands.add_parser("watch", help="持续：清除台账；备份由别的程序做时看着它 / keep the ledger, watch who backs up")
    commands.add_parser("take", help="立即做一份基础备份 / take a base backup now")
    commands.add_parser("ledger", help="立即把清除登记移入台账 / move erasures into the ledger now")
    commands.add_parser("list", help="有哪些备份，可恢复到何时 / what there is, and how far it reaches")
    commands.add_parser("check", help="核对清单、日志缺口、台账 / manifests, gaps of the log, the ledger's chain")
    secrets = commands.add_parser("secrets", help="另存密钥与证书 / keep keys and certificates, elsewhere")
    secrets.add_argument("--to", type=Path, required=True, help="新目录，不得在 BACKUP_DIR 之内 / a new directory")
    restore = commands.add_parser("restore", help="恢复到空处 / restore into an empty place")
    restore.add_argument("--to", type=Path, required=True, help="新系统的 DATA_DIR / DATA_DIR of the new system")
    restore.add_argument(
        "--at", help="时刻，如 2026-11-27T14:00:00，北京时间；缺省为最后一笔 / an instant; default: the end"
    )
    restore.add_argument("--secrets", type=Path, help="所存密钥，缺的补上 / kept keys; what is missing is put back")
    restore.add_argument("--system", help="系统标识，有多套时须指明 / whose backups, where there are several")
    commands.add_parser(
        "rejoin",
        help="恢复后、各工作进程启动前：列出 Kafka 中多出的事件并移除 / after a restore, before any worker: list what "
        "Kafka holds beyond it, and take it out",
    )
    joining = commands.add_parser(
        "after-restore",
        help="以别的办法恢复了服务器之后、服务启动之前：重做清除，结束会话，登记恢复，与 Kafka 对齐 / after "
        "the server was recovered otherwise, before any service: erase anew, end sessions, note it, compare Kafka",
    )
    joining.add_argument(
        "--recovered-to", required=True, metavar="TIME",
        help="恢复到的时刻；恢复到最后一笔的，写丢失时刻 / the instant of the recovery; of one to the end, of the loss",
    )  # fmt: skip
    joining.add_argument("--without-ledger", action="store_true", help="确无清除台账 / there is no ledger of erasures")
    restore.add_argument("--without-ledger", action="store_true", help="确无清除台账 / there is no ledger of erasures")
    return parser


def _server(settings: BackupSettings) -> Server:
    return Server(settings.server_url, settings.backup_pg_bin or postgres.bin_dir())


def _databases(settings: BackupSettings) -> Databases:
    urls = settings.each_database()
    return _server(settings) if urls is None else Named(urls)


def _instant(text: str, option: str = "--at") -> datetime:
    """Beijing time where no zone is named."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(
            f"{option} {text} 不是时刻：请写作 2026-11-27T14:00:00（北京时间）。", f"{option} is no instant."
        ) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)


def _follow(_: argparse.Namespace, settings: BackupSettings) -> None:
    settings.places()
    run_until_stopped("backup", following.follow(_server(settings), settings), settings)


def _watch(_: argparse.Namespace, settings: BackupSettings) -> None:
    databases, every_seconds = _databases(settings), settings.backup_every_hours * 3600
    watching = watch(databases, settings.apart(), settings.state(), every_seconds)
    run_until_stopped("erasure-ledger", watching, settings)


def _take(_: argparse.Namespace, settings: BackupSettings) -> None:
    backups = settings.places()[0]
    base = asyncio.run(taking.take(_server(settings), backups))
    say(f"已备份并核对 / taken and verified: {base.name}, {base.bytes / 1e6:.1f} MB")


def _ledger(_: argparse.Namespace, settings: BackupSettings) -> None:
    asyncio.run(ledger.drain(_databases(settings), ledger.Ledger(settings.apart())))
    # Not how many: run each minute, its log would date the erasures of closed services to whoever reads it.
    say("清除登记已全部移入台账 / all erasures are in the ledger")


def _list(_: argparse.Namespace, settings: BackupSettings) -> None:
    backups = settings.places()[0]
    for base in store.bases(backups):
        log = store.log_of(base)
        gap = f"，日志缺 {len(log.missing)} 段" if log.missing else ""
        say(
            f"{base.name}  {base.bytes / 1e6:,.1f} MB  可恢复自 restorable from "
            f"{local(base.ended_at):%Y-%m-%d %H:%M:%S}{gap}"
        )


def _check(_: argparse.Namespace, settings: BackupSettings) -> None:
    backups, apart = settings.places()
    for line in checking.checked(backups, ledger.Ledger(apart)):
        say(line)


def _secrets(told: argparse.Namespace, settings: BackupSettings) -> None:
    backups = settings.backup_dir and settings.backup_dir.resolve()
    kept = secret_files.keep(Path(settings.data_dir).resolve(), told.to.resolve(), backups)
    say(f"已另存 / kept in {told.to}: {', '.join(kept)}")


def _restore(told: argparse.Namespace, settings: BackupSettings) -> None:
    from yulu_backup import restoring

    backups, apart = settings.places()
    server = Server("", settings.backup_pg_bin or postgres.bin_dir())
    to = told.to.resolve()
    at = None if told.at is None else _instant(told.at)
    keys_of = None if told.secrets is None else secret_files.keys_of(told.secrets.resolve())
    restored = asyncio.run(
        restoring.restore(
            server, backups, ledger.Ledger(apart), to, at=at, system=told.system,
            without_ledger=told.without_ledger, keys_of=keys_of,
        )
    )  # fmt: skip
    (to / "restored.json").write_bytes(orjson.dumps(restored.data(), option=orjson.OPT_INDENT_2))
    if told.secrets is not None:
        say(f"补上 / put back: {', '.join(secret_files.put_back(told.secrets.resolve(), to)) or '—'}")
    say(report.page(restored))


def _rejoin(_: argparse.Namespace, settings: BackupSettings) -> None:
    data_dir = Path(settings.data_dir).resolve()
    to = data_dir / f"beyond-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.ndjson"
    found = asyncio.run(rejoining.rejoin(_databases(settings), Cluster.of(settings), to))
    for line in report.beyond(found, to):
        say(line)
    (data_dir / REJOIN).unlink(missing_ok=True)


def _after_restore(told: argparse.Namespace, settings: BackupSettings) -> None:
    to, databases = _instant(told.recovered_to, "--recovered-to"), _databases(settings)
    data_dir = Path(settings.data_dir).resolve()
    wanted = data_dir / REJOIN
    if asyncio.run(after_restore.waiting(databases, to)):
        kept = ledger.Ledger(settings.apart())
        # First: a system that was refused is not one that has to be compared with Kafka at its next start.
        asyncio.run(after_restore.refuse(databases, kept, to, without_ledger=told.without_ledger))
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Before: whoever is killed between the two still compares himself with Kafka when he goes on.
        wanted.touch()
        joined = asyncio.run(after_restore.after_restore(databases, kept, to, without_ledger=told.without_ledger))
        for line in report.joined(joined):
            say(line)
    if wanted.exists():
        noted = asyncio.run(after_restore.noted(databases, to))
        (data_dir / "restored.json").write_bytes(orjson.dumps(noted, option=orjson.OPT_INDENT_2))
        _rejoin(told, settings)
    else:
        say("此次恢复早已登记，未作改动。 / This recovery was noted before; nothing was changed.")


_COMMANDS = {
    "follow": _follow, "watch": _watch, "take": _take, "ledger": _ledger, "list": _list, "check": _check,
    "secrets": _secrets, "restore": _restore, "rejoin": _rejoin, "after-restore": _after_restore,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
