"""Discipline's feed in: sanctions and withdrawals become facts about standing, what is on display is counted.

Events name only their case. Whom it is about, this service asks under its own token, outside the transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import httpx
from common.auth import PROVINCE
from common.database import Tx
from common.events import Event
from common.positions import FeedUnavailable, Received
from common.positions.effects import ParkedEvent
from common.telemetry import bind_correlation_id, unbind_correlation_id
from contracts.discipline_events import (
    ConductRecordPublished,
    ConductRecordWithdrawn,
    DeadlineMissed,
    DisciplineParkedEventResolved,
    ImpostorCaseClosed,
    ImpostorCaseOpened,
    LinkageRecorded,
    LinkageUndone,
    Penalty,
    ProceedingClosed,
    ProceedingDecided,
    ProceedingFiled,
    SanctionDecided,
    SanctionDisplayCorrected,
    SanctionDisplayShortened,
    SanctionHonourNoted,
    SanctionPublished,
    SanctionWithdrawn,
    SanctionWithheld,
    TalkRecorded,
)
from contracts.legal_day import legal_today
from contracts.registry_events import RegistryParkedEventResolved, StandingKind
from pydantic import BaseModel, ConfigDict

from registry_api.register.store import Register
from registry_api.standing.store import SqlStandings
from registry_api.standing.use_cases import (
    SanctionSubject,
    open_conflict,
    when_display_is_shortened_count_it_no_longer,
    when_sanction_is_decided_record_it,
    when_sanction_is_published_count_it,
    when_sanction_is_withdrawn_withdraw_it,
)

_TOUCHING_STANDING = frozenset({Penalty.SUSPENSION, Penalty.FIRM_SUSPENSION, Penalty.REVOCATION})

Answers = Mapping[UUID, SanctionSubject | None]
"""By case: the subject, or None where discipline knows no such case; cases whose term is over are left out."""


class _Subject(BaseModel):
    model_config = ConfigDict(extra="ignore")

    licence_number: str | None = None
    credit_code: str | None = None
    standing_kind: StandingKind | None = None
    from_on: date
    to_on: date | None = None
    withdrawn: bool = False
    published_on: date | None = None
    display_to_on: date | None = None


class StandingReactions:
    """Fulfils `Effects`. The client carries discipline's base URL and this service's token."""

    handles = frozenset(
        cls.event_type for cls in (SanctionDecided, SanctionPublished, SanctionDisplayShortened, SanctionWithdrawn)
    )
    ignores = frozenset(
        cls.event_type
        for cls in (
            SanctionWithheld,
            SanctionDisplayCorrected,
            SanctionHonourNoted,
            ProceedingFiled,
            ProceedingDecided,
            ProceedingClosed,
            LinkageRecorded,
            LinkageUndone,
            ImpostorCaseOpened,
            ImpostorCaseClosed,
            TalkRecorded,
            ConductRecordPublished,
            ConductRecordWithdrawn,
            DeadlineMissed,
            DisciplineParkedEventResolved,
        )
    )

    def __init__(self, discipline: httpx.AsyncClient) -> None:
        self._discipline = discipline

    async def prepare(self, events: Sequence[Received]) -> Answers:
        answers: dict[UUID, SanctionSubject | None] = {}
        for received in events:
            event = received.event
            if isinstance(event, SanctionPublished | SanctionDisplayShortened) or (
                isinstance(event, SanctionDecided) and _TOUCHING_STANDING & set(event.penalties)
            ):
                await self._ask(event.case_id, answers)
        return answers

    async def _ask(self, case_id: UUID, answers: dict[UUID, SanctionSubject | None]) -> None:
        try:
            response = await self._discipline.get(f"/v1/sanctions/{case_id}/subject")
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"discipline: {type(error).__name__}") from error
        if response.status_code == httpx.codes.GONE:
            return  # the term is over and the name erased: nothing to do any more
        if response.status_code == httpx.codes.NOT_FOUND:
            answers[case_id] = None
            return
        if response.status_code != httpx.codes.OK:
            # A missing right is repaired by an operator; the event waits, it is not at fault.
            raise FeedUnavailable(f"discipline answered {response.status_code}")
        subject = _Subject.model_validate_json(response.content)
        answers[case_id] = SanctionSubject(**dict(subject))

    async def apply(self, tx: Tx, events: Sequence[Received], prepared: Any) -> None:
        answers: Answers = prepared
        today = legal_today()
        register = await Register.within(tx, today)
        standings = SqlStandings(tx)
        await standings.forget_past_disclosures(today)
        for received in events:
            # What the registry tells in turn has the same cause as what it was told.
            bound = bind_correlation_id(received.envelope.correlationid)
            try:
                await self._react(tx, register, standings, received.event, answers)
            finally:
                unbind_correlation_id(bound)

    async def _react(self, tx: Tx, register: Register, standings: SqlStandings, event: Event, answers: Answers) -> None:
        if isinstance(event, SanctionWithdrawn):
            await when_sanction_is_withdrawn_withdraw_it(
                register, standings, tx.outbox, fact_id=event.case_id, withdrawn_on=event.withdrawn_on
            )
        elif isinstance(event, SanctionDecided) and event.case_id in answers:
            subject = answers[event.case_id]
            if subject is None:
                await open_conflict(
                    standings, tx.outbox, fact_id=event.case_id, region=event.region, ground="unknown-sanction"
                )
                return
            await when_sanction_is_decided_record_it(
                register, standings, tx.outbox, fact_id=event.case_id, region=event.region, subject=subject
            )
        elif isinstance(event, SanctionPublished) and (published := answers.get(event.case_id)) is not None:
            await when_sanction_is_published_count_it(
                register, standings, tx.outbox, fact_id=event.case_id, region=event.region, subject=published
            )
        elif isinstance(event, SanctionDisplayShortened):
            await when_display_is_shortened_count_it_no_longer(
                register,
                standings,
                tx.outbox,
                fact_id=event.case_id,
                region=event.region,
                subject=answers.get(event.case_id),
            )

    def resolved(self, parked: ParkedEvent, outcome: str) -> RegistryParkedEventResolved:
        return resolved(parked, outcome)


def resolved(parked: ParkedEvent, outcome: str) -> RegistryParkedEventResolved:
    return RegistryParkedEventResolved(
        version=parked.version + 1,
        region=parked.region or PROVINCE,
        parked_id=parked.parked_id,
        outcome=outcome,
        source_topic=parked.topic,
        source_partition=parked.partition,
        source_seq=parked.seq,
    )
