"""The statement that a subject places beside a record about itself: moderated, short, gone with the record."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.labels import LabelledEnum

from discipline_api.refusals import Refused

MARK = "statement"
LONGEST = 500
"""Characters; ours, no law says how long it may be."""


class StatementState(LabelledEnum):
    PROPOSED = "proposed", "待审核", "waiting to be read"
    SHOWN = "shown", "展示中", "beside the record"
    REFUSED = "refused", "未通过审核", "refused"
    REPLACED = "replaced", "已被新的声明取代", "replaced by a newer one"
    RETRACTED = "retracted", "当事人撤回", "retracted"
    LAPSED = "lapsed", "随公示终止", "gone with the record"


PENDING = (StatementState.PROPOSED, StatementState.SHOWN)


class StatementGround(LabelledEnum):
    """Why a statement is refused; nothing else is a ground."""

    THIRD_PARTY = "third-party", "涉及第三人", "it is about somebody else"
    IDENTIFIERS = (
        "identifiers",
        "含有号码、住址或者联系方式",
        "it holds a number, an address or a way to reach somebody",
    )
    INSULT = "insult", "侮辱、诽谤他人", "it insults or defames"
    SECRET = "secret", "涉及国家秘密、商业秘密或者案件秘密", "it tells a secret"
    ADVERTISING = "advertising", "广告宣传", "it advertises"
    OFF_TOPIC = "off-topic", "与该记录无关", "it has nothing to do with the record"


@dataclass(frozen=True, slots=True)
class Statement:
    statement_id: UUID
    record_id: UUID
    version: int
    state: StatementState
    filed_at: datetime
    filed_on: date
    decided_on: date | None = None
    ground: StatementGround | None = None
    ended_on: date | None = None


def accept(statement: Statement, today: date) -> Statement:
    _check_proposed(statement)
    return replace(statement, version=statement.version + 1, state=StatementState.SHOWN, decided_on=today)


def refuse(statement: Statement, ground: StatementGround, today: date) -> Statement:
    _check_proposed(statement)
    return replace(
        statement, version=statement.version + 1, state=StatementState.REFUSED, decided_on=today, ground=ground
    )


def replaced(statement: Statement, today: date) -> Statement:
    """By a newer one: a proposal by the next proposal, what is shown by what is accepted."""
    return replace(statement, version=statement.version + 1, state=StatementState.REPLACED, ended_on=today)


def retract(statement: Statement, today: date) -> Statement:
    if statement.state not in PENDING:
        raise Refused(
            "statement-ended", "该声明已不在展示或待审核", "it is neither shown nor waiting any more", conflict=True
        )
    return replace(statement, version=statement.version + 1, state=StatementState.RETRACTED, ended_on=today)


def mark(statement: Statement, text: str) -> dict[str, Any]:
    since = statement.decided_on and statement.decided_on.isoformat()
    return {"since": since, "text": text, "zh": "当事人声明", "en": "statement of the subject"}


def _check_proposed(statement: Statement) -> None:
    if statement.state is not StatementState.PROPOSED:
        raise Refused("statement-decided", "该声明不在待审核状态", "it does not wait to be read", conflict=True)
