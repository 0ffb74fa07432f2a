"""The files of a base backup against its manifest, read from the archive as they are.

pg_verifybackup does the same, but the packaged one does not even start, and a restore must not depend on it. The log is
not in the manifest: each of its records carries a checksum that recovery checks (and takes for the end of the log where
it does not hold: `segments.prove_end`).
"""

import gzip
import hashlib
import re
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import orjson

ALGORITHM = "SHA256"
_PIECE = 1 << 20
_SEAL = re.compile(rb'"Manifest-Checksum": "([0-9a-f]{64})"\}\s*\Z')


class Damaged(Exception):
    """Which file is not what was written, and how."""


@dataclass(frozen=True, slots=True)
class Verified:
    """bytes: of all files, unpacked, the log within the backup included. major: PostgreSQL's, as they say."""

    files: int
    bytes: int
    major: str


def verify(files: Path) -> Verified:
    """Raises Damaged, OSError."""
    raw = (files / "backup_manifest").read_bytes()
    seal = _SEAL.search(raw)
    if seal is None or hashlib.sha256(raw[: seal.start()]).hexdigest() != seal[1].decode():
        raise Damaged("backup_manifest 本身不完整或被改动")
    wanted = {_path(each): each for each in orjson.loads(raw)["Files"]}
    checked = set()
    major = ""
    total = sum(int(each["Size"]) for each in wanted.values())
    try:
        with tarfile.open(files / "base.tar.gz", "r|gz") as packed:
            for member in packed:
                if member.isfile() and (told := wanted.get(member.name.removeprefix("./"))) is not None:
                    content = _checked(packed, member, told)
                    checked.add(_path(told))
                    if member.name.removeprefix("./") == "PG_VERSION":
                        major = content.decode("ascii", "replace").strip()
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Damaged(f"base.tar.gz 不完整（{type(error).__name__}）") from error
    total += _log_within(files / "pg_wal.tar.gz")
    if missing := sorted(wanted.keys() - checked):
        raise Damaged(f"缺少 {len(missing)} 个文件，如 {missing[0]}")
    return Verified(len(checked), total, major)


def _log_within(path: Path) -> int:
    """Its bytes; gzip's checksum is all there is of it."""
    size = 0
    try:
        with gzip.open(path) as packed:
            while piece := packed.read(_PIECE):
                size += len(piece)
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(f"{path.name} 缺失或不完整（{type(error).__name__}）") from error
    return size


def _path(told: dict[str, str]) -> str:
    """A name that is no UTF-8 stands in hexadecimal."""
    return told["Path"] if "Path" in told else bytes.fromhex(told["Encoded-Path"]).decode(errors="surrogateescape")


def _checked(packed: tarfile.TarFile, member: tarfile.TarInfo, told: dict[str, object]) -> bytes:
    """The beginning of its content. Raises Damaged."""
    if told.get("Checksum-Algorithm") != ALGORITHM:
        raise Damaged(f"{member.name} 在清单中没有 {ALGORITHM} 校验值")
    digest, beginning = hashlib.sha256(), b""
    content = packed.extractfile(member)
    while content is not None and (piece := content.read(_PIECE)):
        digest.update(piece)
        beginning = beginning or piece
    if member.size != told["Size"] or digest.hexdigest() != told["Checksum"]:
        raise Damaged(f"{member.name} 与清单不符")
    return beginning
