"""Clues and cases in PostgreSQL: codes, days and amounts; whatever was said of whom is sealed elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.database import Database, Tx, sqlstate
from contracts.conduct import OrganKind
from contracts.counties import COUNTIES
from contracts.impostors import Department
from contracts.working_days import local_date
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from discipline_api.impostors.domain import Fined, ImpostorCase, Referral
from discipline_api.impostors.terms import (
    Dismissal,
    Outcome,
    ReferralKind,
    ReferralResult,
    Source,
    Status,
    SuspectKind,
)
from discipline_api.organs import Organ
from discipline_api.permissions import Visible
from discipline_api.receipts.store import SqlReceipts
from discipline_api.refusals import NotFound, Refused
from discipline_api.sealed.store import erase_sealed

_BATCH = 200
_FIXED = ("case_id", "source", "suspect_kind", "received_on", "source_received_on", "reported_at")
_OF_FINE = ("document_number", "document_key", "notified_on", "decided_on", "served_on", "gains_yuan", "fine_yuan")
_CHANGING = (
    "version", "status", "changed_at", "organ_kind", "organ_region", "conduct", "opened_on", "dismissal", *_OF_FINE,
    "confiscated_yuan", "outcome", "closed_on", "kept_until",
)  # fmt: skip
_COLUMNS = ", ".join((*_FIXED, *_CHANGING))
_REFERRAL = ("referral_id", "kind", "department", "asked_on", "acknowledged_on", "result", "result_on")

_ADD = text(f"INSERT INTO impostor_cases ({_COLUMNS}) VALUES ({', '.join(f':{c}' for c in (*_FIXED, *_CHANGING))})")
_SAVE = text(f"""
UPDATE impostor_cases SET {", ".join(f"{name} = :{name}" for name in _CHANGING)}
WHERE case_id = :case_id AND version = :version - 1 RETURNING case_id""")
_GET = f"SELECT {_COLUMNS} FROM impostor_cases WHERE case_id = :case_id"
_ADD_REFERRAL = text(f"""
INSERT INTO impostor_referrals (case_id, {", ".join(_REFERRAL)})
VALUES (:case_id, {", ".join(f":{name}" for name in _REFERRAL)})""")
_SAVE_REFERRAL = text("""
UPDATE impostor_referrals SET acknowledged_on = :acknowledged_on, result = :result, result_on = :result_on
WHERE referral_id = :referral_id""")
_REFERRALS = text(f"""
SELECT {", ".join(_REFERRAL)} FROM impostor_referrals WHERE case_id = :case_id ORDER BY asked_on, referral_id""")
_ERASE = text("""
WITH over AS (SELECT case_id FROM impostor_cases WHERE erased_at IS NULL AND kept_until < :today
    ORDER BY kept_until LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE impostor_cases c SET erased_at = :now FROM over WHERE c.case_id = over.case_id RETURNING c.case_id""")
_UNIQUE_VIOLATION = "23505"


class NoSuchCase(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这件假冒律师线索或案件。", "There is no such clue or case.")


class SqlImpostorCases:
    """Fulfils `Cases`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def add(self, case: ImpostorCase) -> None:
        await self._session.execute(_ADD, _fixed(case) | _changing(case))

    async def get(self, case_id: UUID, *, lock: bool = False) -> ImpostorCase:
        query = text(f"{_GET} FOR UPDATE" if lock else _GET)
        row = (await self._session.execute(query, {"case_id": case_id})).mappings().one_or_none()
        if row is None:
            raise NoSuchCase
        return _case(row)

    async def save(self, case: ImpostorCase) -> None:
        try:
            # The version in the condition holds even if a caller forgot to lock.
            saved = await self._session.execute(_SAVE, _changing(case) | {"case_id": case.case_id})
        except IntegrityError as error:
            if sqlstate(error) == _UNIQUE_VIOLATION:
                raise Refused(
                    "document-number-taken",
                    "该机关已有同文号的决定",
                    "this organ has a decision of that number",
                    field="document_number",
                    conflict=True,
                ) from error
            raise
        saved.one()

    async def add_referral(self, case_id: UUID, referral: Referral) -> None:
        await self._session.execute(_ADD_REFERRAL, _referral_row(referral) | {"case_id": case_id})

    async def save_referral(self, referral: Referral) -> None:
        await self._session.execute(_SAVE_REFERRAL, _referral_row(referral))

    async def referrals(self, case_id: UUID) -> list[Referral]:
        rows = (await self._session.execute(_REFERRALS, {"case_id": case_id})).mappings()
        return [_referral(row) for row in rows]

    async def search(
        self, visible: Sequence[Visible], *, limit: int, after: tuple[Any, ...] | None, status: Status | None
    ) -> list[ImpostorCase]:
        """Oldest first; erased ones are no longer listed."""
        parameters: dict[str, Any] = {"limit": limit}
        reach = []
        for n, seen in enumerate(visible):
            parameters |= {f"kinds{n}": [kind.value for kind in seen.organs], f"regions{n}": _regions(seen.region)}
            reach.append(
                f"organ_kind = ANY(:kinds{n})"
                f" AND (CAST(:regions{n} AS text[]) IS NULL OR organ_region = ANY(:regions{n}))"
            )
        conditions = [f"({' OR '.join(reach)})", "erased_at IS NULL"]
        if status is not None:
            conditions.append("status = :status")
            parameters["status"] = status.value
        if after is not None:
            conditions.append("(reported_at, case_id) > (:after_at, :after_id)")
            parameters |= {"after_at": after[0], "after_id": after[1]}
        rows = await self._session.execute(
            text(
                f"SELECT {_COLUMNS} FROM impostor_cases WHERE {' AND '.join(conditions)}"
                " ORDER BY reported_at, case_id LIMIT :limit"
            ),
            parameters,
        )
        return [_case(row) for row in rows.mappings()]


async def when_retention_is_over_erase_impostor_cases(database: Database, now: datetime) -> int:
    """A timer's task; what is left are codes, days and amounts."""
    total = 0
    while True:
        async with database.begin() as tx:
            parameters: dict[str, Any] = {"today": local_date(now), "now": now, "limit": _BATCH}
            erased = [_id(found) for found in await tx.session.scalars(_ERASE, parameters)]
            await erase_sealed(tx, erased)
            await SqlReceipts(tx).close_sessions(erased)
        total += len(erased)
        if len(erased) < _BATCH:
            return total


def _regions(region: str | None) -> list[str] | None:
    """A city's bureau looks after its counties'."""
    if region is None:
        return None
    return [region, *(code for code, county in COUNTIES.items() if county.region == region)]


def _id(value: UUID) -> UUID:
    return UUID(int=value.int)


def _fixed(case: ImpostorCase) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "source": case.source.value,
        "suspect_kind": case.suspect_kind.value,
        "received_on": case.received_on,
        "source_received_on": case.source_received_on,
        "reported_at": case.reported_at,
    }


def _changing(case: ImpostorCase) -> dict[str, Any]:
    fined = case.fined
    return {name: None if fined is None else getattr(fined, name) for name in _OF_FINE} | {
        "version": case.version,
        "status": case.status.value,
        "changed_at": case.changed_at,
        "organ_kind": case.organ.kind.value,
        "organ_region": case.organ.region,
        "conduct": list(case.conduct),
        "opened_on": case.opened_on,
        "dismissal": None if case.dismissal is None else case.dismissal.value,
        "confiscated_yuan": None if fined is None else fined.gains_yuan,
        "outcome": None if case.outcome is None else case.outcome.value,
        "closed_on": case.closed_on,
        "kept_until": case.kept_until,
    }


def _case(row: Any) -> ImpostorCase:
    return ImpostorCase(
        case_id=_id(row["case_id"]),
        organ=Organ(OrganKind(row["organ_kind"]), row["organ_region"], ""),
        source=Source(row["source"]),
        suspect_kind=SuspectKind(row["suspect_kind"]),
        conduct=tuple(row["conduct"]),
        status=Status(row["status"]),
        version=row["version"],
        received_on=row["received_on"],
        reported_at=row["reported_at"],
        changed_at=row["changed_at"],
        source_received_on=row["source_received_on"],
        opened_on=row["opened_on"],
        dismissal=None if row["dismissal"] is None else Dismissal(row["dismissal"]),
        fined=None if row["decided_on"] is None else Fined(**{name: row[name] for name in _OF_FINE}),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        closed_on=row["closed_on"],
        kept_until=row["kept_until"],
    )


def _referral_row(referral: Referral) -> dict[str, Any]:
    return {
        "referral_id": referral.referral_id,
        "kind": referral.kind.value,
        "department": referral.department.value,
        "asked_on": referral.asked_on,
        "acknowledged_on": referral.acknowledged_on,
        "result": None if referral.result is None else referral.result.value,
        "result_on": referral.result_on,
    }


def _referral(row: Any) -> Referral:
    return Referral(
        referral_id=_id(row["referral_id"]),
        kind=ReferralKind(row["kind"]),
        department=Department(row["department"]),
        asked_on=row["asked_on"],
        acknowledged_on=row["acknowledged_on"],
        result=None if row["result"] is None else ReferralResult(row["result"]),
        result_on=row["result_on"],
    )
