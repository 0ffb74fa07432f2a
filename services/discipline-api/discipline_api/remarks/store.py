"""Remarks in PostgreSQL. What people wrote is sealed here first, under a key of the record that goes at its term."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from common.auth import Principal
from common.database import Database, Tx
from common.secrecy.sealing import CaseSealer, KeyVault
from contracts.conduct import OrganKind
from contracts.identifiers import unchanging
from contracts.labels import LabelledEnum
from contracts.working_days import local_date
from sqlalchemy import TextClause, text

from discipline_api.clocks.store import SqlClocks
from discipline_api.display.rendering import disappears
from discipline_api.display.rendering import shown as rendered
from discipline_api.display.shown import Shown
from discipline_api.display.store import SqlDisplay
from discipline_api.record.domain import Sanction
from discipline_api.remarks.domain import (
    Ground,
    NotYours,
    Objection,
    ObjectionState,
    Record,
    Remedy,
    Source,
    subject_key_of,
)
from discipline_api.remarks.repair import PENDING as REPAIR_PENDING
from discipline_api.remarks.repair import RefusalGround, Repair, RepairState
from discipline_api.remarks.statement import PENDING as STATEMENT_PENDING
from discipline_api.remarks.statement import Statement, StatementGround, StatementState

T = TypeVar("T")

_BATCH = 200
_RECORD = "record_id, organ_kind, organ_region, organ_code, subject_key, record_to_on"
# A sanction is kept longer than it is shown; of other kinds nothing is known here but the end of display.
_KEEP_RECORD = text("""
INSERT INTO remarked_records (record_id, organ_kind, organ_region, organ_code, subject_key, record_to_on, kek_id,
    wrapped_key)
VALUES (:record_id, :organ_kind, :organ_region, :organ_code, :subject_key,
    coalesce((SELECT record_to_on FROM sanctions WHERE case_id = :record_id), :gone_on), :kek_id, :wrapped_key)
ON CONFLICT DO NOTHING""")
_KEY = text("SELECT wrapped_key FROM remarked_records WHERE record_id = :record_id")
_RECORDS = f"SELECT {_RECORD} FROM remarked_records WHERE erased_at IS NULL AND record_to_on > :today AND "
_ONE_RECORD = text(_RECORDS + "record_id = :record_id")
_LOCKED_RECORD = text(_RECORDS + "record_id = :record_id FOR UPDATE")
_LOCK = text("SELECT FROM remarked_records WHERE record_id = :record_id FOR UPDATE")
_ABOUT = text(_RECORDS + "subject_key = :key ORDER BY record_id")
_ERASE = text("""
WITH due AS (
    SELECT record_id FROM remarked_records WHERE erased_at IS NULL AND record_to_on <= :today
    ORDER BY record_to_on LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE remarked_records r SET subject_key = NULL, wrapped_key = NULL, erased_at = :now
FROM due WHERE r.record_id = due.record_id RETURNING r.record_id, r.record_to_on""")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of remark: its dataclass is its row, but for the texts, which are sealed columns."""

    table: str
    id_column: str
    make: type[T]
    lists: Mapping[str, type[LabelledEnum]]
    texts: tuple[str, ...]
    pending: tuple[str, ...]
    """States in which it is not over; with the record's term they lapse."""
    ends_with_display: bool
    """Whether they lapse with the display already. An objection is answered all the same."""

    @property
    def columns(self) -> list[str]:
        return [field.name for field in fields(self.make)]  # type: ignore[arg-type] # a dataclass each

    @property
    def select(self) -> str:
        """Needs `:now`: what has ended with the display is read as ended before the timer has come to it."""
        columns = ", ".join(f"m.{name}" for name in self.columns if name != "state")
        return f"SELECT {columns}, {self.state} AS state FROM {self.table} m"

    @property
    def state(self) -> str:
        if not self.ends_with_display:
            return "m.state"
        gone = "EXISTS (SELECT FROM public_disclosures p WHERE p.case_id = m.record_id AND p.gone_at <= :now)"
        return f"CASE WHEN m.state IN ({_quoted(self.pending)}) AND {gone} THEN 'lapsed' ELSE m.state END"

    def of(self, row: Any) -> T:
        values = {name: row[name] for name in self.columns}
        for name, closed in self.lists.items():
            values[name] = None if row[name] is None else _member(closed, row[name])
        ids = {name: UUID(int=row[name].int) for name in (self.id_column, "record_id")}  # not asyncpg's subclass
        return self.make(**values | ids)


OBJECTIONS = Kind(
    "objections",
    "objection_id",
    Objection,
    {"ground": Ground, "state": ObjectionState, "source": Source, "remedy": Remedy},
    ("text", "new_facts", "reasons"),
    (ObjectionState.OPEN.value,),
    ends_with_display=False,
)
REPAIRS = Kind(
    "repairs",
    "repair_id",
    Repair,
    {"state": RepairState, "ground": RefusalGround},
    ("extension_reason", "reasons"),
    tuple(state.value for state in REPAIR_PENDING),
    ends_with_display=True,
)
STATEMENTS = Kind(
    "statements",
    "statement_id",
    Statement,
    {"state": StatementState, "ground": StatementGround},
    ("text",),
    tuple(state.value for state in STATEMENT_PENDING),
    ends_with_display=True,
)
KINDS: tuple[Kind[Any], ...] = (OBJECTIONS, REPAIRS, STATEMENTS)


class SqlRecords:
    """Records that were remarked on, each with the key of its remarks."""

    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._session, self._vault = tx.session, vault

    async def keep_and_lock(self, shown: Shown) -> None:
        """Acts on the remarks of one record come one after another; this lock is taken before any other."""
        _, wrapped_key = self._vault.new_case(shown.record_id)
        await self._session.execute(
            _KEEP_RECORD,
            {
                "record_id": shown.record_id,
                "organ_kind": shown.organ_kind.value,
                "organ_region": shown.organ_region,
                "organ_code": shown.organ_code,
                "subject_key": subject_key_of(shown.subject),
                "gone_on": shown.gone_on,
                "kek_id": self._vault.kek_id,
                "wrapped_key": wrapped_key,
            },
        )
        await self._session.execute(_LOCK, {"record_id": shown.record_id})

    async def get(self, record_id: UUID, now: datetime, *, lock: bool = False) -> Record:
        """Raises NotYours for none, and from the record's term on."""
        parameters = {"record_id": record_id, "today": local_date(now)}
        statement = _LOCKED_RECORD if lock else _ONE_RECORD
        row = (await self._session.execute(statement, parameters)).mappings().one_or_none()
        if row is None:
            raise NotYours
        return _record(row)

    async def about(self, number: str, now: datetime) -> list[Record]:
        rows = await self._session.execute(_ABOUT, {"key": unchanging(number), "today": local_date(now)})
        return [_record(row) for row in rows.mappings()]

    async def sealer(self, record_id: UUID) -> CaseSealer:
        key = await self._session.scalar(_KEY, {"record_id": record_id})
        if key is None:
            raise NotYours
        return self._vault.case(record_id, key)


class SqlRemarks(Generic[T]):
    """Remarks of one kind."""

    def __init__(self, tx: Tx, vault: KeyVault, kind: Kind[T], now: datetime) -> None:
        self._session, self._kind, self._records = tx.session, kind, SqlRecords(tx, vault)
        self._now = {"now": now} if kind.ends_with_display else {}

    async def add(self, remark: T, /, **texts: str | None) -> None:
        names = [*self._kind.columns, *self._kind.texts]
        statement = f"INSERT INTO {self._kind.table} ({', '.join(names)}) VALUES (:{', :'.join(names)})"
        unsaid: dict[str, Any] = dict.fromkeys(self._kind.texts)
        await self._session.execute(text(statement), unsaid | asdict_of(remark) | await self._sealed(remark, texts))

    async def save(self, remark: T, /, **texts: str | None) -> None:
        """The version in the condition holds even if a caller forgot to lock."""
        changed = asdict_of(remark) | await self._sealed(remark, texts)
        values = ", ".join(f"{name} = :{name}" for name in changed)
        own = f"{self._kind.id_column} = :{self._kind.id_column} AND version = :version - 1"
        statement = f"UPDATE {self._kind.table} SET {values} WHERE {own} RETURNING version"
        (await self._session.execute(text(statement), changed)).one()

    async def get(self, remark_id: UUID, *, lock: bool = False) -> T:
        """Raises NotYours where there is none."""
        statement = f"{self._kind.select} WHERE m.{self._kind.id_column} = :id" + (" FOR UPDATE" if lock else "")
        row = (await self._session.execute(text(statement), self._now | {"id": remark_id})).mappings().one_or_none()
        if row is None:
            raise NotYours
        return self._kind.of(row)

    async def of_record(self, *record_ids: UUID) -> list[T]:
        """Oldest first."""
        statement = f"{self._kind.select} WHERE m.record_id = ANY(:ids) ORDER BY m.filed_at, m.{self._kind.id_column}"
        rows = await self._session.execute(text(statement), self._now | {"ids": list(record_ids)})
        return [self._kind.of(row) for row in rows.mappings()]

    async def desk(
        self,
        principal: Principal,
        *,
        state: str | None,
        at_risk: bool,
        now: datetime,
        limit: int,
        after: tuple[Any, ...] | None,
    ) -> list[T]:
        """Of the organ's own records, the oldest first; `at_risk`: a deadline warns or is overdue."""
        key = f"m.{self._kind.id_column}"
        conditions = [
            "r.erased_at IS NULL AND r.record_to_on > :today",
            "r.organ_kind = :organ_kind AND r.organ_region = :organ_region AND r.organ_code = :organ_code",
        ]
        if state is not None:
            conditions.append(f"{self._kind.state} = :state")
        if at_risk:
            conditions.append(
                f"EXISTS (SELECT FROM deadlines d WHERE d.owner_id = {key} AND d.met_on IS NULL"
                " AND d.lapsed_on IS NULL AND d.warn_at <= :now)"
            )
        if after is not None:
            conditions.append(f"(m.filed_at, {key}) > (:after_at, :after_id)")
        statement = (
            f"{self._kind.select} JOIN remarked_records r USING (record_id) WHERE {' AND '.join(conditions)}"
            f" ORDER BY m.filed_at, {key} LIMIT :limit"
        )
        parameters: dict[str, Any] = {
            "today": local_date(now),
            "organ_kind": principal.organisation_kind,
            "organ_region": principal.region,
            "organ_code": principal.organisation_id,
            "limit": limit,
        }
        parameters |= {} if state is None else {"state": state}
        parameters |= self._now | ({"now": now} if at_risk else {})
        parameters |= {} if after is None else {"after_at": after[0], "after_id": after[1]}
        rows = await self._session.execute(text(statement), parameters)
        return [self._kind.of(row) for row in rows.mappings()]

    async def texts(self, remark: T) -> dict[str, str]:
        """By name; what was not said is absent."""
        remark_id, record_id = self._ids(remark)
        statement = f"SELECT {', '.join(self._kind.texts)} FROM {self._kind.table} WHERE {self._kind.id_column} = :id"
        row = (await self._session.execute(text(statement), {"id": remark_id})).mappings().one()
        sealer = await self._records.sealer(record_id)
        said = {name: value for name, value in row.items() if value is not None}
        return {name: sealer.open(self._place(remark_id, name), bytes(value)) for name, value in said.items()}

    async def _sealed(self, remark: T, texts: Mapping[str, str | None]) -> dict[str, bytes]:
        said = {name: value for name, value in texts.items() if value is not None}
        if not said:
            return {}
        remark_id, record_id = self._ids(remark)
        sealer = await self._records.sealer(record_id)
        return {name: sealer.seal(self._place(remark_id, name), value) for name, value in said.items()}

    def _ids(self, remark: T) -> tuple[UUID, UUID]:
        values = asdict_of(remark)
        return values[self._kind.id_column], values["record_id"]

    def _place(self, remark_id: UUID, name: str) -> str:
        return f"{self._kind.table}/{remark_id}/{name}"


class RemarkDisplay:
    """Fulfils the `Display` of each kind of remark."""

    def __init__(self, tx: Tx) -> None:
        self._display = SqlDisplay(tx)

    async def mark(self, shown: Shown, name: str, value: dict[str, Any] | None, at: datetime) -> Shown:
        return await self._display.mark(shown, name, value, at)

    async def reprint(self, shown: Shown, sanction: Sanction, marks: dict[str, Any], at: datetime) -> Shown:
        return await self._display.revise(shown, rendered(sanction, local_date(at)), at, marks=marks)

    async def shorten(self, shown: Shown, sanction: Sanction, marks: dict[str, Any], at: datetime) -> Shown:
        term = sanction.term
        return await self._display.shorten(shown, term.display_to_on, disappears(term), at, marks=marks)


async def lapse_remarks(database: Database, now: datetime) -> int:
    """A timer's task: what was under way when its record left the display ends on that day. Reads know it at once."""
    total = 0
    async with database.begin() as tx:
        for kind in KINDS:
            if kind.ends_with_display:
                rows = (await tx.session.execute(_lapse_of(kind), {"now": now})).all()
                for remark_id, gone_at in rows:
                    await SqlClocks(tx).lapse(UUID(int=remark_id.int), local_date(gone_at))
                total += len(rows)
    return total


def _lapse_of(kind: Kind[Any]) -> TextClause:
    return text(
        f"UPDATE {kind.table} m SET state = 'lapsed', version = version + 1 FROM public_disclosures p"
        f" WHERE p.case_id = m.record_id AND p.gone_at <= :now AND m.state IN ({_quoted(kind.pending)})"
        f" RETURNING m.{kind.id_column}, p.gone_at"
    )


async def erase_remarks(database: Database, now: datetime) -> int:
    """A timer's task: at a record's term its remarks keep kinds, dates and outcomes. Reads obey the term at once."""
    total = 0
    while True:
        async with database.begin() as tx:
            due = (await tx.session.execute(_ERASE, {"today": local_date(now), "now": now, "limit": _BATCH})).all()
            for kind in KINDS:
                await _erase(tx, kind, due)
        total += len(due)
        if not due:
            return total


async def _erase(tx: Tx, kind: Kind[Any], due: Sequence[Any]) -> None:
    forgotten = ", ".join(f"{name} = NULL" for name in kind.texts)
    statement = text(
        f"UPDATE {kind.table} SET {forgotten}, state = CASE WHEN state = ANY(:pending) THEN 'lapsed' ELSE state END"
        f" WHERE record_id = :record_id RETURNING {kind.id_column}"
    )
    for record_id, ended_on in due:
        parameters = {"pending": list(kind.pending), "record_id": record_id}
        for (remark_id,) in (await tx.session.execute(statement, parameters)).all():
            await SqlClocks(tx).lapse(UUID(int=remark_id.int), ended_on)


def asdict_of(remark: Any) -> dict[str, Any]:
    return asdict(remark)


def _record(row: Any) -> Record:
    kind = {"organ_kind": _member(OrganKind, row["organ_kind"]), "record_id": UUID(int=row["record_id"].int)}
    return Record(**dict(row) | kind)


def _quoted(codes: Sequence[str]) -> str:
    """Of closed lists of ours."""
    return ", ".join(f"'{code}'" for code in codes)


def _member(closed: type[Any], code: str) -> Any:
    return next(member for member in closed if member.value == code)
