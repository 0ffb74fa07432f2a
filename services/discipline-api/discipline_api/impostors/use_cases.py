"""Commands in, events out; the case's row is locked before its event is built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.outbox import Outbox
from contracts.impostors import Department
from contracts.working_days import local_date

from discipline_api.clocks.domain import Owner, Running, begin
from discipline_api.impostors.domain import Fined, ImpostorCase, Referral
from discipline_api.impostors.terms import Clock, Dismissal, Outcome, ReferralKind, ReferralResult
from discipline_api.organs import Organ


class Cases(Protocol):
    async def add(self, case: ImpostorCase) -> None: ...
    async def save(self, case: ImpostorCase) -> None: ...
    async def add_referral(self, case_id: UUID, referral: Referral) -> None: ...
    async def save_referral(self, referral: Referral) -> None: ...
    async def referrals(self, case_id: UUID) -> Sequence[Referral]: ...


class Texts(Protocol):
    async def begin(self, owner_id: UUID) -> None: ...

    async def write(
        self, owner_id: UUID, place: str, plain: str, at: datetime, *, key_digest: bytes | None = None
    ) -> None: ...


class Clocks(Protocol):
    async def begin(self, running: Running) -> None: ...
    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...
    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where cases, words and deadlines are kept, and the instant of the act."""

    cases: Cases
    texts: Texts
    clocks: Clocks
    outbox: Outbox
    now: datetime

    @property
    def today(self) -> date:
        return local_date(self.now)

    async def start(self, case: ImpostorCase, clock: Clock, rule_id: str, on: date, of: Referral | None = None) -> None:
        """The bureau watches the clocks of what it has referred, one each per department."""
        kind, owner_id = ("impostor-case", case.case_id) if of is None else ("impostor-referral", of.referral_id)
        owner = Owner(kind, owner_id, case.organ.kind, case.organ.region, case.organ.code)
        await self.clocks.begin(begin(owner, clock.value, rule_id, on))


async def take_clue(desk: Desk, case: ImpostorCase, texts: Mapping[str, str]) -> None:
    await desk.cases.add(case)
    await desk.texts.begin(case.case_id)
    for place, text in texts.items():
        await desk.texts.write(case.case_id, place, text, desk.now)
    await desk.start(case, Clock.TRIAGE, "impostor.triage", case.received_on)


async def hand_over(desk: Desk, locked: ImpostorCase, organ: Organ) -> ImpostorCase:
    """To the bureau of the right place, which has its own time from today; the day of the report stays."""
    after = locked.hand_over(organ, desk.now)
    await desk.cases.save(after)
    await desk.clocks.lapse(locked.case_id, desk.today)
    await desk.start(after, Clock.TRIAGE, "impostor.triage", desk.today)
    return after


async def open_case(desk: Desk, locked: ImpostorCase, conduct: Sequence[str]) -> ImpostorCase:
    after, event = locked.open(conduct, desk.now)
    await desk.cases.save(after)
    await desk.clocks.meet(locked.case_id, Clock.TRIAGE, desk.today)
    if after.by_bureau:
        await desk.start(after, Clock.DECISION, "discipline.decision", desk.today)
    desk.outbox.add(event)
    return after


async def establish(desk: Desk, locked: ImpostorCase, conduct: Sequence[str]) -> ImpostorCase:
    after = locked.establish(conduct, desk.now)
    await desk.cases.save(after)
    if after.by_bureau and not locked.by_bureau:
        await desk.start(after, Clock.DECISION, "discipline.decision", locked.opened_on or desk.today)
    if locked.by_bureau and not after.by_bureau:
        await desk.clocks.lapse(locked.case_id, desk.today, Clock.DECISION)
    return after


async def dismiss(desk: Desk, locked: ImpostorCase, dismissal: Dismissal, text: str) -> ImpostorCase:
    """`text` is what the informant is told."""
    after = locked.dismiss(dismissal, desk.now)
    await desk.cases.save(after)
    await desk.texts.write(locked.case_id, "answer", text, desk.now)
    await desk.clocks.meet(locked.case_id, Clock.TRIAGE, desk.today)
    return after


async def refer(
    desk: Desk, locked: ImpostorCase, kind: ReferralKind, department: Department, text: str
) -> tuple[ImpostorCase, Referral]:
    """Joint action or transfer: each department with its own clocks."""
    after = locked.touch(desk.now)
    referral = Referral(uuid4(), kind, department, desk.today)
    await desk.cases.save(after)
    await desk.cases.add_referral(locked.case_id, referral)
    await desk.texts.write(locked.case_id, f"referral {referral.referral_id}", text, desk.now)
    await desk.start(after, Clock.ACKNOWLEDGEMENT, "impostor.acknowledgement", desk.today, referral)
    return after, referral


async def acknowledge(
    desk: Desk, locked: ImpostorCase, referral: Referral, on: date, receipt: str
) -> tuple[ImpostorCase, Referral]:
    """`receipt`: number and who received it."""
    taken = referral.acknowledge(on, desk.today)
    after = locked.touch(desk.now)
    await desk.cases.save(after)
    await desk.cases.save_referral(taken)
    await desk.texts.write(locked.case_id, f"acknowledgement {referral.referral_id}", receipt, desk.now)
    await desk.clocks.meet(referral.referral_id, Clock.ACKNOWLEDGEMENT, on)
    if taken.kind is ReferralKind.JOINT_ACTION:
        await desk.start(after, Clock.RESULT, "impostor.department-result", on, taken)
    return after, taken


async def tell_result(
    desk: Desk, locked: ImpostorCase, referral: Referral, result: ReferralResult, *, on: date, text: str
) -> tuple[ImpostorCase, Referral]:
    told = referral.tell(result, on, desk.today)
    after = locked.touch(desk.now)
    await desk.cases.save(after)
    await desk.cases.save_referral(told)
    await desk.texts.write(locked.case_id, f"result {referral.referral_id}", text, desk.now)
    if result is ReferralResult.TAKEN_BACK:
        await desk.clocks.lapse(referral.referral_id, desk.today)
    await desk.clocks.meet(referral.referral_id, Clock.RESULT, on)
    return after, told


async def fine(desk: Desk, locked: ImpostorCase, fined: Fined) -> ImpostorCase:
    after = locked.fine(fined, desk.now)
    await desk.cases.save(after)
    await desk.clocks.meet(locked.case_id, Clock.DECISION, fined.decided_on)
    return after


async def close(desk: Desk, locked: ImpostorCase, outcome: Outcome, text: str) -> ImpostorCase:
    """`text` is what the informant is told; the time for telling runs from the end, or from the decision."""
    after, event = locked.close(outcome, await desk.cases.referrals(locked.case_id), desk.now)
    decided_on = None if locked.fined is None else locked.fined.decided_on
    await desk.cases.save(after)
    await desk.texts.write(locked.case_id, "answer", text, desk.now)
    await desk.start(after, Clock.FEEDBACK, "impostor.feedback", decided_on or desk.today)
    await desk.clocks.meet(locked.case_id, Clock.FEEDBACK, desk.today)
    await desk.clocks.lapse(locked.case_id, desk.today)
    desk.outbox.add(event)
    return after
