"""Deciding a proposal, its row locked: the change, its events and the decision are one transaction."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Tx
from pydantic import ValidationError

from registry_api.cases.change import Bench, CaseOutbox, Change, ChangeRequest, Done
from registry_api.cases.proposing import SECRET_FIELD
from registry_api.cases.store import ProposalRow
from registry_api.proposals.domain import RejectionCode, check_open, check_proposer, check_second_officer
from registry_api.register.refusals import Refused
from registry_api.register.sealing import Sealer
from registry_api.register.store import Register


async def approve(
    row: ProposalRow,
    change: Change[Any],
    *,
    tx: Tx,
    sealer: Sealer,
    acting: str,
    organ: str,
    now: datetime,
    today: date,
    competent: Callable[[str], None],
) -> Done:
    """Carries the change out with the rules and the register of today, not of the day on which it was proposed."""
    check_open(row.state)
    check_second_officer(row.proposed_by, acting)
    bench = Bench(
        tx=tx,
        register=await Register.within(tx, today),
        outbox=CaseOutbox(tx.outbox, row.proposal_id),
        sealer=sealer,
        today=today,
        case_id=row.proposal_id,
        subject_id=row.subject_id,
        competent=competent,
        expected={UUID(entity_id): version for entity_id, version in row.touched.items()},
    )
    done = await change.run(bench, _command(row, change, sealer))
    row.subject_id = done.subject_id
    _close(row, "approved", acting=acting, organ=organ, now=now)
    return done


def reject(row: ProposalRow, *, code: RejectionCode, text: str | None, acting: str, organ: str, now: datetime) -> None:
    check_open(row.state)
    check_second_officer(row.proposed_by, acting)
    row.closing_code, row.closing_text = code.value, text
    _close(row, "rejected", acting=acting, organ=organ, now=now)


def withdraw(row: ProposalRow, *, acting: str, organ: str, now: datetime) -> None:
    check_open(row.state)
    check_proposer(row.proposed_by, acting)
    _close(row, "withdrawn", acting=acting, organ=organ, now=now)


def _command(row: ProposalRow, change: Change[Any], sealer: Sealer) -> ChangeRequest:
    stored = dict(row.command)
    if row.sealed_id_number is not None:
        stored[SECRET_FIELD] = sealer.open(row.sealed_id_number).reveal()
    try:
        command: ChangeRequest = change.body.model_validate(stored)
    except ValidationError as error:
        raise Refused(
            "proposal-outdated",
            "提案不符合现行的填报要求：请退回，重新提出",
            "the proposal does not meet what is asked for today: reject it and propose anew",
            conflict=True,
        ) from error
    return command


def _close(row: ProposalRow, state: str, *, acting: str, organ: str, now: datetime) -> None:
    row.state, row.sealed_id_number = state, None
    row.closed_by, row.closed_by_organ, row.closed_at = acting, organ, now
    row.version += 1
