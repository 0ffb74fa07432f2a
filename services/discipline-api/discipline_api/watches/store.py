"""Tables of watches, of what they match while it is on display, and of notices."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from common.database import Database, Tx
from contracts.discipline_events import SubjectKind
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from discipline_api.display.shown import Change, RecordKind
from discipline_api.watches.domain import Because, Changed, NoSuchWatch, Notice, NoticeKind, Target, Watch, What, taken
from discipline_api.watches.keys import WatchKeys
from discipline_api.watches.use_cases import BATCH, deliver

_COLUMNS = """watch_id, version, owner, what, record_id, subject_kind, subject, region, record_kind, began_at, to_on"""
_ONE = f"SELECT {_COLUMNS} FROM watches WHERE watch_id = :watch_id AND owner = :owner AND ends_at > :now"
_GET, _LOCK = text(_ONE), text(f"{_ONE} FOR UPDATE")
_LIST = text(f"""
SELECT {_COLUMNS} FROM watches WHERE owner = :owner AND ends_at > :now
    AND (CAST(:after_at AS timestamptz) IS NULL OR (began_at, watch_id) < (:after_at, :after_id))
ORDER BY began_at DESC, watch_id DESC LIMIT :limit""")
_ADD = text("""
INSERT INTO watches (watch_id, version, owner, what, record_id, subject_kind, subject, region, record_kind, began_at,
    to_on, ends_at, remind_at)
VALUES (:watch_id, :version, :owner, :what, :record_id, :subject_kind, :subject, :region, :record_kind, :began_at,
    :to_on, :ends_at, :remind_at)""")
_SAVE = text("""
UPDATE watches SET version = :version, to_on = :to_on, ends_at = :ends_at, remind_at = :remind_at, reminded_at = NULL
WHERE watch_id = :watch_id""")
_JOIN = text("""
INSERT INTO watch_matches (watch_id, record_id) SELECT :watch_id, case_id FROM public_disclosures
WHERE (licence_key = :lawyer OR credit_code = :firm) AND body IS NOT NULL AND gone_at > :now
ON CONFLICT DO NOTHING""")
_DELETE = text("DELETE FROM watches WHERE watch_id = :watch_id")
_FORGET_ENDED = text("DELETE FROM watches WHERE owner = :owner AND ends_at <= :now")
_COUNT = text("SELECT count(*) FROM watches WHERE owner = :owner")
_IS_SHOWN = text("""
SELECT true FROM public_disclosures WHERE case_id = :record_id AND body IS NOT NULL AND gone_at > :now""")
_NOTICES = text("""
SELECT notice_id, leaf_index, record_id, change, watched, read, watch_id, at FROM notices
WHERE owner = :owner AND notice_id > :place ORDER BY notice_id LIMIT :limit""")
_ACKNOWLEDGE = text("DELETE FROM notices WHERE owner = :owner AND notice_id <= :place")

_CLAIM = "SELECT next_leaf FROM notice_progress FOR UPDATE"
_ADVANCE = "UPDATE notice_progress SET next_leaf = $1"
_CHANGES = """
SELECT l.leaf_index, l.record_id, l.change, l.at, p.organ_region, p.record_kind, p.licence_key, p.credit_code
FROM disclosure_log l LEFT JOIN public_disclosures p ON p.case_id = l.record_id
WHERE l.leaf_index >= $1 ORDER BY l.leaf_index LIMIT $2"""
_MATCH = """
INSERT INTO watch_matches (watch_id, record_id) SELECT watch_id, $1 FROM watches WHERE subject = $2 AND ends_at > $3
ON CONFLICT DO NOTHING"""
_RUNS = "began_at <= $2 AND ends_at > $2"
_WATCHERS = f"""
SELECT owner FROM watches WHERE record_id = $1 AND {_RUNS}
UNION SELECT owner FROM watches WHERE region = $3 AND {_RUNS}
UNION SELECT owner FROM watches WHERE record_kind = $4 AND {_RUNS}
UNION SELECT owner FROM watches WHERE what = 'all' AND {_RUNS}
UNION SELECT owner FROM watches JOIN watch_matches m USING (watch_id) WHERE m.record_id = $1 AND {_RUNS}"""
_READERS = """
SELECT DISTINCT organisation_kind, organisation_id, client FROM disclosure_record_reads
WHERE record_id = $1 AND at >= $2 AND at <= $3"""
_TELL = """
INSERT INTO notices (owner, leaf_index, record_id, change, watched, read, at, noticed_at)
SELECT n.owner, $1, $2, $3, n.watched, n.read, CAST($4 AS timestamptz), greatest(CAST($4 AS timestamptz), $5)
FROM unnest($6::bytea[], $7::boolean[], $8::boolean[]) AS n (owner, watched, read)
ON CONFLICT (owner, leaf_index) DO NOTHING"""
_SUPERSEDE = "DELETE FROM notices WHERE record_id = $1"
_PART = "DELETE FROM watch_matches WHERE record_id = $1"
_REMIND = """
WITH due AS (
    UPDATE watches SET reminded_at = remind_at WHERE reminded_at IS NULL AND remind_at <= $1 AND ends_at > $1
    RETURNING watch_id, owner, remind_at)
INSERT INTO notices (owner, watched, read, watch_id, at, noticed_at)
SELECT owner, false, false, watch_id, remind_at, $1 FROM due"""
_FORGET = ("DELETE FROM watches WHERE ends_at <= $1", "DELETE FROM notices WHERE noticed_at < $1")


class SqlWatches:
    """Fulfils `Watches`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def get(self, owner: bytes, watch_id: UUID, now: datetime, *, lock: bool = False) -> Watch:
        """Raises NoSuchWatch for another owner's, too."""
        parameters = {"watch_id": watch_id, "owner": owner, "now": now}
        row = (await self._session.execute(_LOCK if lock else _GET, parameters)).mappings().one_or_none()
        if row is None:
            raise NoSuchWatch
        return _watch(row)

    async def list(
        self, owner: bytes, now: datetime, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Watch]:
        """Newest first."""
        at, watch_id = after or (None, None)
        parameters = {"owner": owner, "now": now, "after_at": at, "after_id": watch_id, "limit": limit}
        return [_watch(row) for row in (await self._session.execute(_LIST, parameters)).mappings()]

    async def forget_ended(self, owner: bytes, now: datetime) -> None:
        await self._session.execute(_FORGET_ENDED, {"owner": owner, "now": now})

    async def count(self, owner: bytes) -> int:
        found: int = (await self._session.execute(_COUNT, {"owner": owner})).scalar_one()
        return found

    async def is_shown(self, target: Target, now: datetime) -> bool:
        return bool(await self._session.scalar(_IS_SHOWN, {"record_id": target.record_id, "now": now}))

    async def add(self, watch: Watch) -> None:
        target = watch.target
        try:
            await self._session.execute(
                _ADD,
                _times(watch)
                | {
                    "owner": watch.owner,
                    "what": target.what.value,
                    "record_id": target.record_id,
                    "subject_kind": target.subject_kind,
                    "subject": target.subject,
                    "region": target.region,
                    "record_kind": target.record_kind,
                    "began_at": watch.began_at,
                },
            )
        except IntegrityError as error:
            if "watches_one" in str(error.orig):
                raise taken() from error
            raise

    async def join(self, watch: Watch, kind: SubjectKind, unchanging: str) -> None:
        """To what is on display of its subject now, so that its owner hears of a later change or end."""
        await self._session.execute(
            _JOIN,
            {
                "watch_id": watch.watch_id,
                "lawyer": unchanging if kind is SubjectKind.LAWYER else None,
                "firm": unchanging if kind is SubjectKind.FIRM else None,
                "now": watch.began_at,
            },
        )

    async def save(self, watch: Watch) -> None:
        await self._session.execute(_SAVE, _times(watch))

    async def delete(self, watch: Watch) -> None:
        """With what it matched. Notices stay, but for reminders: they name no watch."""
        await self._session.execute(_DELETE, {"watch_id": watch.watch_id})


class SqlNotices:
    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def after(self, owner: bytes, place: int, limit: int) -> list[Notice]:
        parameters = {"owner": owner, "place": place, "limit": limit}
        return [_notice(row) for row in (await self._session.execute(_NOTICES, parameters)).mappings()]

    async def acknowledge(self, owner: bytes, place: int) -> int:
        """What has been received is kept no longer."""
        done: Any = await self._session.execute(_ACKNOWLEDGE, {"owner": owner, "place": place})
        return int(done.rowcount)


class SqlDelivery:
    """Fulfils `Delivery`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def claim(self) -> int:
        """The first leaf nobody was told of yet; while another process tells, waits and finds the rest."""
        first: int = await self._connection.fetchval(_CLAIM)
        return first

    async def advance(self, next_leaf: int) -> None:
        await self._connection.execute(_ADVANCE, next_leaf)

    async def changes(self, first: int, limit: int) -> list[Changed]:
        return [_changed(row) for row in await self._connection.fetch(_CHANGES, first, limit)]

    async def match(self, changed: Changed, subject: bytes, now: datetime) -> None:
        await self._connection.execute(_MATCH, changed.record_id, subject, now)

    async def watchers(self, changed: Changed) -> list[bytes]:
        rows = await self._connection.fetch(
            _WATCHERS, changed.record_id, changed.at, changed.region, changed.record_kind
        )
        return [bytes(row["owner"]) for row in rows]

    async def readers(self, changed: Changed, since: datetime) -> list[tuple[str, str, str]]:
        rows = await self._connection.fetch(_READERS, changed.record_id, since, changed.at)
        return [tuple(row) for row in rows]

    async def tell(self, changed: Changed, told: Mapping[bytes, tuple[bool, bool]], now: datetime) -> None:
        watched, read = [flags[0] for flags in told.values()], [flags[1] for flags in told.values()]
        await self._connection.execute(
            _TELL,
            *(changed.leaf_index, changed.record_id, changed.change.value, changed.at, now),
            *(list(told), watched, read),
        )

    async def supersede(self, record_id: UUID) -> None:
        await self._connection.execute(_SUPERSEDE, record_id)

    async def part(self, record_id: UUID) -> None:
        await self._connection.execute(_PART, record_id)

    async def remind(self, now: datetime) -> int:
        return _rows_of(await self._connection.execute(_REMIND, now))

    async def forget(self, now: datetime, notices_before: datetime) -> int:
        forgotten = 0
        for statement, before in zip(_FORGET, (now, notices_before), strict=True):
            forgotten += _rows_of(await self._connection.execute(statement, before))
        return forgotten


def notifying(keys: WatchKeys) -> Callable[[Database, datetime], Awaitable[int]]:
    """The timer's task, for a deployment's keys."""

    async def notify(database: Database, now: datetime) -> int:
        total = 0
        while True:
            async with database.begin() as tx:
                told = await deliver(SqlDelivery(await tx.raw()), keys, now)
            total += told
            if told < BATCH:
                return total

    return notify


def _rows_of(status: str) -> int:
    """Of asyncpg's `INSERT 0 3`."""
    return int(status.rpartition(" ")[2])


def _changed(row: Any) -> Changed:
    subject: tuple[SubjectKind, str] | None = None
    if row["licence_key"] is not None:
        subject = (SubjectKind.LAWYER, row["licence_key"])
    elif row["credit_code"] is not None:
        subject = (SubjectKind.FIRM, row["credit_code"])
    return Changed(
        leaf_index=row["leaf_index"],
        record_id=UUID(int=row["record_id"].int),
        change=Change(row["change"]),
        at=row["at"],
        region=row["organ_region"],
        record_kind=row["record_kind"],
        subject=subject,
    )


def _times(watch: Watch) -> dict[str, Any]:
    return {
        "watch_id": watch.watch_id,
        "version": watch.version,
        "to_on": watch.to_on,
        "ends_at": watch.ends_at,
        "remind_at": watch.remind_at,
    }


def _watch(row: Any) -> Watch:
    kind, record_kind = row["subject_kind"], row["record_kind"]
    return Watch(
        watch_id=UUID(int=row["watch_id"].int),
        version=row["version"],
        owner=bytes(row["owner"]),
        target=Target(
            what=What(row["what"]),
            record_id=row["record_id"],
            subject_kind=None if kind is None else SubjectKind(kind),
            subject=row["subject"],
            region=row["region"],
            record_kind=None if record_kind is None else RecordKind(record_kind),
        ),
        began_at=row["began_at"],
        to_on=row["to_on"],
    )


def _notice(row: Any) -> Notice:
    because = ((Because.WATCHED, row["watched"]), (Because.READ, row["read"]))
    return Notice(
        notice_id=row["notice_id"],
        kind=NoticeKind.WATCH_ENDING if row["change"] is None else NoticeKind(row["change"]),
        because=tuple(reason for reason, holds in because if holds),
        at=row["at"],
        record_id=row["record_id"],
        leaf_index=row["leaf_index"],
        watch_id=row["watch_id"],
    )
