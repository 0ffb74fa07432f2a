"""Remarks as requests and answers. What a POST answers is kept for replay, so it names nobody and repeats no text."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.http import RequestModel
from contracts.labels import LabelledEnum
from pydantic import BaseModel, Field

from discipline_api.clocks.domain import Running, view
from discipline_api.record.domain import Correction
from discipline_api.remarks.domain import Ground, Objection, Remedy, Source
from discipline_api.text import FreeText, NameText


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
    facts: FreeText | None = None

    def correction(self) -> Correction:
        return Correction(self.name, self.firm_name, self.facts)


class AnswerObjection(RequestModel):
    upheld: bool
    reasons: FreeText = Field(description="告知异议人的理由 / told to who objected.")
    remedy: Remedy | None = Field(default=None, description="异议成立时的处理 / what was done, where it is upheld.")
    correction: CorrectionBody | None = None


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


def views_of(remark_id: UUID, deadlines: Sequence[Running], now: datetime) -> list[dict[str, Any]]:
    return [view(running, now) for running in deadlines if running.owner.id == remark_id]
