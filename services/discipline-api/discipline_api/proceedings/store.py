"""The tables of cases. Names and texts are sealed before they reach a statement; steps are only added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from common.database import Database, Tx
from common.http.paging import MAX_LIMIT
from common.secrecy.sealing import KeyVault
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from contracts.proceedings import Origin, ProceedingKind, ProceedingOutcome, RemedyTrack
from contracts.working_days import local_date
from pydantic import TypeAdapter
from sqlalchemy import text

from discipline_api.audit.store_words import forget_words
from discipline_api.organs import Organ
from discipline_api.permissions import Visible
from discipline_api.proceedings.desk import KEPT_WITHOUT_SANCTION
from discipline_api.proceedings.details import TEXTS, Details, StepData
from discipline_api.proceedings.facts import Actor, Facts, Proceeding
from discipline_api.record.domain import Subject
from discipline_api.record.sealed_subject import PLACE, key_of, read, written
from discipline_api.record.store import RECORD_RULE
from discipline_api.refusals import NotFound, Refused, TermOver
from discipline_api.sealed.store import SqlSealed, erase_sealed

_FACTS = TypeAdapter(Facts)
_DETAILS = TypeAdapter(Details)
_BATCH = 200

_ADD = text("""
INSERT INTO proceedings (proceeding_id, kind, version, told, organ_kind, organ_region, organ_code, region,
    county_region, county_code, state, remedy, origin, subject_kind, conduct_code, complaint_id, parent_id, opened_on,
    opened_by, act_on, fined, facts, handlers, recused, ended, erase_on, subject_key)
VALUES (:proceeding_id, :kind, :version, :told, :organ_kind, :organ_region, :organ_code, :region, :county_region,
    :county_code, :state, :remedy, :origin, :subject_kind, :conduct_code, :complaint_id, :parent_id, :opened_on,
    :opened_by, :act_on, :fined, CAST(:facts AS jsonb), :handlers, :recused, :ended, :erase_on, :subject_key)
ON CONFLICT (complaint_id, kind) WHERE complaint_id IS NOT NULL DO NOTHING RETURNING proceeding_id""")
_SAVE = text("""
UPDATE proceedings SET version = :version, told = :told, organ_kind = :organ_kind, organ_region = :organ_region,
    organ_code = :organ_code, county_region = :county_region, county_code = :county_code, state = :state,
    remedy = :remedy, conduct_code = :conduct_code, act_on = :act_on, fined = :fined, facts = CAST(:facts AS jsonb),
    handlers = :handlers, recused = :recused, sanction_id = :sanction_id, ended = :ended, erase_on = :erase_on
WHERE proceeding_id = :proceeding_id AND version = :version - 1 RETURNING proceeding_id""")
_STEP = text("""
INSERT INTO proceeding_steps (proceeding_id, version, step, from_state, to_state, "on", at, actor, organ_kind,
    organ_region, organ_code, document_number, details)
VALUES (:proceeding_id, :version, :step, :from_state, :to_state, :on, :at, :actor, :organ_kind, :organ_region,
    :organ_code, :document_number, CAST(:details AS jsonb))""")
_STEPS = text("SELECT * FROM proceeding_steps WHERE proceeding_id = :proceeding_id ORDER BY version")
_ONE = "SELECT * FROM proceedings WHERE proceeding_id = :proceeding_id"
_FINED_SAME_DAY = text("""
SELECT proceeding_id FROM proceedings WHERE subject_key = :subject_key AND act_on = :act_on AND fined
    AND proceeding_id <> :proceeding_id""")
_FINED_NAMED = text("""
SELECT proceeding_id AS id FROM proceedings WHERE proceeding_id = ANY(:named) AND fined
UNION SELECT case_id FROM sanctions WHERE case_id = ANY(:named) AND 'fine' = ANY(penalties) AND withdrawn_on IS NULL""")
_DUE = text("""
SELECT p.proceeding_id FROM proceedings p LEFT JOIN sanctions s ON s.case_id = p.sanction_id
WHERE p.ended AND p.erased_at IS NULL AND p.remedy NOT IN ('review', 'litigation')
    AND coalesce(s.record_to_on, p.erase_on) <= :today
LIMIT :limit FOR UPDATE OF p SKIP LOCKED""")
_ERASE = text("UPDATE proceedings SET subject_key = NULL, erased_at = :now WHERE proceeding_id = ANY(:ids)")
_TERM = text("""
SELECT coalesce(s.record_to_on, p.erase_on) AS over_on, p.sanction_id FROM proceedings p
LEFT JOIN sanctions s ON s.case_id = p.sanction_id WHERE p.proceeding_id = :proceeding_id""")
_AT_RISK = """EXISTS (SELECT 1 FROM deadlines d WHERE d.owner_id = p.proceeding_id AND d.bearer = 'organ'
    AND d.met_on IS NULL AND d.lapsed_on IS NULL AND {})"""
_RISKS = {
    "overdue": _AT_RISK.format("d.due_at <= :now"),
    "warned": _AT_RISK.format("d.warn_at <= :now AND d.due_at > :now"),
}


class NoSuchProceeding(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这件案件。", "There is no such case.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's history; its texts only for whoever may read the file."""

    version: int
    step: str
    from_state: str
    to_state: str
    on: date
    at: datetime
    actor: str
    organ: Organ
    document_number: str | None
    details: dict[str, Any]
    texts: Mapping[str, str] | None = None


class SqlProceedings:
    """Fulfils `Proceedings`."""

    def __init__(self, tx: Tx, vault: KeyVault, likeness: bytes) -> None:
        self._session, self._sealed, self._likeness = tx.session, SqlSealed(tx, vault), likeness

    async def get(self, proceeding_id: UUID) -> Proceeding:
        return _proceeding(await self._row(proceeding_id, lock=False))

    async def get_for_update(self, proceeding_id: UUID) -> Proceeding:
        """Raises TermOver once the case is erased."""
        row = await self._row(proceeding_id, lock=True)
        if row["erased_at"] is not None:
            await self._over(proceeding_id)
        return _proceeding(row)

    async def add(self, proceeding: Proceeding, subject: Subject, data: StepData, actor: Actor, at: datetime) -> None:
        parameters = {"opened_by": actor.officer, "subject_key": key_of(subject, self._likeness)}
        added = await self._session.scalar(_ADD, _values(proceeding) | parameters)
        if added is None:
            raise Refused(
                "complaint-taken-up",
                "该投诉已有同类案件",
                "there is a case of this kind for the complaint already",
                field="complaint_id",
                conflict=True,
            )
        await self._sealed.begin(proceeding.proceeding_id)
        await self._sealed.write(proceeding.proceeding_id, PLACE, written(subject), at)
        await self._log(proceeding, "", data, actor, at)

    async def save(
        self,
        before: Proceeding,
        after: Proceeding,
        data: StepData,
        actor: Actor,
        at: datetime,
        *,
        reasons: dict[str, str],
    ) -> None:
        """`reasons`: of a decision, for the record it becomes; what was given before stays."""
        saved = await self._session.execute(_SAVE, _values(after))
        saved.one()
        if reasons:
            await self._sealed.write(after.proceeding_id, "reasons", orjson.dumps(reasons).decode(), at)
        await self._log(after, before.state, data, actor, at)

    async def subject(self, proceeding_id: UUID) -> Subject:
        await self._check_kept(proceeding_id)
        [opened] = await self._sealed.read(proceeding_id, [PLACE])
        return read(opened.text)

    async def reasons(self, proceeding_id: UUID) -> dict[str, str]:
        """Of what was given more than once, the last."""
        kept: dict[str, str] = {}
        for opened in await self._sealed.read(proceeding_id, ["reasons"]):
            kept |= orjson.loads(opened.text)
        return kept

    async def fined_for_same_day(self, proceeding: Proceeding) -> tuple[UUID, ...]:
        """Cases of one subject are decided one after another, or two fines for one act would not see each other."""
        row = await self._row(proceeding.proceeding_id, lock=False)
        await self._session.execute(
            text("SELECT pg_advisory_xact_lock(:key)"),
            {"key": int.from_bytes(row["subject_key"][:8], "big", signed=True)},
        )
        act = proceeding.facts.act
        found = await self._session.scalars(
            _FINED_SAME_DAY,
            {
                "subject_key": row["subject_key"],
                "act_on": None if act is None else act.on,
                "proceeding_id": proceeding.proceeding_id,
            },
        )
        return tuple(UUID(int=each.int) for each in found)

    async def fined_for_named(self, named: Sequence[UUID]) -> tuple[UUID, ...]:
        found = await self._session.scalars(_FINED_NAMED, {"named": list(named)})
        return tuple(UUID(int=each.int) for each in found)

    async def is_about(self, proceeding_id: UUID, subject: Subject) -> bool:
        row = await self._row(proceeding_id, lock=False)
        return bool(key_of(subject, self._likeness) == row["subject_key"])

    async def check_in_term(self, proceeding: Proceeding, today: date) -> None:
        """Raises TermOver from the day on which the file is erased, whenever the timer comes to it."""
        if not proceeding.ended or proceeding.remedy.pending:
            return
        row = (await self._session.execute(_TERM, {"proceeding_id": proceeding.proceeding_id})).one()
        if row.over_on is not None and row.over_on <= today:
            await self._over(proceeding.proceeding_id)

    async def history(self, proceeding_id: UUID, *, texts: bool) -> list[Entry]:
        rows = (await self._session.execute(_STEPS, {"proceeding_id": proceeding_id})).mappings()
        if not texts:
            return [_entry(row, None) for row in rows]
        await self._check_kept(proceeding_id)
        by_place = {opened.place: orjson.loads(opened.text) for opened in await self._sealed.read(proceeding_id)}
        return [_entry(row, by_place.get(_place(row["version"]), {})) for row in rows]

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        now: datetime,
        limit: int,
        after: tuple[Any, ...] | None = None,
        kind: ProceedingKind | None = None,
        state: str | None = None,
        region: str | None = None,
        organ_kind: OrganKind | None = None,
        handler: str | None = None,
        at_risk: str | None = None,
    ) -> list[Proceeding]:
        """Newest first."""
        conditions, parameters = [], {"now": now, "limit": min(limit, MAX_LIMIT + 1)}
        within = []
        for index, each in enumerate(visible):
            parameters[f"organs{index}"] = [one.value for one in each.organs]
            within.append(f"p.organ_kind = ANY(:organs{index})")
            if each.region is not None:
                parameters[f"region{index}"] = each.region
                own = f"(p.region = :region{index} OR p.organ_region = :region{index})"
                county = f"p.county_region = :region{index}" if OrganKind.COUNTY_BUREAU in each.organs else "false"
                within[-1] = f"({within[-1]} AND {own} OR {county})"
        conditions.append(f"({' OR '.join(within)})")
        for column, value in (("kind", kind), ("state", state), ("region", region), ("organ_kind", organ_kind)):
            if value is not None:
                conditions.append(f"p.{column} = :{column}")
                parameters[column] = str(value)
        if handler is not None:
            conditions.append(":handler = ANY(p.handlers)")
            parameters["handler"] = handler
        if at_risk is not None:
            conditions.append(_RISKS[at_risk])
        if after is not None:
            conditions.append("(p.opened_on, p.proceeding_id) < (:after_on, :after_id)")
            parameters |= {"after_on": after[0], "after_id": after[1]}
        rows = await self._session.execute(
            text(
                f"SELECT p.* FROM proceedings p WHERE {' AND '.join(conditions)}"
                " ORDER BY p.opened_on DESC, p.proceeding_id DESC LIMIT :limit"
            ),
            parameters,
        )
        return [_proceeding(row) for row in rows.mappings()]

    async def _row(self, proceeding_id: UUID, *, lock: bool) -> Any:
        query = text(_ONE + " FOR UPDATE" if lock else _ONE)
        row = (await self._session.execute(query, {"proceeding_id": proceeding_id})).mappings().one_or_none()
        if row is None:
            raise NoSuchProceeding
        return row

    async def _check_kept(self, proceeding_id: UUID) -> None:
        row = await self._row(proceeding_id, lock=False)
        if row["erased_at"] is not None:
            await self._over(proceeding_id)

    async def _over(self, proceeding_id: UUID) -> None:
        row = (await self._session.execute(_TERM, {"proceeding_id": proceeding_id})).one()
        rule_id = KEPT_WITHOUT_SANCTION if row.sanction_id is None else RECORD_RULE
        raise TermOver(row.over_on, rule_id)

    async def _log(self, after: Proceeding, from_state: str, data: StepData, actor: Actor, at: datetime) -> None:
        if texts := data.texts():
            place = _place(after.version)
            await self._sealed.write(after.proceeding_id, place, orjson.dumps(texts).decode(), at)
        codes = replace(data.details, **dict.fromkeys(TEXTS))
        await self._session.execute(
            _STEP,
            {
                "proceeding_id": after.proceeding_id,
                "version": after.version,
                "step": data.step,
                "from_state": from_state,
                "to_state": after.state,
                "on": data.on,
                "at": at,
                "actor": actor.officer,
                "organ_kind": actor.organ.kind.value,
                "organ_region": actor.organ.region,
                "organ_code": actor.organ.code,
                "document_number": data.document_number,
                "details": _DETAILS.dump_json(codes, exclude_none=True).decode(),
            },
        )


async def erase_cases(database: Database, now: datetime) -> int:
    """A timer's task: at its term a case forgets its subject and all its texts, and the key to them."""
    total = 0
    while True:
        async with database.begin() as tx:
            due = (await tx.session.scalars(_DUE, {"today": local_date(now), "limit": _BATCH})).all()
            await erase_sealed(tx, due)
            await forget_words(tx, due)
            await tx.session.execute(_ERASE, {"ids": due, "now": now})
        erased = len(due)
        total += erased
        if erased == 0:
            return total


def _values(proceeding: Proceeding) -> dict[str, Any]:
    facts, county = proceeding.facts, proceeding.county
    return {
        "proceeding_id": proceeding.proceeding_id,
        "kind": proceeding.kind.value,
        "version": proceeding.version,
        "told": proceeding.told,
        "organ_kind": proceeding.organ.kind.value,
        "organ_region": proceeding.organ.region,
        "organ_code": proceeding.organ.code,
        "region": proceeding.region,
        "county_region": county and county.region,
        "county_code": county and county.code,
        "state": proceeding.state,
        "remedy": proceeding.remedy.value,
        "origin": proceeding.origin.value,
        "subject_kind": proceeding.subject_kind.value,
        "conduct_code": proceeding.conduct_code,
        "complaint_id": proceeding.complaint_id,
        "parent_id": proceeding.parent_id,
        "sanction_id": proceeding.sanction_id,
        "opened_on": proceeding.opened_on,
        "act_on": facts.act and facts.act.on,
        "fined": _fined(proceeding),
        "facts": _FACTS.dump_json(facts, exclude_defaults=True).decode(),
        "handlers": list(proceeding.handlers),
        "recused": list(proceeding.recused),
        "ended": proceeding.ended,
        "erase_on": proceeding.erase_on,
    }


def _fined(proceeding: Proceeding) -> bool:
    ruling = proceeding.facts.ruling
    if ruling is None or ruling.outcome is not ProceedingOutcome.PENALTY or proceeding.state == "WITHDRAWN":
        return False
    return ruling.penalising is not None and ruling.penalising.imposed.fine_yuan is not None


def _proceeding(row: Any) -> Proceeding:
    county = None
    if row["county_region"] is not None:
        county = Organ(OrganKind.COUNTY_BUREAU, row["county_region"], row["county_code"])
    return Proceeding(
        proceeding_id=_uuid(row["proceeding_id"]),
        kind=ProceedingKind(row["kind"]),
        organ=Organ(OrganKind(row["organ_kind"]), row["organ_region"], row["organ_code"]),
        region=row["region"],
        subject_kind=SubjectKind(row["subject_kind"]),
        origin=Origin(row["origin"]),
        state=row["state"],
        facts=_FACTS.validate_python(row["facts"]),
        opened_on=row["opened_on"],
        version=row["version"],
        told=row["told"],
        remedy=RemedyTrack(row["remedy"]),
        county=county,
        conduct_code=row["conduct_code"],
        complaint_id=row["complaint_id"] and _uuid(row["complaint_id"]),
        parent_id=row["parent_id"] and _uuid(row["parent_id"]),
        sanction_id=row["sanction_id"] and _uuid(row["sanction_id"]),
        handlers=tuple(row["handlers"]),
        recused=tuple(row["recused"]),
        erase_on=row["erase_on"],
    )


def _uuid(value: UUID) -> UUID:
    """Not asyncpg's subclass, which JSON refuses."""
    return UUID(int=value.int)


def _place(version: int) -> str:
    return f"step {version}"


def _entry(row: Any, texts: Mapping[str, str] | None) -> Entry:
    return Entry(
        version=row["version"],
        step=row["step"],
        from_state=row["from_state"],
        to_state=row["to_state"],
        on=row["on"],
        at=row["at"],
        actor=row["actor"],
        organ=Organ(OrganKind(row["organ_kind"]), row["organ_region"], row["organ_code"]),
        document_number=row["document_number"],
        details=row["details"],
        texts=texts,
    )
