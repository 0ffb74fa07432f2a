"""The tables of sealed files and of their owners' keys."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from common.database import Database, Tx
from common.files.copying import Copy
from common.files.kinds import FileKind
from common.files.scanning import Scan, Scanner, ScannerAway
from common.secrecy.sealing import CaseSealer, KeyVault
from common.telemetry import get_logger
from common.telemetry.metrics import counter
from contracts.conduct import OrganKind, PenaltyKind
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from discipline_api.files.access import Desk
from discipline_api.refusals import NotFound, Refused

_log = get_logger(__name__)
_damaged = counter("files_damaged_total", "Sealed files that did not open, or whose digest had changed.")

_OWN = text("""
INSERT INTO file_owners (owner_id, kek_id, wrapped_key) VALUES (:owner_id, :kek_id, :wrapped_key)
ON CONFLICT DO NOTHING""")
_KEY = text("SELECT wrapped_key FROM file_owners WHERE owner_id = :owner_id FOR SHARE")
_KEEP = text("""
INSERT INTO files (file_id, owner_id, kind, size, pages, sm3, sha256, original, copy, scan, scanned_at, kept_by,
    kept_at)
VALUES (:file_id, :owner_id, :kind, :size, :pages, :sm3, :sha256, :original, :copy, :scan, :scanned_at, :kept_by,
    :kept_at)""")
_COLUMNS = "file_id, owner_id, kind, size, pages, sm3, sha256, scan, kept_by, kept_at"
_ABOUT = text(f"SELECT {_COLUMNS} FROM files WHERE file_id = ANY(:ids) AND erased_at IS NULL")
_SEALED = text(f"SELECT {_COLUMNS}, original, copy FROM files WHERE file_id = :file_id AND erased_at IS NULL")
_WAITING = text(f"""
SELECT {_COLUMNS}, original FROM files WHERE scan = 'waiting' AND erased_at IS NULL AND (kept_at, file_id) > (:at, :id)
ORDER BY kept_at, file_id LIMIT 1 FOR UPDATE SKIP LOCKED""")
_SCANNED = text("UPDATE files SET scan = :scan, scanned_at = :now WHERE file_id = :file_id")
_DESK = text("""
SELECT kind, organ_kind, organ_region, organ_code, region, county_region, handlers, recused, ended, conduct_code
FROM proceedings WHERE proceeding_id = :proceeding_id""")
_ERASE_FILES = text("""
UPDATE files SET original = NULL, copy = NULL, sm3 = NULL, sha256 = NULL, erased_at = :now
WHERE owner_id = :owner_id AND erased_at IS NULL""")
_ERASE_KEY = text(
    "UPDATE file_owners SET wrapped_key = NULL, erased_at = :now WHERE owner_id = :owner_id AND erased_at IS NULL"
)


class FileDamaged(Exception):
    """What was sealed does not open, or is not what was sealed: somebody has changed the database, or the disk has."""

    def __init__(self, file_id: UUID) -> None:
        super().__init__(str(file_id))
        self.file_id = file_id


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What is known of a file without opening it; the digests are those of the original."""

    file_id: UUID
    owner_id: UUID
    kind: FileKind
    size: int
    pages: int | None
    sm3: bytes
    sha256: bytes
    scan: Scan
    kept_by: str
    kept_at: datetime


class SqlFiles:
    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._session, self._vault = tx.session, vault

    async def sealer(self, owner_id: UUID) -> CaseSealer:
        """Of the owner's key, made at first use. Raises NotFound where it has been destroyed."""
        wrapped = await self._session.scalar(_KEY, {"owner_id": owner_id})
        if wrapped is None:
            _, fresh = self._vault.new_case(owner_id)
            parameters = {"owner_id": owner_id, "kek_id": self._vault.kek_id, "wrapped_key": fresh}
            # Another may have been first: whichever key stands is used.
            await self._session.execute(_OWN, parameters)
            wrapped = await self._session.scalar(_KEY, {"owner_id": owner_id})
            if wrapped is None:
                raise NotFound("该案卷已按期销毁。", "This file has been erased at its term.")
        return self._vault.case(owner_id, bytes(wrapped))

    async def keep(
        self, owner_id: UUID, kind: FileKind, original: bytes, copy: Copy | None, scan: Scan, *, by: str, at: datetime
    ) -> KeptFile:
        """Without a copy the original itself is what is viewed: a draft that this system has made."""
        sealer, file_id = await self.sealer(owner_id), uuid4()
        sealed, sealed_copy, sm3, sha256 = await asyncio.to_thread(
            _seal, sealer, file_id, original, None if copy is None else copy.data
        )
        kept = KeptFile(
            file_id, owner_id, kind, len(original), None if copy is None else copy.pages, sm3, sha256, scan, by, at
        )
        await self._session.execute(
            _KEEP,
            {
                "file_id": file_id,
                "owner_id": owner_id,
                "kind": kind.value,
                "size": kept.size,
                "pages": kept.pages,
                "sm3": sm3,
                "sha256": sha256,
                "original": sealed,
                "copy": sealed_copy,
                "scan": scan.value,
                "scanned_at": None if scan is Scan.WAITING else at,
                "kept_by": by,
                "kept_at": at,
            },
        )
        return kept

    async def about(self, *file_ids: UUID) -> dict[UUID, KeptFile]:
        """Without those that were erased."""
        rows = (await self._session.execute(_ABOUT, {"ids": list(file_ids)})).mappings()
        return {kept.file_id: kept for kept in map(_kept, rows)}

    async def original(self, file_id: UUID) -> tuple[KeptFile, bytes]:
        return await self._open(file_id, copy=False)

    async def copy(self, file_id: UUID) -> tuple[KeptFile, bytes]:
        return await self._open(file_id, copy=True)

    async def _open(self, file_id: UUID, *, copy: bool) -> tuple[KeptFile, bytes]:
        row = (await self._session.execute(_SEALED, {"file_id": file_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("没有这份文件，或已按期销毁。", "There is no such file, or it has been erased at its term.")
        kept = _kept(row)
        if not kept.scan.released:
            raise Refused("file-not-released", kept.scan.zh, kept.scan.en, conflict=True)
        copy = copy and row["copy"] is not None
        sealer = await self.sealer(kept.owner_id)
        return kept, await asyncio.to_thread(
            _opened, sealer, kept, bytes(row["copy" if copy else "original"]), copy=copy
        )


async def erase_owner(tx: Tx, owner_id: UUID, now: datetime) -> int:
    """Destroys the owner's key, and with it every file, in backups too; says how many there were."""
    parameters = {"owner_id": owner_id, "now": now}
    erased = await tx.session.execute(_ERASE_FILES, parameters)
    await tx.session.execute(_ERASE_KEY, parameters)
    return int(getattr(erased, "rowcount", 0))


def _seal(
    sealer: CaseSealer, file_id: UUID, original: bytes, copy: bytes | None
) -> tuple[bytes, bytes | None, bytes, bytes]:
    return (
        sealer.seal_bytes(f"file {file_id} original", original),
        None if copy is None else sealer.seal_bytes(f"file {file_id} copy", copy),
        hashlib.new("sm3", original).digest(),
        hashlib.sha256(original).digest(),
    )


def _opened(sealer: CaseSealer, kept: KeptFile, sealed: bytes, *, copy: bool) -> bytes:
    try:
        plain = sealer.open_bytes(f"file {kept.file_id} {'copy' if copy else 'original'}", sealed)
    except (InvalidTag, ValueError) as error:
        raise _damage(kept) from error
    if not copy and (hashlib.sha256(plain).digest(), hashlib.new("sm3", plain).digest()) != (kept.sha256, kept.sm3):
        raise _damage(kept)
    return plain


def _damage(kept: KeptFile) -> FileDamaged:
    _damaged.inc()
    _log.error("file_damaged", file_id=str(kept.file_id), owner_id=str(kept.owner_id))
    return FileDamaged(kept.file_id)


def _kept(row: Any) -> KeptFile:
    return KeptFile(
        file_id=UUID(int=row["file_id"].int),
        owner_id=UUID(int=row["owner_id"].int),
        kind=next(kind for kind in FileKind if kind.value == row["kind"]),
        size=row["size"],
        pages=row["pages"],
        sm3=bytes(row["sm3"]),
        sha256=bytes(row["sha256"]),
        scan=next(scan for scan in Scan if scan.value == row["scan"]),
        kept_by=row["kept_by"],
        kept_at=row["kept_at"],
    )


async def desk_of(tx: Tx, proceeding_id: UUID) -> Desk:
    """Who has the case. Read here and not asked of its feature: every file room stands on it."""
    row = (await tx.session.execute(_DESK, {"proceeding_id": proceeding_id})).mappings().one_or_none()
    if row is None:
        raise NotFound("没有这个案件。", "There is no such case.")
    return Desk(
        proceeding_id=proceeding_id,
        kind=PenaltyKind(row["kind"]),
        organ_kind=next(kind for kind in OrganKind if kind.value == row["organ_kind"]),
        organ_region=row["organ_region"],
        organ_code=row["organ_code"],
        region=row["region"],
        county_region=row["county_region"],
        handlers=frozenset(row["handlers"]),
        recused=frozenset(row["recused"]),
        ended=row["ended"],
        conduct_code=row["conduct_code"],
    )


def scanning(vault: KeyVault, scanner: Scanner) -> Callable[[Database, datetime], Awaitable[int]]:
    """A timer's task: what no scanner has seen yet is shown to it, one by one."""

    async def scan_waiting(database: Database, now: datetime) -> int:
        return await _scan_waiting(database, now, vault, scanner)

    return scan_waiting


async def _scan_waiting(database: Database, now: datetime, vault: KeyVault, scanner: Scanner) -> int:
    total = 0
    after: dict[str, Any] = {"at": datetime.min.replace(tzinfo=UTC), "id": UUID(int=0)}
    while True:
        async with database.begin() as tx:
            row = (await tx.session.execute(_WAITING, after)).mappings().one_or_none()
            if row is None:
                return total
            kept = _kept(row)
            sealer = await SqlFiles(tx, vault).sealer(kept.owner_id)
            after = {"at": kept.kept_at, "id": kept.file_id}
            try:
                found = await scanner.scan(kept.kind, _opened(sealer, kept, bytes(row["original"]), copy=False))
            except ScannerAway:
                _log.warning("scanner_away", waiting_since=kept.kept_at.isoformat())
                return total
            except FileDamaged:
                # Told as an error where it was found; the others need not wait for it.
                continue
            await tx.session.execute(_SCANNED, {"scan": found.value, "now": now, "file_id": kept.file_id})
            total += 1
