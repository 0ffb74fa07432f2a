"""A deadline as every answer shows it."""

from datetime import date, datetime
from typing import Any, Self

from contracts.deadlines import rule
from contracts.rights_proceedings import rights_clocks
from pydantic import BaseModel

from rights_api.clocks.domain import Clock, Mark, State


class DatingView(BaseModel):
    """One reckoning of a deadline; the last one stands."""

    why: str
    why_zh: str
    due_on: date
    due_at: datetime
    provisional: bool


class MarkView(BaseModel):
    mark: Mark
    mark_zh: str
    at: datetime


class ClockView(BaseModel):
    """A deadline that explains itself; `due_at` is the instant from which it is missed."""

    name: str
    name_zh: str
    state: State
    state_zh: str
    bearer: str
    due_at: datetime
    due_on: date
    rule_id: str
    article: str
    verified: bool
    provisional: bool
    explanation_zh: str
    explanation_en: str
    counted: list[date]
    skipped: list[dict[str, Any]]
    made_up: list[date]
    rolled: list[dict[str, Any]]
    datings: list[DatingView]
    marks: list[MarkView]

    @classmethod
    def of(cls, clock: Clock, now: datetime) -> Self:
        dating, told, state = clock.current, clock.current.explanation, clock.state(now)
        return cls(
            name=clock.name,
            name_zh=_name_zh(clock),
            state=state,
            state_zh=state.zh,
            bearer=clock.bearer.value,
            due_at=dating.due_at,
            due_on=dating.due_on,
            rule_id=clock.rule_id,
            article=told["article"],
            verified=told["verified"],
            provisional=dating.provisional,
            explanation_zh=told["zh"],
            explanation_en=told["en"],
            counted=told["counted"],
            skipped=told["skipped"],
            made_up=told["made_up"],
            rolled=told["rolled"],
            datings=[
                DatingView(
                    why=d.why.value, why_zh=d.why.zh, due_on=d.due_on, due_at=d.due_at, provisional=d.provisional
                )
                for d in clock.datings
            ],
            marks=[MarkView(mark=m.mark, mark_zh=m.mark.zh, at=m.at) for m in clock.marks],
        )


def _name_zh(clock: Clock) -> str:
    declared = rights_clocks().get(clock.name)
    return rule(clock.rule_id).note_zh if declared is None else declared.zh
