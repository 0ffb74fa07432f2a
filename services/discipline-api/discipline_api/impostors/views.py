"""What informants and officers see of practice without a licence."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import orjson
from contracts.conduct import OrganKind
from contracts.impostors import Department, ImpostorConduct, impostor_fine
from pydantic import BaseModel

from discipline_api.clocks.domain import Running, view
from discipline_api.impostors.domain import ImpostorCase, Referral
from discipline_api.impostors.terms import (
    Clock,
    Dismissal,
    Outcome,
    ReferralKind,
    ReferralResult,
    Source,
    Status,
    SuspectKind,
)
from discipline_api.receipts.intake import Receipt
from discipline_api.sealed.store import Opened

Deadlines = list[dict[str, Any]]
TOLD_INFORMANT = ("answer",)


class ConductView(BaseModel):
    code: str
    zh: str
    en: str
    by_bureau: bool
    transfer_to: list[Department]
    source: str
    verified: bool

    @classmethod
    def of(cls, row: ImpostorConduct) -> Self:
        return cls(**row.model_dump())


class ReportedView(Receipt):
    status: Status
    status_zh: str
    organ_zh: str
    received_on: date
    deadlines: Deadlines

    @classmethod
    def of(cls, case: ImpostorCase, receipt: str, clocks: Iterable[Running], now: datetime) -> Self:
        return cls(
            receipt=receipt,
            status=case.status,
            status_zh=case.status.zh,
            organ_zh=case.organ.name_zh,
            received_on=case.received_on,
            deadlines=told(clocks, now),
        )


class FollowedClue(BaseModel):
    """What the receipt opens: where it stands and what the informant is told, and nothing of anybody."""

    status: Status
    status_zh: str
    status_en: str
    organ_zh: str
    received_on: date
    opened_on: date | None
    dismissal: Dismissal | None
    dismissal_zh: str | None
    outcome: Outcome | None
    outcome_zh: str | None
    closed_on: date | None
    kept_until: date | None
    deadlines: Deadlines
    answers: list[str]

    @classmethod
    def of(cls, case: ImpostorCase, clocks: Iterable[Running], answers: Sequence[Opened], now: datetime) -> Self:
        return cls(
            status=case.status,
            status_zh=case.status.zh,
            status_en=case.status.en,
            organ_zh=case.organ.name_zh,
            received_on=case.received_on,
            opened_on=case.opened_on,
            dismissal=case.dismissal,
            dismissal_zh=None if case.dismissal is None else case.dismissal.zh,
            outcome=case.outcome,
            outcome_zh=None if case.outcome is None else case.outcome.zh,
            closed_on=case.closed_on,
            kept_until=case.kept_until,
            deadlines=told(clocks, now),
            answers=[answer.text for answer in answers],
        )


class CaseLine(BaseModel):
    """The answer to an officer's step, stored for repetitions: no person, no text, no amount."""

    case_id: UUID
    version: int
    status: Status
    status_zh: str
    organ_kind: OrganKind
    organ_region: str
    organ_zh: str
    changed_at: datetime

    @classmethod
    def of(cls, case: ImpostorCase) -> Self:
        return cls(
            case_id=case.case_id,
            version=case.version,
            status=case.status,
            status_zh=case.status.zh,
            organ_kind=case.organ.kind,
            organ_region=case.organ.region,
            organ_zh=case.organ.name_zh,
            changed_at=case.changed_at,
        )


class ReferralLine(CaseLine):
    referral_id: UUID

    @classmethod
    def with_referral(cls, case: ImpostorCase, referral: Referral) -> Self:
        return cls(**CaseLine.of(case).model_dump(), referral_id=referral.referral_id)


class CaseView(CaseLine):
    """Metadata for desks: no name, no text."""

    source: Source
    suspect_kind: SuspectKind
    conduct: list[str]
    received_on: date
    source_received_on: date | None
    opened_on: date | None
    decided_on: date | None
    dismissal: Dismissal | None
    outcome: Outcome | None
    closed_on: date | None
    kept_until: date | None
    deadlines: Deadlines

    @classmethod
    def seen(cls, case: ImpostorCase, clocks: Iterable[Running], now: datetime) -> Self:
        return cls(**_metadata(case, clocks, now))


class ReferralView(BaseModel):
    referral_id: UUID
    kind: ReferralKind
    department: Department
    department_zh: str
    asked_on: date
    acknowledged_on: date | None
    result: ReferralResult | None
    result_zh: str | None
    result_on: date | None
    open: bool
    deadlines: Deadlines

    @classmethod
    def of(cls, referral: Referral, clocks: Iterable[Running], now: datetime) -> Self:
        return cls(
            referral_id=referral.referral_id,
            kind=referral.kind,
            department=referral.department,
            department_zh=referral.department.zh,
            asked_on=referral.asked_on,
            acknowledged_on=referral.acknowledged_on,
            result=referral.result,
            result_zh=None if referral.result is None else referral.result.zh,
            result_on=referral.result_on,
            open=referral.open,
            deadlines=told((clock for clock in clocks if clock.owner.id == referral.referral_id), now),
        )


class FinedView(BaseModel):
    document_number: str
    notified_on: date
    decided_on: date
    served_on: date
    gains_yuan: Decimal
    confiscated_yuan: Decimal
    fine_yuan: Decimal
    stopped: bool = True
    basis: str
    verified: bool


class OneCase(CaseView):
    fined: FinedView | None
    referrals: list[ReferralView]

    @classmethod
    def one(cls, case: ImpostorCase, referrals: Sequence[Referral], clocks: Sequence[Running], now: datetime) -> Self:
        own = [clock for clock in clocks if clock.owner.id == case.case_id]
        fined, bounds = case.fined, impostor_fine()
        return cls(
            **_metadata(case, own, now),
            fined=None
            if fined is None
            else FinedView(
                document_number=fined.document_number,
                notified_on=fined.notified_on,
                decided_on=fined.decided_on,
                served_on=fined.served_on,
                gains_yuan=fined.gains_yuan,
                confiscated_yuan=fined.gains_yuan,
                fine_yuan=fined.fine_yuan,
                basis=bounds.source,
                verified=bounds.verified,
            ),
            referrals=[ReferralView.of(referral, clocks, now) for referral in referrals],
        )


class WordsView(BaseModel):
    place: str
    at: datetime
    text: str


class OpenedCase(BaseModel):
    """The content; making one is audited."""

    case_id: UUID
    suspect: dict[str, Any]
    informant: dict[str, Any] | None
    source: dict[str, Any] | None
    texts: list[WordsView]

    @classmethod
    def of(cls, case: ImpostorCase, texts: Sequence[Opened]) -> Self:
        parts = {opened.place: orjson.loads(opened.text) for opened in texts if opened.place in _DOCUMENTS}
        return cls(
            case_id=case.case_id,
            suspect=parts["suspect"],
            informant=parts.get("informant"),
            source=parts.get("source"),
            texts=[WordsView(place=t.place, at=t.at, text=t.text) for t in texts if t.place not in _DOCUMENTS],
        )


_DOCUMENTS = frozenset({"suspect", "informant", "source"})


def told(clocks: Iterable[Running], now: datetime) -> Deadlines:
    return [view(clock, now) | {"zh": Clock(clock.name).zh, "en": Clock(clock.name).en} for clock in clocks]


def _metadata(case: ImpostorCase, clocks: Iterable[Running], now: datetime) -> dict[str, Any]:
    same = (
        "source", "suspect_kind", "received_on", "source_received_on", "opened_on", "dismissal", "outcome",
        "closed_on", "kept_until",
    )  # fmt: skip
    return (
        CaseLine.of(case).model_dump()
        | {name: getattr(case, name) for name in same}
        | {
            "conduct": list(case.conduct),
            "decided_on": None if case.fined is None else case.fined.decided_on,
            "deadlines": told(clocks, now),
        }
    )
