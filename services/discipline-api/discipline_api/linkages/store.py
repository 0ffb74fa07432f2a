"""The table of linkages, and what of its sanction explains each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Database, Tx
from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty, SubjectKind
from sqlalchemy import RowMapping, text

from discipline_api.linkages.domain import Linkage, NoSuchLinkage, UndoGround, Undone, member_region
from discipline_api.organs import Organ
from discipline_api.permissions import Visible
from discipline_api.refusals import NoSuchSanction

_REGION = text("SELECT licence_number, organ_region FROM sanctions WHERE case_id = :case_id")
_ADD = text("""
INSERT INTO linkages (linkage_id, version, case_id, link_id, consequence, keeper, region, from_on, to_on, recorded_at)
VALUES (:linkage_id, :version, :case_id, :link_id, :consequence, :keeper, :region, :from_on, :to_on, :recorded_at)
ON CONFLICT (case_id) DO NOTHING RETURNING linkage_id""")
_SAVE = text("""
UPDATE linkages SET version = :version, undone_on = :undone_on, undo_ground = :undo_ground,
    undo_document_number = :undo_document_number, undo_reason = :undo_reason, undone_by = :undone_by
WHERE linkage_id = :linkage_id""")
_SOURCE = """
SELECT l.*, s.organ_kind, s.organ_region, s.organ_code, s.document_number, s.penalties, s.decided_on, s.withdrawn_on,
    s.subject_kind, s.subject_name, s.licence_number, s.credit_code, s.firm_name
FROM linkages l JOIN sanctions s ON s.case_id = l.case_id"""
_GET = text(f"{_SOURCE} WHERE l.linkage_id = :linkage_id")
_LOCK = text("SELECT * FROM linkages WHERE linkage_id = :linkage_id FOR UPDATE")
_LOCK_OF_CASE = text("SELECT * FROM linkages WHERE case_id = :case_id FOR UPDATE")
_LIST = (
    _SOURCE
    + """
WHERE ({}) AND (CAST(:region AS text) IS NULL OR l.region = :region)
    AND (CAST(:consequence AS text) IS NULL OR l.consequence = :consequence)
    AND (CAST(:in_force_on AS date) IS NULL OR (l.undone_on IS NULL AND l.from_on <= :in_force_on
        AND (l.to_on IS NULL OR l.to_on > :in_force_on)))
    AND (CAST(:before_on AS date) IS NULL OR (l.from_on, l.linkage_id) < (:before_on, CAST(:before_id AS uuid)))
ORDER BY l.from_on DESC, l.linkage_id DESC LIMIT :limit"""
)
_FORGET = text("""
UPDATE linkages l SET undo_reason = NULL FROM sanctions s
WHERE s.case_id = l.case_id AND s.erased_at IS NOT NULL AND l.undo_reason IS NOT NULL""")


@dataclass(frozen=True, slots=True)
class Source:
    """The sanction behind a linkage; whom it is about as printed on the decision, until its record's term."""

    organ: Organ
    document_number: str
    penalties: tuple[Penalty, ...]
    decided_on: date
    withdrawn_on: date | None
    subject_kind: SubjectKind
    name: str | None
    licence_number: str | None
    credit_code: str | None
    firm_name: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    linkage: Linkage
    source: Source


class SqlLinkages:
    """Fulfils `Linkages`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def region_of_member(self, case_id: UUID) -> str:
        row = (await self._session.execute(_REGION, {"case_id": case_id})).one_or_none()
        if row is None:
            raise NoSuchSanction
        return member_region(row.licence_number, row.organ_region)

    async def add(self, linkage: Linkage, at: datetime) -> bool:
        values = {
            "linkage_id": linkage.linkage_id,
            "version": linkage.version,
            "case_id": linkage.case_id,
            "link_id": linkage.link_id,
            "consequence": linkage.consequence.value,
            "keeper": linkage.keeper.value,
            "region": linkage.region,
            "from_on": linkage.from_on,
            "to_on": linkage.to_on,
            "recorded_at": at,
        }
        return (await self._session.execute(_ADD, values)).one_or_none() is not None

    async def save(self, linkage: Linkage) -> None:
        undone = linkage.undone
        values = {
            "linkage_id": linkage.linkage_id,
            "version": linkage.version,
            "undone_on": undone and undone.on,
            "undo_ground": undone and undone.ground.value,
            "undo_document_number": undone and undone.document_number,
            "undo_reason": undone and undone.reason,
            "undone_by": undone and undone.by,
        }
        await self._session.execute(_SAVE, values)

    async def get(self, linkage_id: UUID) -> Explained:
        row = (await self._session.execute(_GET, {"linkage_id": linkage_id})).mappings().one_or_none()
        if row is None:
            raise NoSuchLinkage
        return _explained(row)

    async def get_for_update(self, linkage_id: UUID) -> Linkage:
        row = (await self._session.execute(_LOCK, {"linkage_id": linkage_id})).mappings().one_or_none()
        if row is None:
            raise NoSuchLinkage
        return _linkage(row)

    async def of_case_for_update(self, case_id: UUID) -> Linkage | None:
        row = (await self._session.execute(_LOCK_OF_CASE, {"case_id": case_id})).mappings().one_or_none()
        return None if row is None else _linkage(row)

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        region: str | None,
        consequence: Penalty | None,
        in_force_on: date | None,
        before: tuple[Any, ...] | None,
        limit: int,
    ) -> list[Explained]:
        parts, parameters = [], dict[str, Any]()
        for index, each in enumerate(visible):
            condition = f"l.keeper = ANY(CAST(:keepers_{index} AS text[]))"
            parameters[f"keepers_{index}"] = [kind.value for kind in each.organs]
            if each.region is not None:
                condition += f" AND l.region = :region_{index}"
                parameters[f"region_{index}"] = each.region
            parts.append(f"({condition})")
        rows = await self._session.execute(
            text(_LIST.format(" OR ".join(parts))),
            parameters
            | {
                "region": region,
                "consequence": consequence and consequence.value,
                "in_force_on": in_force_on,
                "before_on": before and before[0],
                "before_id": before and before[1],
                "limit": limit,
            },
        )
        return [_explained(row) for row in rows.mappings()]


async def forget_reasons(database: Database, _now: datetime) -> int:
    """A timer's task: an association's reasons may name the member; they go when his name goes."""
    async with database.begin() as tx:
        result: Any = await tx.session.execute(_FORGET)
        return int(result.rowcount)


def _linkage(row: RowMapping) -> Linkage:
    undone = None
    if row["undone_on"] is not None:
        ground = next(ground for ground in UndoGround if ground.value == row["undo_ground"])
        undone = Undone(ground, row["undone_on"], row["undo_document_number"], row["undo_reason"], row["undone_by"])
    return Linkage(
        linkage_id=UUID(int=row["linkage_id"].int),
        case_id=UUID(int=row["case_id"].int),
        link_id=row["link_id"],
        consequence=Penalty(row["consequence"]),
        keeper=_organ_kind(row["keeper"]),
        region=row["region"],
        from_on=row["from_on"],
        to_on=row["to_on"],
        undone=undone,
        version=row["version"],
    )


def _explained(row: RowMapping) -> Explained:
    source = Source(
        organ=Organ(_organ_kind(row["organ_kind"]), row["organ_region"], row["organ_code"]),
        document_number=row["document_number"],
        penalties=tuple(Penalty(penalty) for penalty in row["penalties"]),
        decided_on=row["decided_on"],
        withdrawn_on=row["withdrawn_on"],
        subject_kind=SubjectKind(row["subject_kind"]),
        name=row["subject_name"],
        licence_number=row["licence_number"],
        credit_code=row["credit_code"],
        firm_name=row["firm_name"],
    )
    return Explained(_linkage(row), source)


def _organ_kind(code: str) -> OrganKind:
    return next(kind for kind in OrganKind if kind.value == code)
