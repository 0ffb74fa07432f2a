"""Objections (河南省社会信用条例 41): on which grounds, how they are answered, what stands beside the record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.identifiers import unchanging
from contracts.labels import LabelledEnum

from discipline_api.clocks.domain import Owner
from discipline_api.display.shown import Shown, ShownSubject
from discipline_api.refusals import NotFound, Refused

MARK = "objection"


class Ground(LabelledEnum):
    WRONG_PERSON = "wrong-person", "不是本人或者本所", "it is about somebody else"
    WRONG_CONTENT = "wrong-content", "公示内容有误", "what is shown is wrong"
    SHOULD_HAVE_ENDED = "should-have-ended", "公示期限应已届满", "its display should have ended"
    REPAIRED = "repaired", "已经信用修复", "it has been repaired"
    OTHER = "other", "其他", "another ground"


class Source(LabelledEnum):
    """信息提供单位: who must check, where the organ of the record cannot tell by itself."""

    DECIDING_ORGAN = "deciding-organ", "作出决定的机关", "the organ that decided"
    REGISTRY = "registry", "律师登记系统", "the register of lawyers"
    COURT = "court", "人民法院", "a court"
    CREDIT_PLATFORM = "credit-platform", "信用信息平台", "the credit platform"
    OTHER = "other-source", "其他信息提供单位", "another source"


class ObjectionState(LabelledEnum):
    OPEN = "open", "处理中", "being looked into"
    UPHELD = "upheld", "异议成立", "upheld"
    REJECTED = "rejected", "异议不成立", "rejected"
    LAPSED = "lapsed", "因记录期限届满终止", "ended with the record's term"


class Remedy(LabelledEnum):
    """What an objection that is upheld has led to."""

    CORRECTED = "corrected", "更正公示内容", "what is shown has been put right"
    WITHDRAWN = "withdrawn", "撤回公示", "the record has been withdrawn"
    SHORTENED = "shortened", "提前停止公示", "its display ends earlier"


class NotYours(NotFound):
    """One answer for what is not there and what is about somebody else."""

    def __init__(self) -> None:
        super().__init__(
            "没有这件公示记录，或者它与您无关。", "There is no such record on display, or it is not about you."
        )


class Repeated(Refused):
    """The same ground was rejected before: `earlier` is that answer."""

    def __init__(self, earlier: "Objection") -> None:
        super().__init__(
            "objection-repeated",
            "就同一理由的异议已经答复；有新的事实的，请向处理机关书面提出",
            "an objection on this ground has been answered; tell the organ in writing if there are new facts",
            field="ground",
            conflict=True,
        )
        self.earlier = earlier


class HasOrgan(Protocol):
    """Shown, or the row kept of it."""

    @property
    def organ_kind(self) -> OrganKind: ...
    @property
    def organ_region(self) -> str: ...
    @property
    def organ_code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Record:
    """The record that is remarked on, as long as its remarks are kept."""

    record_id: UUID
    organ_kind: OrganKind
    organ_region: str
    organ_code: str
    subject_key: str
    record_to_on: date


@dataclass(frozen=True, slots=True)
class Objection:
    """`gone_on` is the end of display that was told when it was filed."""

    objection_id: UUID
    record_id: UUID
    version: int
    ground: Ground
    state: ObjectionState
    by_officer: bool
    filed_at: datetime
    filed_on: date
    gone_on: date
    source: Source | None = None
    source_asked_on: date | None = None
    source_answered_on: date | None = None
    source_confirms: bool | None = None
    answered_on: date | None = None
    remedy: Remedy | None = None


def subject_key_of(subject: ShownSubject) -> str:
    number = subject.licence_number or subject.credit_code
    if number is None:
        raise ValueError("what is on display is about somebody")
    return unchanging(number)


def owner(kind: str, remark_id: UUID, record: HasOrgan) -> Owner:
    """Of a deadline: the organ whose record it is must keep it."""
    return Owner(kind, remark_id, record.organ_kind, record.organ_region, record.organ_code)


def file(
    objection_id: UUID,
    shown: Shown,
    ground: Ground,
    earlier: Sequence[Objection],
    *,
    filed_on: date,
    at: datetime,
    by_officer: bool,
    new_facts: bool,
) -> Objection:
    """Of something on display. Raises Refused while the same ground is looked into; Repeated once it was rejected."""
    same = [objection for objection in earlier if objection.ground is ground]
    if any(objection.state is ObjectionState.OPEN for objection in same):
        raise Refused(
            "objection-open",
            "同一理由的异议正在处理",
            "this ground is being looked into",
            field="ground",
            conflict=True,
        )
    rejected = [objection for objection in same if objection.state is ObjectionState.REJECTED]
    if rejected and not (by_officer and new_facts):
        raise Repeated(rejected[-1])
    return Objection(
        objection_id,
        shown.record_id,
        1,
        ground,
        ObjectionState.OPEN,
        by_officer=by_officer,
        filed_at=at,
        filed_on=filed_on,
        gone_on=shown.gone_on,
    )


def check_received(received_on: date, shown: Shown, today: date) -> None:
    """On paper it may have come some days ago, and its time runs from then."""
    if not shown.published_on <= received_on <= today:
        raise Refused(
            "received-on-out-of-range",
            "收到日期应在公示日期至今日之间",
            "was received between publication and today",
            field="received_on",
        )


def ask_source(objection: Objection, source: Source, today: date) -> Objection:
    _check_open(objection)
    if objection.source is not None:
        raise Refused("source-asked", "已请信息提供单位核查", "a source has been asked already", conflict=True)
    return replace(objection, version=objection.version + 1, source=source, source_asked_on=today)


def note_source(objection: Objection, answered_on: date, today: date, *, confirms: bool) -> Objection:
    """`confirms`: the source says that what is shown is right."""
    _check_open(objection)
    if objection.source_asked_on is None or objection.source_answered_on is not None:
        raise Refused("source-not-asked", "没有待答复的核查", "no source is to answer", conflict=True)
    if not objection.source_asked_on <= answered_on <= today:
        raise Refused(
            "answered-on-out-of-range",
            "答复日期应在请求核查之日至今日之间",
            "lies between the request and today",
            field="answered_on",
        )
    return replace(objection, version=objection.version + 1, source_answered_on=answered_on, source_confirms=confirms)


def reject(objection: Objection, today: date) -> Objection:
    _check_open(objection)
    return replace(objection, version=objection.version + 1, state=ObjectionState.REJECTED, answered_on=today)


def uphold(objection: Objection, remedy: Remedy, shown: Shown | None, today: date) -> Objection:
    """`shown` is what is on display now, if anything is: withdrawn and shortened must have been done, not promised."""
    _check_open(objection)
    if remedy is Remedy.WITHDRAWN and shown is not None:
        raise Refused(
            "record-still-shown",
            "记录仍在公示：请先撤回该决定",
            "it is still on display: withdraw the decision first",
            field="remedy",
            conflict=True,
        )
    if remedy is Remedy.SHORTENED and shown is not None and shown.gone_on >= objection.gone_on:
        raise Refused(
            "display-not-shortened",
            "公示期限未提前：请先办理信用修复",
            "its display has not been shortened: decide on the repair first",
            field="remedy",
            conflict=True,
        )
    if remedy is Remedy.CORRECTED and shown is None:
        raise Refused("record-not-shown", "记录已不在公示", "it is no longer on display", field="remedy", conflict=True)
    return replace(
        objection,
        version=objection.version + 1,
        state=ObjectionState.UPHELD,
        answered_on=today,
        remedy=remedy,
    )


def mark_of(objections: Sequence[Objection]) -> dict[str, Any] | None:
    """What stands beside the record: that it is contested, and since when; or that it has been put right. No ground."""
    open_ones = [objection for objection in objections if objection.state is ObjectionState.OPEN]
    if open_ones:
        return _mark(min(objection.filed_on for objection in open_ones), "open", "异议处理中", "contested")
    corrected = [
        objection.answered_on
        for objection in objections
        if objection.remedy is Remedy.CORRECTED and objection.answered_on is not None
    ]
    return _mark(max(corrected), "corrected", "经异议更正", "corrected after an objection") if corrected else None


def _mark(since: date, state: str, zh: str, en: str) -> dict[str, Any]:
    return {"since": since.isoformat(), "state": state, "zh": zh, "en": en}


def _check_open(objection: Objection) -> None:
    if objection.state is not ObjectionState.OPEN:
        raise Refused("objection-answered", "该异议已答复", "this objection has been answered", conflict=True)
