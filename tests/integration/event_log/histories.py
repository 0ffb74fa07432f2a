"""Random histories of what discipline does, and of honours and supervisors beside it, with the rows they must leave."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from common.events import Event
from contracts import discipline_events as discipline
from contracts import registry_list_events as registers
from contracts.recognition import RecognitionKind

REGIONS = ("410100", "410300", "410000")


@dataclass
class Histories:
    """Each maker gives the events of one key, in their order, and notes here what must stand once they are folded."""

    rng: random.Random
    sanctions: dict[UUID, tuple[bool | None, date | None, date | None]] = field(default_factory=dict)
    proceedings: dict[UUID, tuple[date | None, str | None, date | None]] = field(default_factory=dict)
    impostors: dict[UUID, date | None] = field(default_factory=dict)
    talks: dict[UUID, bool] = field(default_factory=dict)
    supervisors: dict[UUID, tuple[UUID, date, date | None]] = field(default_factory=dict)
    honours: dict[UUID, tuple[UUID, date, date | None]] = field(default_factory=dict)
    day: date = date(2026, 1, 1)

    def id(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def tomorrow(self) -> date:
        self.day += timedelta(1)
        return self.day

    def sanction(self) -> list[Event]:
        case_id, day = self.id(), self.tomorrow()
        common: dict[str, Any] = {"region": self.rng.choice(REGIONS), "case_id": case_id}
        history: list[Event] = [
            discipline.SanctionDecided(
                version=1, **common, organ_kind="bureau", subject_kind=discipline.SubjectKind.LAWYER,
                penalties=[discipline.Penalty.WARNING], filed_on=day, decision_due_on=day, decided_on=day,
                served_on=day, from_on=day, publish_due_on=day,
            )
        ]  # fmt: skip
        honoured: bool | None = None
        counts_from = withdrawn = None
        for step in self.rng.sample(("honour", "publish", "withdraw"), self.rng.randrange(4)):
            version, on = len(history) + 1, self.tomorrow()
            if step == "honour":
                honoured, since = self.rng.random() < 0.7, self.rng.choice((None, on))
                counts_from = (since or day) if honoured else None
                history.append(
                    discipline.SanctionHonourNoted(version=version, **common, honoured=honoured, counts_from=since)
                )
            elif step == "publish":
                history.append(discipline.SanctionPublished(version=version, **common, published_on=on))
            else:
                withdrawn = on
                history.append(
                    discipline.SanctionWithdrawn(version=version, **common, ground="revoked", withdrawn_on=on)
                )
        self.sanctions[case_id] = (honoured, counts_from, withdrawn)
        return history

    def proceeding(self) -> list[Event]:
        proceeding_id, day = self.id(), self.tomorrow()
        common: dict[str, Any] = {"region": self.rng.choice(REGIONS), "proceeding_id": proceeding_id}
        history: list[Event] = [
            discipline.ProceedingFiled(
                version=1, **common, kind="administrative", organ_kind="bureau",
                subject_kind=discipline.SubjectKind.FIRM, filed_on=day, due_on=day + timedelta(90),
            )
        ]  # fmt: skip
        first = decision = closed = None
        for _ in range(self.rng.randrange(3)):  # decided again where it was sent back
            on, decision = self.tomorrow(), self.rng.choice(("penalty", "none"))
            first = first or on
            history.append(
                discipline.ProceedingDecided(version=len(history) + 1, **common, decided_on=on, outcome=decision)
            )
        if self.rng.random() < 0.5:
            closed = self.tomorrow()
            history.append(
                discipline.ProceedingClosed(version=len(history) + 1, **common, closed_on=closed, outcome="executed")
            )
        self.proceedings[proceeding_id] = (first, decision, closed)
        return history

    def impostor(self) -> list[Event]:
        case_id, closed = self.id(), None
        common: dict[str, Any] = {"region": self.rng.choice(REGIONS), "impostor_case_id": case_id}
        history: list[Event] = [discipline.ImpostorCaseOpened(version=1, **common, opened_on=self.tomorrow())]
        if self.rng.random() < 0.6:
            closed = self.tomorrow()
            history.append(discipline.ImpostorCaseClosed(version=2, **common, closed_on=closed, outcome="fined"))
        self.impostors[case_id] = closed
        return history

    def talk(self) -> list[Event]:
        talk_id, with_head = self.id(), self.rng.random() < 0.5
        self.talks[talk_id] = with_head
        return [
            discipline.TalkRecorded(
                version=1, region=self.rng.choice(REGIONS), talk_id=talk_id, kind="reminder", with_head=with_head,
                held_on=self.tomorrow(),
            )
        ]  # fmt: skip

    def supervisor(self) -> list[Event]:
        appointment_id, firm_id, lawyer_id, day = self.id(), self.id(), self.id(), self.tomorrow()
        common: dict[str, Any] = {"region": "410100", "appointment_id": appointment_id, "firm_id": firm_id}
        history: list[Event] = []
        for _ in range(self.rng.randrange(1, 3)):  # told again where his record was merged into another
            lawyer_id = self.id()
            history.append(
                registers.SupervisorAppointed(version=len(history) + 1, **common, lawyer_id=lawyer_id, from_on=day)
            )
        ended = None
        if self.rng.random() < 0.5:
            ended = self.tomorrow()
            history.append(
                registers.SupervisorEnded(version=len(history) + 1, **common, ended_on=ended, ground="resigned")
            )
        self.supervisors[appointment_id] = (lawyer_id, day, ended)
        return history

    def honour(self) -> list[Event]:
        recognition_id, member_id, day, ended = self.id(), self.id(), self.tomorrow(), None
        history: list[Event] = [
            registers.RecognitionGranted(
                version=1, region="410100", recognition_id=recognition_id, kind=RecognitionKind.HONOURED_LAWYER,
                member_id=member_id, from_on=day,
            )
        ]  # fmt: skip
        if self.rng.random() < 0.3:
            ended = self.tomorrow()
            history.append(
                registers.RecognitionWithdrawn(
                    version=2, region="410100", recognition_id=recognition_id, withdrawn_on=ended
                )
            )
        self.honours[recognition_id] = (member_id, day, ended)
        return history

    def some(self, count: int) -> list[list[Event]]:
        makers = (self.sanction, self.proceeding, self.impostor, self.talk, self.supervisor, self.honour)
        return [self.rng.choice(makers)() for _ in range(count)]
