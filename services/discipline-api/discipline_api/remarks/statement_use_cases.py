"""Statements: proposed by the subject, read by the organ, shown beside the record, taken back at any time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import uuid4

from contracts.working_days import local_date

from discipline_api.clocks.domain import begin
from discipline_api.display.shown import Shown
from discipline_api.refusals import Refused
from discipline_api.remarks import statement as rules
from discipline_api.remarks.domain import owner
from discipline_api.remarks.statement import Statement, StatementGround, StatementState
from discipline_api.remarks.use_cases import Clocks

MODERATION = "statement-moderation"


class Statements(Protocol):
    async def add(self, statement: Statement, /, *, text: str) -> None: ...
    async def save(self, statement: Statement, /) -> None: ...
    async def of_record(self, record_id: Any, /) -> Sequence[Statement]: ...


class Display(Protocol):
    async def mark(self, shown: Shown, name: str, value: dict[str, Any] | None, at: datetime) -> Shown: ...


async def propose_statement(
    statements: Statements, clocks: Clocks, shown: Shown, *, text: str, now: datetime
) -> Statement:
    """A proposal that still waits is replaced; what is shown stays until the new one is accepted."""
    today = local_date(now)
    await _replace(statements, clocks, shown, StatementState.PROPOSED, today)
    statement = Statement(uuid4(), shown.record_id, 1, StatementState.PROPOSED, filed_at=now, filed_on=today)
    await statements.add(statement, text=text)
    of = owner("statement", statement.statement_id, shown)
    await clocks.begin(begin(of, MODERATION, "discipline.statement-moderation", today))
    return statement


async def accept_statement(
    statements: Statements,
    clocks: Clocks,
    display: Display,
    *,
    locked: Statement,
    shown: Shown | None,
    text: str,
    now: datetime,
) -> Statement:
    today = local_date(now)
    if shown is None:
        raise Refused("record-not-shown", "记录已不在公示", "it is no longer on display", conflict=True)
    accepted = rules.accept(locked, today)
    await _replace(statements, clocks, shown, StatementState.SHOWN, today)
    await statements.save(accepted)
    await clocks.meet(accepted.statement_id, MODERATION, today)
    await display.mark(shown, rules.MARK, rules.mark(accepted, text), now)
    return accepted


async def refuse_statement(
    statements: Statements, clocks: Clocks, locked: Statement, ground: StatementGround, today: date
) -> Statement:
    refused = rules.refuse(locked, ground, today)
    await statements.save(refused)
    await clocks.meet(refused.statement_id, MODERATION, today)
    return refused


async def retract_statement(
    statements: Statements, clocks: Clocks, display: Display, *, locked: Statement, shown: Shown | None, now: datetime
) -> Statement:
    today = local_date(now)
    retracted = rules.retract(locked, today)
    await statements.save(retracted)
    await clocks.lapse(retracted.statement_id, today)
    if locked.state is StatementState.SHOWN and shown is not None:
        await display.mark(shown, rules.MARK, None, now)
    return retracted


async def _replace(statements: Statements, clocks: Clocks, shown: Shown, state: StatementState, today: date) -> None:
    for statement in await statements.of_record(shown.record_id):
        if statement.state is state:
            await statements.save(rules.replaced(statement, today))
            await clocks.lapse(statement.statement_id, today)
