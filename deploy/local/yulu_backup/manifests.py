"""The files of a base backup against its manifest, read from the archive as they are.

pg_verifybackup does the same, but the packaged one does not even start, and a restore must not depend on it. The log is
not in the manifest: each of its records carries a checksum that recovery checks.
"""

import hashlib
import re
import tarfile
import zlib
from pathlib import Path

import orjson

ALGORITHM = "SHA256"
_PIECE = 1 << 20
_SEAL = re.compile(rb'"Manifest-Checksum": "([0-9a-f]{64})"\}\s*\Z')


class Damaged(Exception):
    """Which file is not what was written, and how."""


def verify(files: Path) -> int:
    """How many files were checked. Raises Damaged, OSError."""
    raw = (files / "backup_manifest").read_bytes()
    seal = _SEAL.search(raw)
    if seal is None or hashlib.sha256(raw[: seal.start()]).hexdigest() != seal[1].decode():
        raise Damaged("backup_manifest 本身不完整或被改动")
    wanted = {_path(each): each for each in orjson.loads(raw)["Files"]}
    checked = set()
    try:
        with tarfile.open(files / "base.tar.gz", "r|gz") as packed:
            for member in packed:
                if member.isfile() and (told := wanted.get(member.name.removeprefix("./"))) is not None:
                    _check(packed, member, told)
                    checked.add(_path(told))
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Damaged(f"base.tar.gz 不完整（{type(error).__name__}）") from error
    if missing := sorted(wanted.keys() - checked):
        raise Damaged(f"缺少 {len(missing)} 个文件，如 {missing[0]}")
    return len(checked)


def _path(told: dict[str, str]) -> str:
    """A name that is no UTF-8 stands in hexadecimal."""
    return told["Path"] if "Path" in told else bytes.fromhex(told["Encoded-Path"]).decode(errors="surrogateescape")


def _check(packed: tarfile.TarFile, member: tarfile.TarInfo, told: dict[str, object]) -> None:
    if told.get("Checksum-Algorithm") != ALGORITHM:
        raise Damaged(f"{member.name} 在清单中没有 {ALGORITHM} 校验值")
    digest = hashlib.sha256()
    content = packed.extractfile(member)
    while content is not None and (piece := content.read(_PIECE)):
        digest.update(piece)
    if member.size != told["Size"] or digest.hexdigest() != told["Checksum"]:
        raise Damaged(f"{member.name} 与清单不符")
