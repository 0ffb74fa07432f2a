"""Keys and certificates that no database holds: without them what comes back cannot be opened. Kept apart from it.

In production they come from the department's own store of secrets, by variables, and are its to keep.
"""

import shutil
import sys
from pathlib import Path

from yulu_backup.problems import Trouble
from yulu_backup.server import whole_or_nothing

KEPT = ("secrets", "issuer", "kafka/tls", "keycloak-secrets", "postgres.password")
"""Of DATA_DIR. The rest is in PostgreSQL, is made anew, or is logs."""
_OF = "system"
"""A file beside them: the system identifier of the server they belong to."""
_CONTROL = "postgres/global/pg_control"
"""Begins with it."""


def keep(data_dir: Path, to: Path, backups: Path | None) -> list[str]:
    """Copies them into a new directory; what there was of them. Raises Trouble."""
    if backups is not None and (to == backups or backups in to.parents):
        raise Trouble(
            "密钥不得与备份放在一处：谁拿到那里，谁就能打开一切。请用 --to 指定另一处。",
            "Keys must not lie with the backups: name another place with --to.",
        )
    if to.exists():
        raise Trouble(f"{to} 已存在：请指定新的目录。", f"{to} exists: name a new directory.")
    there = [name for name in KEPT if (data_dir / name).exists()]
    if not there:
        raise Trouble(f"{data_dir} 中没有密钥：请检查 DATA_DIR。", f"There are no keys in {data_dir}: check DATA_DIR.")
    with whole_or_nothing(to) as partial:
        for name in there:
            _copy(data_dir / name, partial / name)
        if (control := data_dir / _CONTROL).exists():
            with control.open("rb") as file:
                (partial / _OF).write_text(str(int.from_bytes(file.read(8), sys.byteorder)), encoding="ascii")
    return there


def keys_of(kept: Path) -> str | None:
    """The system they belong to; None where the server was elsewhere when they were kept. Raises Trouble."""
    if not any((kept / name).exists() for name in KEPT):
        raise Trouble(f"{kept} 中没有密钥：请检查 --secrets。", f"There are no keys in {kept}: check --secrets.")
    return (kept / _OF).read_text(encoding="ascii").strip() if (kept / _OF).exists() else None


def put_back(kept: Path, data_dir: Path) -> list[str]:
    """What is missing in `data_dir`; nothing that is there is touched. Raises Trouble."""
    if not (there := [name for name in KEPT if (kept / name).exists()]):
        raise Trouble(f"{kept} 中没有密钥：请检查 --secrets。", f"There are no keys in {kept}: check --secrets.")
    put = [name for name in there if not (data_dir / name).exists()]
    for name in put:
        _copy(kept / name, data_dir / name)
    return put


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
