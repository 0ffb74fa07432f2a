"""Remarks as requests and answers. What a POST answers is kept for replay, so it names nobody and repeats no text."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.labels import LabelledEnum
from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from discipline_api.clocks.domain import Running, view
from discipline_api.record.revisions import Correction
from discipline_api.refusals import Refused
from discipline_api.remarks.domain import Ground, Objection, Remedy, Source
from discipline_api.remarks.repair import COMMITMENT, Duties, RefusalGround, Repair, RepairState
from discipline_api.remarks.statement import LONGEST, Statement, StatementGround, StatementState
from discipline_api.text import FreeText, NameText, PublicText, as_spoken, fit_for_the_public

T = TypeVar("T")

_DIGITS = re.compile(r"[0-9]{5,}")
_ADDRESS = re.compile(r"https?:|www\.", re.IGNORECASE)


def _without_any_number(text: str) -> str:
    """Years and days may be told; what identifies or reaches somebody may not."""
    plain = as_spoken(fit_for_the_public(text))
    if _DIGITS.search(plain) or _ADDRESS.search(plain):
        raise Invalid("不得含有号码、网址或者联系方式", "must hold no numbers, addresses or ways to reach somebody")
    return text


AtRisk = Annotated[bool, Query(description="期限将到或已过 / a deadline warns or is overdue")]
StatementText = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_without_any_number)]


class FileObjection(RequestModel):
    ground: Ground
    text: FreeText
    received_on: date | None = Field(
        default=None, description="书面异议的收到日期，仅由机关填写 / when it came on paper; for officers."
    )
    new_facts: FreeText | None = Field(
        default=None,
        description="同一理由曾被驳回时据以重新受理的新事实 / why a rejected ground is taken up again; for officers.",
    )


class AskSource(RequestModel):
    source: Source


class SourceAnswer(RequestModel):
    answered_on: date
    confirms: bool = Field(description="信息提供单位确认公示无误 / the source says that what is shown is right.")


class CorrectionBody(RequestModel):
    """As the decision itself says it."""

    name: NameText | None = None
    firm_name: NameText | None = None
    facts: PublicText | None = None
    checked_for_third_parties: bool = Field(
        default=False, description="已确认事实中没有未成年人和第三人 / nobody else is recognisable in the facts."
    )

    def correction(self, officer: str) -> Correction:
        checked_by = officer if self.checked_for_third_parties and self.facts is not None else None
        return Correction(self.name, self.firm_name, self.facts, checked_by)


class AnswerObjection(RequestModel):
    upheld: bool
    reasons: FreeText = Field(description="告知异议人的理由 / told to who objected.")
    remedy: Remedy | None = Field(default=None, description="异议成立时的处理 / what was done, where it is upheld.")
    correction: CorrectionBody | None = None


class ApplyForRepair(RequestModel):
    commitment_version: str = Field(
        max_length=32, examples=[COMMITMENT.version], description="所接受的信用承诺版本 / of the commitment accepted."
    )
    received_on: date | None = Field(
        default=None, description="书面申请的收到日期，仅由机关填写 / when it came on paper; for officers."
    )


class RepairAcceptance(RequestModel):
    accepted: bool
    ground: RefusalGround | None = None
    reasons: FreeText | None = Field(default=None, description="不予受理的理由 / why it is not accepted.")


class ExtendRepair(RequestModel):
    reason: FreeText


class DutiesBody(RequestModel):
    fine_paid_on: date | None = None
    confiscation_paid_on: date | None = None
    suspension_served_on: date | None = None

    def duties(self) -> Duties:
        return Duties(self.fine_paid_on, self.confiscation_paid_on, self.suspension_served_on)


class DecideRepair(RequestModel):
    granted: bool
    duties: DutiesBody = Field(default=DutiesBody(), description="机关确认的义务履行日期 / days found by the organ.")
    ground: RefusalGround | None = None
    reasons: FreeText = Field(description="告知申请人的理由 / told to the applicant.")


class SiteAnswer(RequestModel):
    answered_on: date


class ProposeStatement(RequestModel):
    text: StatementText = Field(description="不得涉及第三人 / about nobody else.")


class Moderate(RequestModel):
    accepted: bool
    ground: StatementGround | None = None


def present(field: str, value: T | None) -> T:
    if value is None:
        raise Refused("value-missing", f"{field} 必须填写", f"{field} is required here", field=field)
    return value


def check_absent(field: str, value: object) -> None:
    if value is not None:
        raise Refused("value-out-of-place", f"{field} 不适用于此处", f"{field} does not belong here", field=field)


class Labelled(BaseModel):
    """A code of a closed list, said in both languages."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, member: LabelledEnum) -> "Labelled":
        return cls(code=member.value, zh=member.zh, en=member.en)

    @classmethod
    def maybe(cls, member: LabelledEnum | None) -> "Labelled | None":
        return None if member is None else cls.of(member)


class ObjectionLine(BaseModel):
    objection_id: UUID
    record_id: UUID
    version: int
    ground: Labelled
    state: Labelled
    by_officer: bool
    filed_on: date
    source: Labelled | None
    source_asked_on: date | None
    source_answered_on: date | None
    source_confirms: bool | None
    answered_on: date | None
    remedy: Labelled | None
    deadlines: list[dict[str, Any]]

    @classmethod
    def of(cls, objection: Objection, deadlines: Sequence[Running], now: datetime) -> "ObjectionLine":
        return cls(**_line(objection, deadlines, now))


class ObjectionView(ObjectionLine):
    """With what was written: for who objected, and for the organ whose record it is."""

    text: str
    new_facts: str | None
    reasons: str | None

    @classmethod
    def with_texts(
        cls, objection: Objection, texts: dict[str, str], deadlines: Sequence[Running], now: datetime
    ) -> "ObjectionView":
        said = {"new_facts": None, "reasons": None} | texts
        return cls(**_line(objection, deadlines, now), **said)


def _line(objection: Objection, deadlines: Sequence[Running], now: datetime) -> dict[str, Any]:
    return {
        "objection_id": objection.objection_id,
        "record_id": objection.record_id,
        "version": objection.version,
        "ground": Labelled.of(objection.ground),
        "state": Labelled.of(objection.state),
        "by_officer": objection.by_officer,
        "filed_on": objection.filed_on,
        "source": Labelled.maybe(objection.source),
        "source_asked_on": objection.source_asked_on,
        "source_answered_on": objection.source_answered_on,
        "source_confirms": objection.source_confirms,
        "answered_on": objection.answered_on,
        "remedy": Labelled.maybe(objection.remedy),
        "deadlines": views_of(objection.objection_id, deadlines, now),
    }


class CommitmentView(BaseModel):
    version: str
    zh: str
    en: str


class RepairLine(BaseModel):
    repair_id: UUID
    record_id: UUID
    version: int
    state: Labelled
    by_officer: bool
    filed_on: date
    commitment_version: str
    accepted_on: date | None
    extended_on: date | None
    decided_on: date | None
    ground: Labelled | None
    duties: dict[str, date | None]
    display_to_on: date | None
    site_answered_on: date | None
    deadlines: list[dict[str, Any]]

    @classmethod
    def of(cls, repair: Repair, deadlines: Sequence[Running], now: datetime) -> "RepairLine":
        return cls(**_repair(repair, deadlines, now))


class RepairView(RepairLine):
    reasons: str | None
    extension_reason: str | None

    @classmethod
    def with_texts(
        cls, repair: Repair, texts: dict[str, str], deadlines: Sequence[Running], now: datetime
    ) -> "RepairView":
        return cls(**_repair(repair, deadlines, now), **{"reasons": None, "extension_reason": None} | texts)


def _repair(repair: Repair, deadlines: Sequence[Running], now: datetime) -> dict[str, Any]:
    return {
        "repair_id": repair.repair_id,
        "record_id": repair.record_id,
        "version": repair.version,
        "state": Labelled.of(repair.state),
        "by_officer": repair.by_officer,
        "filed_on": repair.filed_on,
        "commitment_version": repair.commitment_version,
        "accepted_on": repair.accepted_on,
        "extended_on": repair.extended_on,
        "decided_on": repair.decided_on,
        "ground": Labelled.maybe(repair.ground),
        "duties": {
            "fine_paid_on": repair.fine_paid_on,
            "confiscation_paid_on": repair.confiscation_paid_on,
            "suspension_served_on": repair.suspension_served_on,
        },
        "display_to_on": repair.display_to_on,
        "site_answered_on": repair.site_answered_on,
        "deadlines": views_of(repair.repair_id, deadlines, now, lapsed=repair.state is RepairState.LAPSED),
    }


class StatementLine(BaseModel):
    statement_id: UUID
    record_id: UUID
    version: int
    state: Labelled
    filed_on: date
    decided_on: date | None
    ground: Labelled | None
    ended_on: date | None
    deadlines: list[dict[str, Any]]

    @classmethod
    def of(cls, statement: Statement, deadlines: Sequence[Running], now: datetime) -> "StatementLine":
        return cls(**_statement(statement, deadlines, now))


class StatementView(StatementLine):
    text: str

    @classmethod
    def with_texts(
        cls, statement: Statement, texts: dict[str, str], deadlines: Sequence[Running], now: datetime
    ) -> "StatementView":
        return cls(**_statement(statement, deadlines, now), **texts)


def _statement(statement: Statement, deadlines: Sequence[Running], now: datetime) -> dict[str, Any]:
    lapsed = statement.state is StatementState.LAPSED
    return {
        "statement_id": statement.statement_id,
        "record_id": statement.record_id,
        "version": statement.version,
        "state": Labelled.of(statement.state),
        "filed_on": statement.filed_on,
        "decided_on": statement.decided_on,
        "ground": Labelled.maybe(statement.ground),
        "ended_on": statement.ended_on,
        "deadlines": views_of(statement.statement_id, deadlines, now, lapsed=lapsed),
    }


class OwnRecord(BaseModel):
    """A record about the caller as the public reads it, and what was said and asked about it."""

    record_id: UUID
    on_display: bool
    record: dict[str, Any] | None
    repair_possible_from: date | None
    objections: list[ObjectionLine]
    repairs: list[RepairLine]
    statements: list[StatementLine]


class OwnRecords(BaseModel):
    items: list[OwnRecord]


def views_of(
    remark_id: UUID, deadlines: Sequence[Running], now: datetime, *, lapsed: bool = False
) -> list[dict[str, Any]]:
    """`lapsed`: what still runs in the table does so only until the timer has come to it."""
    return [
        view(running, now)
        for running in deadlines
        if running.owner.id == remark_id and not (lapsed and running.met_on is None and running.lapsed_on is None)
    ]
