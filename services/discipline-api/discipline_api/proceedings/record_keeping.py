"""A case's way into the record of sanctions and onto public display; fulfils `Record`."""

from datetime import date, datetime
from uuid import UUID

from common.database import Tx
from contracts.conduct import PenaltyKind
from contracts.proceedings import RemedyOutcome, RemedyTrack

from discipline_api.clocks.store import SqlClocks
from discipline_api.display.sanctions import SanctionDisplay
from discipline_api.organs import Organ
from discipline_api.proceedings.details import StepData
from discipline_api.proceedings.effects import given
from discipline_api.record.domain import Decision, Sanction, Subject, Withdrawal
from discipline_api.record.reasons import Finality, Outcome
from discipline_api.record.store import SqlSanctions, owner_of, reserve_number
from discipline_api.record.store_benchmarks import BenchmarkTable, benchmark_table
from discipline_api.record.use_cases import note_remedy, record_sanction, withdraw_sanction

_STANDS = {RemedyOutcome.UPHELD: Outcome.UPHELD, RemedyOutcome.DISCONTINUED: Outcome.DISCONTINUED}


class RecordKeeping:
    def __init__(self, tx: Tx) -> None:
        self._tx, self._sanctions, self._display = tx, SqlSanctions(tx.session), SanctionDisplay(tx)

    async def get(self, case_id: UUID) -> Sanction:
        return await self._sanctions.get(case_id)

    async def benchmark(self, kind: PenaltyKind, on: date) -> BenchmarkTable:
        return await benchmark_table(self._tx.session, kind, on)

    async def history(self, subject: Subject) -> list[Sanction]:
        number = subject.licence_number or subject.credit_code
        return [] if number is None else await self._sanctions.of_subject(subject.kind, number)

    async def reserve(self, organ: Organ, document_number: str, holder: UUID) -> None:
        await reserve_number(self._tx.session, organ, document_number, holder)

    async def add(self, case_id: UUID, decision: Decision, *, recorded_by: str, today: date) -> None:
        await record_sanction(self._sanctions, self._tx.outbox, case_id, decision, recorded_by=recorded_by, today=today)

    async def withdraw(self, case_id: UUID, withdrawal: Withdrawal, at: datetime) -> None:
        locked = await self._sanctions.get_for_update(case_id)
        if locked.withdrawal is None:
            await withdraw_sanction(
                self._sanctions,
                self._display,
                self._tx.outbox,
                locked,
                withdrawal,
                clocks=SqlClocks(self._tx),
                owner=owner_of(locked),
                now=at,
            )

    async def note_remedy(self, case_id: UUID, track: RemedyTrack, data: StepData, by: str, at: datetime) -> None:
        locked = await self._sanctions.get_for_update(case_id)
        outcome = Outcome.PENDING if track.pending else _STANDS[given(data.details.remedy_outcome)]
        told = locked.finality
        if told is not None and told.outcome is outcome:
            return
        finality = Finality(1 if told is None else told.number + 1, outcome, given(data.document_number), data.on)
        await note_remedy(self._sanctions, self._display, locked, finality, by=by, now=at)
