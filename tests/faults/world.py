"""A small province that changes at random but legally, and what must be counted of it: plain Python, no SQL."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from common.events import Event
from contracts import discipline_events as discipline
from contracts import registry_events as registry
from contracts import registry_list_events as registers
from contracts import rights_events as rights
from contracts.recognition import RecognitionKind

from tests.faults.things import FIRST_DAY, LAST_DAY, REGIONS, Case, Complaint, Fact, Firm, History, Place


@dataclass(frozen=True)
class Change:
    """Events of one transaction. `accept` tells the world that it has been acknowledged."""

    topic: str
    events: Sequence[Event]
    touches: frozenset[UUID]
    accept: Callable[[], None]


@dataclass
class World:
    """`next` proposes what is legal as far as acknowledged; what it touches is busy until `settle`."""

    rng: random.Random
    firms: dict[UUID, History[Firm]] = field(default_factory=dict)
    lawyers: dict[UUID, History[Place]] = field(default_factory=dict)
    facts: dict[UUID, dict[UUID, Fact]] = field(default_factory=dict)
    recognitions: dict[UUID, tuple[UUID, date, date | None]] = field(default_factory=dict)
    cases: dict[UUID, Case] = field(default_factory=dict)
    complaints: dict[UUID, Complaint] = field(default_factory=dict)
    versions: Counter[UUID] = field(default_factory=Counter)
    busy: set[UUID] = field(default_factory=set)

    def uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def _after(self, day: date) -> date:
        return min(LAST_DAY, day + timedelta(days=self.rng.choice((0, 1, 7, 30, 90))))

    def _idle(self, ids: Sequence[UUID]) -> UUID | None:
        free = [id_ for id_ in ids if id_ not in self.busy]
        return self.rng.choice(free) if free else None

    def _change(
        self, topic: str, touches: Sequence[UUID], events: Sequence[Event], accept: Callable[[], None]
    ) -> Change:
        self.busy.update(touches)

        def accepted() -> None:
            for event in events:
                self.versions[UUID(event.key())] += 1
            accept()

        return Change(topic, events, frozenset(touches), accepted)

    def settle(self, change: Change, *, accepted: bool) -> None:
        if accepted:
            change.accept()
        self.busy -= change.touches

    def next(self) -> Change:
        kinds = [
            (self._establish, 4), (self._change_firm, 2), (self._end_firm, 1),
            (self._license, 8), (self._move, 6), (self._categorise, 2), (self._end, 3),
            (self._record_standing, 4), (self._withdraw_standing, 2), (self._recognise, 1), (self._derecognise, 1),
            (self._decide, 3), (self._publish, 2), (self._withdraw, 1),
            (self._file, 3), (self._triage, 3), (self._reply, 1), (self._close, 2),
        ]  # fmt: skip
        while True:
            kind = self.rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
            if (change := kind()) is not None:
                return change

    # Registry

    def _open_firms(self) -> list[UUID]:
        return [id_ for id_, firm in self.firms.items() if firm.now is not None]

    def _practising(self) -> list[UUID]:
        return [id_ for id_, place in self.lawyers.items() if place.now is not None]

    def _establish(self) -> Change:
        firm_id, day = self.uuid(), FIRST_DAY + timedelta(days=self.rng.randrange(200))
        firm = Firm(self.rng.choice(list(registry.FirmKind)[:4]), self.rng.choice(REGIONS), self.uuid())
        event = registry.FirmEstablished(
            version=1, region=firm.region, firm_id=firm_id, period_id=firm.period, kind=firm.kind, from_on=day
        )

        def accept() -> None:
            self.firms[firm_id] = History()
            self.firms[firm_id].record(day, firm)

        return self._change(registry.TOPIC, [firm_id], [event], accept)

    def _change_firm(self) -> Change | None:
        firm_id = self._idle(self._open_firms())
        if firm_id is None:
            return None
        history = self.firms[firm_id]
        before, day = history.now, self._after(history.last_day)
        assert before is not None
        firm = Firm(self.rng.choice(list(registry.FirmKind)[:4]), self.rng.choice(REGIONS), self.uuid())
        event = registry.FirmChanged(
            version=self.versions[firm_id] + 1, region=firm.region, firm_id=firm_id, closes_period_id=before.period,
            period_id=firm.period, kind_before=before.kind, kind=firm.kind, region_before=before.region,
            effective_on=day,
        )  # fmt: skip
        return self._change(registry.TOPIC, [firm_id], [event], lambda: history.record(day, firm))

    def _end_firm(self) -> Change | None:
        occupied = {place.now.firm for place in self.lawyers.values() if place.now is not None}
        firm_id = self._idle([id_ for id_ in self._open_firms() if id_ not in occupied])
        if firm_id is None:
            return None
        history = self.firms[firm_id]
        before, day = history.now, self._after(history.last_day)
        assert before is not None
        event = registry.FirmEnded(
            version=self.versions[firm_id] + 1, region=before.region, firm_id=firm_id, period_id=before.period,
            ground="dissolved", ended_on=day,
        )  # fmt: skip
        return self._change(registry.TOPIC, [firm_id], [event], lambda: history.record(day, None))

    def _license(self) -> Change | None:
        firm_id = self._idle(self._open_firms())
        if firm_id is None:
            return None
        # A new person, or one whose licence had ended.
        former = [id_ for id_, place in self.lawyers.items() if place.now is None]
        lawyer_id = self._idle(former) if former and self.rng.random() < 0.2 else None
        lawyer_id = lawyer_id or self.uuid()
        history = self.lawyers.get(lawyer_id)
        day = self._after(history.last_day if history else FIRST_DAY)
        firm = self.firms[firm_id].now
        assert firm is not None
        place = Place(firm_id, firm.region, self.rng.randint(1, 8), self.uuid())
        event = registry.LawyerLicensed(
            version=self.versions[lawyer_id] + 1, region=place.region, lawyer_id=lawyer_id, practice_id=place.practice,
            firm_id=firm_id, category=place.category, first_licensed_on=FIRST_DAY, from_on=day,
        )  # fmt: skip

        def accept() -> None:
            self.lawyers.setdefault(lawyer_id, History()).record(day, place)

        return self._change(registry.TOPIC, [lawyer_id, firm_id], [event], accept)

    def _move(self) -> Change | None:
        lawyer_id, firm_id = self._idle(self._practising()), self._idle(self._open_firms())
        if lawyer_id is None or firm_id is None:
            return None
        history, firm = self.lawyers[lawyer_id], self.firms[firm_id].now
        before, day = history.now, self._after(history.last_day)
        assert before is not None
        assert firm is not None
        place = Place(firm_id, firm.region, before.category, self.uuid())
        event = registry.LawyerMoved(
            version=self.versions[lawyer_id] + 1, region=place.region, lawyer_id=lawyer_id,
            closes_practice_id=before.practice, practice_id=place.practice, firm_before=before.firm, firm_id=firm_id,
            region_before=before.region, category=place.category, number_changed=True, effective_on=day,
        )  # fmt: skip
        return self._change(registry.TOPIC, [lawyer_id, firm_id], [event], lambda: history.record(day, place))

    def _categorise(self) -> Change | None:
        lawyer_id = self._idle(self._practising())
        if lawyer_id is None:
            return None
        history = self.lawyers[lawyer_id]
        before, day = history.now, self._after(history.last_day)
        assert before is not None
        place = Place(before.firm, before.region, before.category % 8 + 1, self.uuid())
        event = registry.LawyerCategoryChanged(
            version=self.versions[lawyer_id] + 1, region=place.region, lawyer_id=lawyer_id,
            closes_practice_id=before.practice, practice_id=place.practice, firm_id=place.firm,
            category_before=before.category, category=place.category, effective_on=day,
        )  # fmt: skip
        return self._change(registry.TOPIC, [lawyer_id], [event], lambda: history.record(day, place))

    def _end(self) -> Change | None:
        lawyer_id = self._idle(self._practising())
        if lawyer_id is None:
            return None
        history = self.lawyers[lawyer_id]
        before, day = history.now, self._after(history.last_day)
        assert before is not None
        event = registry.LawyerLicenceEnded(
            version=self.versions[lawyer_id] + 1, region=before.region, lawyer_id=lawyer_id,
            practice_id=before.practice, ground="own-request", ended_on=day,
        )  # fmt: skip
        return self._change(registry.TOPIC, [lawyer_id], [event], lambda: history.record(day, None))

    def _record_standing(self) -> Change | None:
        lawyer_id = self._idle(self._practising())
        if lawyer_id is None:
            return None
        day = FIRST_DAY + timedelta(days=self.rng.randrange(900))
        revoked = self.rng.random() < 0.2
        kind = registry.StandingKind.REVOCATION if revoked else registry.StandingKind.SUSPENSION
        fact_id = self.uuid()
        fact = Fact(kind, day, None if revoked else day + timedelta(days=self.rng.choice((90, 180, 360))))
        return self._standing(lawyer_id, fact_id, fact)

    def _withdraw_standing(self) -> Change | None:
        lawyer_id = self._idle([id_ for id_, facts in self.facts.items() if facts])
        if lawyer_id is None:
            return None
        fact_id, fact = self.rng.choice(list(self.facts[lawyer_id].items()))
        return self._standing(lawyer_id, fact_id, Fact(fact.kind, fact.from_on, fact.to_on, withdrawn=True))

    def _standing(self, lawyer_id: UUID, fact_id: UUID, fact: Fact) -> Change:
        event = registry.LawyerStandingRecorded(
            version=self.versions[fact_id] + 1, region=REGIONS[0], lawyer_id=lawyer_id, fact_id=fact_id,
            kind=fact.kind, from_on=fact.from_on, to_on=fact.to_on, withdrawn=fact.withdrawn,
        )  # fmt: skip

        def accept() -> None:
            self.facts.setdefault(lawyer_id, {})[fact_id] = fact

        return self._change(registry.TOPIC, [lawyer_id, fact_id], [event], accept)

    def _recognise(self) -> Change | None:
        firm_id = self._idle(self._open_firms())
        if firm_id is None:
            return None
        recognition_id, day = self.uuid(), FIRST_DAY + timedelta(days=self.rng.randrange(400))
        event = registers.RecognitionGranted(
            version=1, region=REGIONS[0], recognition_id=recognition_id,
            kind=RecognitionKind.COMPREHENSIVE_FIRM, member_id=firm_id, from_on=day,
        )  # fmt: skip

        def accept() -> None:
            self.recognitions[recognition_id] = (firm_id, day, None)

        return self._change(registry.TOPIC, [recognition_id], [event], accept)

    def _derecognise(self) -> Change | None:
        recognition_id = self._idle([id_ for id_, (_, _, to_on) in self.recognitions.items() if to_on is None])
        if recognition_id is None:
            return None
        firm_id, from_on, _ = self.recognitions[recognition_id]
        day = self._after(from_on)
        event = registers.RecognitionWithdrawn(
            version=2, region=REGIONS[0], recognition_id=recognition_id, withdrawn_on=day
        )

        def accept() -> None:
            self.recognitions[recognition_id] = (firm_id, from_on, day)

        return self._change(registry.TOPIC, [recognition_id], [event], accept)

    # Discipline

    def _decide(self) -> Change:
        case_id, day, region = (
            self.uuid(),
            FIRST_DAY + timedelta(days=self.rng.randrange(900)),
            self.rng.choice(REGIONS),
        )
        event = discipline.SanctionDecided(
            version=1, region=region, case_id=case_id, organ_kind="bureau", subject_kind=discipline.SubjectKind.LAWYER,
            penalties=[discipline.Penalty.WARNING, discipline.Penalty.FINE][: self.rng.randint(1, 2)],
            filed_on=day - timedelta(days=30), decision_due_on=day + timedelta(days=60), decided_on=day,
            served_on=day + timedelta(days=3), from_on=day + timedelta(days=3),
            publish_due_on=day + timedelta(days=10),
        )  # fmt: skip

        def accept() -> None:
            self.cases[case_id] = Case(region, day)

        return self._change(discipline.TOPIC, [case_id], [event], accept)

    def _publish(self) -> Change | None:
        case_id = self._idle([id_ for id_, case in self.cases.items() if not (case.published_on or case.withdrawn_on)])
        if case_id is None:
            return None
        case = self.cases[case_id]
        day = self._after(case.decided_on)
        event = discipline.SanctionPublished(
            version=self.versions[case_id] + 1, region=case.region, case_id=case_id, published_on=day
        )
        return self._change(discipline.TOPIC, [case_id], [event], lambda: setattr(case, "published_on", day))

    def _withdraw(self) -> Change | None:
        case_id = self._idle([id_ for id_, case in self.cases.items() if not case.withdrawn_on])
        if case_id is None:
            return None
        case = self.cases[case_id]
        day = self._after(case.decided_on)
        event = discipline.SanctionWithdrawn(
            version=self.versions[case_id] + 1, region=case.region, case_id=case_id, ground="revoked", withdrawn_on=day
        )
        return self._change(discipline.TOPIC, [case_id], [event], lambda: setattr(case, "withdrawn_on", day))

    # Rights

    def _file(self) -> Change:
        complaint_id, region = self.uuid(), self.rng.choice(REGIONS)
        fast, at = self.rng.random() < 0.3, _noon(FIRST_DAY + timedelta(days=self.rng.randrange(900)))
        event = rights.ComplaintFiled(
            version=1, region=region, complaint_id=complaint_id, fast_lane=fast, filed_at=at,
            triage_due_at=at + timedelta(days=2),
        )  # fmt: skip

        def accept() -> None:
            self.complaints[complaint_id] = Complaint(region, fast)

        return self._change(rights.TOPIC, [complaint_id], [event], accept)

    def _in_state(self, *states: str) -> UUID | None:
        return self._idle([id_ for id_, complaint in self.complaints.items() if complaint.state in states])

    def _triage(self) -> Change | None:
        if (complaint_id := self._in_state("filed")) is None:
            return None
        complaint, at = self.complaints[complaint_id], _noon(LAST_DAY)
        version, region = self.versions[complaint_id] + 1, complaint.region
        event: Event
        if self.rng.random() < 0.7:
            state = "accepted"
            event = rights.ComplaintAccepted(
                version=version, region=region, complaint_id=complaint_id, accepted_at=at, due_at=at + timedelta(days=9)
            )
        else:
            state = "refused"
            event = rights.ComplaintRefused(
                version=version, region=region, complaint_id=complaint_id, ground="out-of-scope", refused_at=at
            )
        return self._change(rights.TOPIC, [complaint_id], [event], lambda: setattr(complaint, "state", state))

    def _reply(self) -> Change | None:
        if (complaint_id := self._in_state("accepted")) is None:
            return None
        complaint = self.complaints[complaint_id]
        event = rights.ComplaintReplied(
            version=self.versions[complaint_id] + 1, region=complaint.region, complaint_id=complaint_id,
            replied_at=_noon(LAST_DAY),
        )  # fmt: skip
        return self._change(rights.TOPIC, [complaint_id], [event], lambda: setattr(complaint, "state", "replied"))

    def _close(self) -> Change | None:
        if (complaint_id := self._in_state("accepted", "replied")) is None:
            return None
        complaint = self.complaints[complaint_id]
        event = rights.ComplaintClosed(
            version=self.versions[complaint_id] + 1, region=complaint.region, complaint_id=complaint_id,
            outcome="resolved", closed_at=_noon(LAST_DAY),
        )  # fmt: skip
        return self._change(rights.TOPIC, [complaint_id], [event], lambda: setattr(complaint, "state", "closed"))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)
