"""Readings and what-if tables as they are sent and shown."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from common.clock import LegalDay
from common.http import RequestModel
from contracts.plan import Target, plan
from progress_store.queries.policies import Parameter
from pydantic import BaseModel, Field

from progress_api.policies.domain import Proposal, ReadingOf
from progress_api.policies.use_cases import Outcome, Said
from progress_api.views import ReasonView

Words = Annotated[str, Field(min_length=2, max_length=200)]


class ChooseReading(RequestModel):
    """value: one of the parameter's options as text; of as_of_default a day of the plan's last year."""

    parameter: str = Field(max_length=50, examples=["count_suspended_lawyers"])
    target: str | None = Field(None, max_length=10, examples=["T1"])
    value: str = Field(min_length=1, max_length=50)
    from_on: LegalDay = Field(description="自何日起施行 / from which day it holds")
    document_number: Words
    document_issuer: Words
    document_date: LegalDay

    def said(self) -> Said:
        return Said(**self.model_dump())


class ChoiceView(BaseModel):
    choice_id: UUID
    version: int
    state: Literal["entered", "confirmed", "withdrawn"]
    parameter: str
    target: str | None
    value: str
    from_on: date
    document_number: str
    document_issuer: str
    document_date: date

    @classmethod
    def of(cls, found: Proposal) -> "ChoiceView":
        state: Literal["entered", "confirmed", "withdrawn"] = "confirmed" if found.confirmed_at else "entered"
        return cls(
            choice_id=found.choice_id,
            version=found.version,
            state="withdrawn" if found.withdrawn_at else state,
            parameter=found.parameter,
            target=found.target,
            value=found.value,
            from_on=found.from_on,
            document_number=found.document_number,
            document_issuer=found.document_issuer,
            document_date=found.document_date,
        )


class ChoicesView(BaseModel):
    items: list[ChoiceView]


class ReadingView(BaseModel):
    """official: in force on the day, the plan's default where the department has chosen nothing.

    options: empty where any day of the plan's last year may be chosen; with one option there is nothing to choose.
    changes_numbers: False where the number comes from published tables whatever is read.
    """

    parameter: str
    target: str | None
    target_zh: str | None
    target_en: str | None
    options: list[str]
    one_reading_only: bool
    changes_numbers: bool
    default: str
    official: str
    since: date | None
    document_number: str | None
    document_issuer: str | None
    document_date: date | None
    ambiguities: list[str]

    @classmethod
    def of(cls, found: ReadingOf) -> "ReadingView":
        target = None if found.target is None else plan().target(found.target)
        choice = found.choice
        return cls(
            parameter=found.parameter.name,
            target=found.target,
            target_zh=None if target is None else target.title_zh,
            target_en=None if target is None else target.title_en,
            options=list(found.parameter.options),
            one_reading_only=len(found.parameter.options) == 1,
            changes_numbers=found.parameter.changes_numbers_of(found.target),
            default=found.default,
            official=found.value,
            since=None if choice is None else choice.from_on,
            document_number=None if choice is None else choice.document_number,
            document_issuer=None if choice is None else choice.document_issuer,
            document_date=None if choice is None else choice.document_date,
            ambiguities=[item.id for item in plan().ambiguities if item.parameter == found.parameter.name],
        )


class ReadingsView(BaseModel):
    as_of: date
    readings: list[ReadingView]


class OutcomeView(BaseModel):
    """official: the reading in force on the day; default: the plan's own."""

    parameters: dict[Parameter, Any]
    official: bool
    default: bool
    bound: int | None
    value: int | float | None
    at_threshold: int | None
    gap: int | None
    attained: bool | None
    reason: ReasonView | None
    evidence: str | None

    @classmethod
    def of(cls, found: Outcome) -> "OutcomeView":
        return cls(
            parameters=found.parameters,
            official=found.official,
            default=found.default,
            bound=found.bound,
            value=found.value,
            at_threshold=found.at_threshold,
            gap=found.gap,
            attained=found.attained,
            reason=ReasonView.of(found.reason),
            evidence=found.evidence,
        )


class TargetOutcomesView(BaseModel):
    target: str
    title_zh: str
    title_en: str
    indicator: str
    unit: str
    op: str
    outcomes: list[OutcomeView]


class WhatIfView(BaseModel):
    as_of: date
    region: str | None
    targets: list[TargetOutcomesView]

    @classmethod
    def of(cls, table: Sequence[tuple[Target, Sequence[Outcome]]], *, as_of: date, region: str | None) -> "WhatIfView":
        return cls(
            as_of=as_of,
            region=region,
            targets=[
                TargetOutcomesView(
                    target=target.id,
                    title_zh=target.title_zh,
                    title_en=target.title_en,
                    indicator=target.indicator,
                    unit=target.unit,
                    op=target.op.value,
                    outcomes=[OutcomeView.of(outcome) for outcome in outcomes],
                )
                for target, outcomes in table
            ],
        )
