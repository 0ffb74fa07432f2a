"""The tables of files. What is sealed comes in and goes out sealed: no key is known here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from common.database import Database
from common.files.kinds import KINDS
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.attachments.domain import ABANDONED_AFTER, Attachment, By, CopyState, NoCopy, State
from rights_api.refusals import NotFound

ORIGINAL, COPY = "original", "copy"

_COLUMNS = """attachment_id, complaint_id, number, by, uploaded_by, for_complainant, kind, length, received, blocks,
    state, undertaking_on, sm3, copy, copy_size, copy_blocks, pages, copy_code, copy_zh, copy_en, refused, begun_at,
    changed_at, completed_at"""
_OF_CASE = text(f"SELECT {_COLUMNS} FROM attachments WHERE complaint_id = :complaint_id ORDER BY number")
_ONE = f"SELECT {_COLUMNS} FROM attachments WHERE attachment_id = :id AND complaint_id = :complaint_id"
_GET, _LOCK = text(_ONE), text(f"{_ONE} FOR UPDATE")
_BY_KEY = text(f"""
SELECT {_COLUMNS}, request_digest FROM attachments WHERE complaint_id = :complaint_id AND key_digest = :key_digest""")
_KEYS = text("SELECT upload_key, office_key, office_key_form FROM attachments WHERE attachment_id = :id")
_MOVE_KEY = text("""
UPDATE attachments SET office_key = :key, office_key_form = 'own'
WHERE attachment_id = :id AND office_key_form = 'box'""")
_SEALED = text("SELECT name_sealed, manifest_sealed FROM attachments WHERE attachment_id = :id")
_BEGIN = text("""
INSERT INTO attachments (attachment_id, complaint_id, number, by, uploaded_by, for_complainant, key_digest,
    request_digest, kind, length, undertaking_on, upload_key, office_key, office_key_form, name_sealed, begun_at,
    changed_at)
VALUES (:id, :complaint_id, :number, :by, :uploaded_by, :for_complainant, :key_digest, :request_digest, :kind, :length,
    :undertaking_on, :upload_key, :office_key, 'box', :name_sealed, :at, :at)""")
# The conditions make two senders of one file take turns, whatever they believe to have been received.
_GROW = text("""
UPDATE attachments SET received = received + :size, blocks = blocks + 1, changed_at = :at
WHERE attachment_id = :id AND state = 'receiving' AND received = :offset AND blocks = :ordinal
RETURNING attachment_id""")
_PUT = text("""
INSERT INTO attachment_blocks (attachment_id, part, ordinal, sealed) VALUES (:id, :part, :ordinal, :sealed)""")
_TAKE = text("""
SELECT sealed FROM attachment_blocks WHERE attachment_id = :id AND part = :part AND ordinal = :ordinal""")
_COMPLETE = text("""
UPDATE attachments SET state = 'quarantined', sm3 = :sm3, manifest_sealed = :manifest, completed_at = :at,
    changed_at = :at, office_key = :office_key, office_key_form = 'box',
    upload_key = CASE WHEN for_complainant THEN upload_key END
WHERE attachment_id = :id""")
_DISCARD = text("""
UPDATE attachments SET state = 'discarded', refused = :refused, changed_at = :at, upload_key = NULL, office_key = NULL,
    office_key_form = NULL, name_sealed = NULL, sm3 = NULL,
    manifest_sealed = NULL, release_reason_sealed = NULL, copy = 'pending', copy_size = NULL, copy_blocks = 0,
    copy_code = NULL, copy_zh = NULL, copy_en = NULL
WHERE attachment_id = ANY(:ids)""")
_DROP = text("DELETE FROM attachment_blocks WHERE attachment_id = ANY(:ids)")
_RELEASE = text("""
UPDATE attachments SET state = 'released-unscanned', released_by = :by, released_at = :at, changed_at = :at,
    release_reason_sealed = :reason
WHERE attachment_id = :id""")
_WAITING = text(f"""
SELECT {_COLUMNS} FROM attachments
WHERE (state = 'quarantined' OR (state = 'unscanned' AND :scans AND scan_note IS NULL)
        OR (copy = 'pending' AND state IN ('released', 'released-unscanned')))
    AND (completed_at, attachment_id) > (:at, :after)
ORDER BY completed_at, attachment_id LIMIT 1""")
_SCANNED = text("""
UPDATE attachments SET state = :state, scan_note = :note, changed_at = :at
WHERE attachment_id = :id AND state IN ('quarantined', 'unscanned')""")
_COPIED = text("""
UPDATE attachments SET copy = :copy, copy_size = :size, copy_blocks = :blocks, pages = :pages, copy_code = :code,
    copy_zh = :zh, copy_en = :en, changed_at = :at
WHERE attachment_id = :id AND copy = 'pending' AND state IN ('released', 'released-unscanned')
RETURNING attachment_id""")
_DROP_COPY = text("DELETE FROM attachment_blocks WHERE attachment_id = :id AND part = 'copy'")
_ABANDONED = text("""
SELECT attachment_id FROM attachments WHERE state = 'receiving' AND changed_at < :before
ORDER BY changed_at LIMIT 100 FOR UPDATE SKIP LOCKED""")
_ALL_OF = text("SELECT attachment_id FROM attachments WHERE complaint_id = :complaint_id FOR UPDATE")


class SqlAttachments:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, complaint_id: UUID) -> list[Attachment]:
        rows = await self._session.execute(_OF_CASE, {"complaint_id": complaint_id})
        return [_attachment(row) for row in rows.mappings()]

    async def get(self, complaint_id: UUID, attachment_id: UUID, *, lock: bool = False) -> Attachment:
        """Raises NotFound, also where the file is another case's."""
        parameters = {"complaint_id": complaint_id, "id": attachment_id}
        row = (await self._session.execute(_LOCK if lock else _GET, parameters)).mappings().one_or_none()
        if row is None:
            raise NotFound("没有这份材料。", "There is no such file.")
        return _attachment(row)

    async def by_key(self, complaint_id: UUID, key_digest: bytes) -> tuple[Attachment, bytes] | None:
        parameters = {"complaint_id": complaint_id, "key_digest": key_digest}
        row = (await self._session.execute(_BY_KEY, parameters)).mappings().one_or_none()
        return None if row is None else (_attachment(row), bytes(row["request_digest"]))

    async def sealed(self, attachment_id: UUID) -> tuple[bytes | None, bytes | None]:
        """Name and manifest."""
        row = (await self._session.execute(_SEALED, {"id": attachment_id})).one()
        return row[0], row[1]

    async def begin(self, **parameters: Any) -> None:
        """Call with the case locked: numbers are given in turn."""
        await self._session.execute(_BEGIN, parameters)

    async def grow(
        self, attachment_id: UUID, *, offset: int, ordinal: int, size: int, sealed: bytes, at: datetime
    ) -> bool:
        """False where the upload is not at that offset any more."""
        parameters = {"id": attachment_id, "offset": offset, "ordinal": ordinal, "size": size, "at": at}
        if (await self._session.execute(_GROW, parameters)).first() is None:
            return False
        await self.put(attachment_id, ORIGINAL, ordinal, sealed)
        return True

    async def put(self, attachment_id: UUID, part: str, ordinal: int, sealed: bytes) -> None:
        parameters = {"id": attachment_id, "part": part, "ordinal": ordinal, "sealed": sealed}
        await self._session.execute(_PUT, parameters)

    async def block(self, attachment_id: UUID, part: str, ordinal: int) -> bytes | None:
        parameters = {"id": attachment_id, "part": part, "ordinal": ordinal}
        sealed: bytes | None = await self._session.scalar(_TAKE, parameters)
        return sealed

    async def keys(self, attachment_id: UUID) -> tuple[bytes | None, bytes | None, str | None]:
        """The file's key: as it is wrapped for uploads, for the office, and in which form for the office."""
        row = (await self._session.execute(_KEYS, {"id": attachment_id})).one()
        return row[0], row[1], row[2]

    async def move_key(self, attachment_id: UUID, key: bytes) -> None:
        await self._session.execute(_MOVE_KEY, {"id": attachment_id, "key": key})

    async def complete(
        self, attachment_id: UUID, *, sm3: bytes, manifest: bytes, office_key: bytes, at: datetime
    ) -> None:
        parameters = {"id": attachment_id, "sm3": sm3, "manifest": manifest, "office_key": office_key, "at": at}
        await self._session.execute(_COMPLETE, parameters)

    async def discard(self, attachment_ids: Sequence[UUID], at: datetime, *, refused: str | None = None) -> None:
        """The row stays, without anything that was sealed."""
        ids = list(attachment_ids)
        await self._session.execute(_DISCARD, {"ids": ids, "refused": refused, "at": at})
        await self._session.execute(_DROP, {"ids": ids})

    async def release(self, attachment_id: UUID, *, by: str, reason: bytes, at: datetime) -> None:
        await self._session.execute(_RELEASE, {"id": attachment_id, "by": by, "reason": reason, "at": at})

    async def waiting(self, *, scans: bool, after: tuple[datetime, UUID]) -> Attachment | None:
        """The next that wants scanning or copying; not locked, for that takes minutes."""
        parameters = {"scans": scans, "at": after[0], "after": after[1]}
        row = (await self._session.execute(_WAITING, parameters)).mappings().one_or_none()
        return None if row is None else _attachment(row)

    async def scanned(self, attachment_id: UUID, state: State, note: str | None, at: datetime) -> None:
        parameters = {"id": attachment_id, "state": state.value, "note": note, "at": at}
        await self._session.execute(_SCANNED, parameters)

    async def drop_copy(self, attachment_id: UUID) -> None:
        """Blocks of one that was not finished."""
        await self._session.execute(_DROP_COPY, {"id": attachment_id})

    async def copied(
        self,
        attachment_id: UUID,
        at: datetime,
        *,
        size: int | None = None,
        blocks: int = 0,
        pages: int | None = None,
        none: NoCopy | None = None,
    ) -> bool:
        """False where no copy is waited for any more."""
        done = await self._session.execute(
            _COPIED,
            {
                "id": attachment_id,
                "at": at,
                "copy": (CopyState.MADE if none is None else CopyState.NONE).value,
                "size": size,
                "blocks": blocks,
                "pages": pages,
                "code": None if none is None else none.code,
                "zh": None if none is None else none.zh,
                "en": None if none is None else none.en,
            },
        )
        return done.first() is not None

    async def erase(self, complaint_id: UUID, at: datetime) -> int:
        """With the case's key, whose destruction takes the files from backups too; says how many there were."""
        ids = list(await self._session.scalars(_ALL_OF, {"complaint_id": complaint_id}))
        await self.discard(ids, at, refused="erased")
        return len(ids)


class WorkLocks:
    """Of a session, not of a transaction: a scan takes minutes, and a killed process lets go."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        self._connection = await self._database.connect_raw()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    @asynccontextmanager
    async def of(self, attachment_id: UUID) -> AsyncIterator[bool]:
        """Whether no other process works on it."""
        key = int.from_bytes(attachment_id.bytes[:8], "big", signed=True)
        is_ours: bool = await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", key)
        try:
            yield is_ours
        finally:
            if is_ours:
                await self._connection.execute("SELECT pg_advisory_unlock($1)", key)


async def when_an_upload_is_abandoned_discard(database: Database, now: datetime) -> int:
    total = 0
    while True:
        async with database.begin() as tx:
            ids = list(await tx.session.scalars(_ABANDONED, {"before": now - ABANDONED_AFTER}))
            if not ids:
                return total
            await SqlAttachments(tx.session).discard(ids, now, refused="abandoned")
        total += len(ids)


def _attachment(row: Any) -> Attachment:
    no_copy = None if row["copy_code"] is None else NoCopy(row["copy_code"], row["copy_zh"], row["copy_en"])
    return Attachment(
        attachment_id=UUID(int=row["attachment_id"].int),
        complaint_id=UUID(int=row["complaint_id"].int),
        number=row["number"],
        by=By(row["by"]),
        uploaded_by=row["uploaded_by"],
        for_complainant=row["for_complainant"],
        kind=KINDS[row["kind"]],
        length=row["length"],
        received=row["received"],
        blocks=row["blocks"],
        state=State(row["state"]),
        undertaking_on=row["undertaking_on"],
        sm3=row["sm3"],
        copy=CopyState(row["copy"]),
        copy_size=row["copy_size"],
        copy_blocks=row["copy_blocks"],
        pages=row["pages"],
        no_copy=no_copy,
        refused=row["refused"],
        begun_at=row["begun_at"],
        changed_at=row["changed_at"],
        completed_at=row["completed_at"],
    )
