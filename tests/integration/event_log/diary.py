"""A province whose facts are recorded on the day on which they happen: day after day, on all four feeds."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from common.events import Event
from contracts import discipline_events as discipline
from contracts import registry_events as registry
from contracts import registry_list_events as registers
from contracts import report_events as reports
from contracts import rights_events as rights
from contracts.consultations import ConsultationBody
from contracts.recognition import RecognitionKind
from contracts.regions import PROVINCE
from contracts.reporting import Reporter, periods, reported
from contracts.statistics import Bound, provinces

REGIONS = ("410100", "410300", "411300")


@dataclass
class Practice:
    practice_id: UUID
    firm_id: UUID
    region: str


@dataclass
class Diary:
    """`of(day)`: what is told on that day."""

    rng: random.Random
    versions: Counter[UUID] = field(default_factory=Counter)
    firms: dict[UUID, str] = field(default_factory=dict)
    lawyers: dict[UUID, Practice] = field(default_factory=dict)
    recognised: dict[UUID, str] = field(default_factory=dict)
    begun: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """What has been filed, decided, opened, and waits to go on, by what it is."""
    values: list[reports.ReportedValueConfirmed] = field(default_factory=list)

    def id(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def next_version(self, key: UUID) -> int:
        self.versions[key] += 1
        return self.versions[key]

    def of(self, day: date) -> list[Event]:
        events = [*self._reports(day), *self._table(day)]
        for _ in range(self.rng.randrange(4)):
            make = self.rng.choice(
                (self._firm, self._licence, self._licence, self._licence, self._move, self._leave, self._stand,
                 self._recognise, self._derecognise, self._decide, self._publish, self._withdraw, self._file,
                 self._close, self._impostor, self._talk, self._complain, self._accept, self._settle, self._meet,
                 self._facility, self._inspection)
            )  # fmt: skip
            if (event := make(day)) is not None:
                events.append(event)
        return events

    def _region(self) -> str:
        return self.rng.choice(REGIONS)

    def _any(self, what: str) -> dict[str, Any] | None:
        """One that waits, waiting no longer."""
        waiting = self.begun[what]
        return waiting.pop(self.rng.randrange(len(waiting))) if waiting else None

    # registry

    def _firm(self, day: date) -> Event:
        firm_id, region = self.id(), self._region()
        self.firms[firm_id] = region
        return registry.FirmEstablished(
            version=self.next_version(firm_id), region=region, firm_id=firm_id, period_id=self.id(),
            kind=registry.FirmKind.GENERAL_PARTNERSHIP, from_on=day, county="410105" if region == "410100" else None,
        )  # fmt: skip

    def _licence(self, day: date) -> Event | None:
        if not self.firms:
            return None
        lawyer_id, firm_id = self.id(), self.rng.choice(list(self.firms))
        place = Practice(self.id(), firm_id, self.firms[firm_id])
        self.lawyers[lawyer_id] = place
        return registry.LawyerLicensed(
            version=self.next_version(lawyer_id), region=place.region, lawyer_id=lawyer_id,
            practice_id=place.practice_id, firm_id=firm_id, category=self.rng.randint(1, 8), first_licensed_on=day,
            from_on=day,
        )  # fmt: skip

    def _move(self, day: date) -> Event | None:
        if not self.lawyers:
            return None
        lawyer_id, firm_id = self.rng.choice(list(self.lawyers)), self.rng.choice(list(self.firms))
        before, after = self.lawyers[lawyer_id], Practice(self.id(), firm_id, self.firms[firm_id])
        self.lawyers[lawyer_id] = after
        return registry.LawyerMoved(
            version=self.next_version(lawyer_id), region=after.region, lawyer_id=lawyer_id,
            closes_practice_id=before.practice_id, practice_id=after.practice_id, firm_before=before.firm_id,
            firm_id=firm_id, region_before=before.region, category=1, number_changed=True, effective_on=day,
        )  # fmt: skip

    def _leave(self, day: date) -> Event | None:
        if not self.lawyers:
            return None
        lawyer_id = self.rng.choice(list(self.lawyers))
        place = self.lawyers.pop(lawyer_id)
        return registry.LawyerLicenceEnded(
            version=self.next_version(lawyer_id), region=place.region, lawyer_id=lawyer_id,
            practice_id=place.practice_id, ground="own-request", ended_on=day,
        )  # fmt: skip

    def _stand(self, day: date) -> Event | None:
        if not self.lawyers:
            return None
        lawyer_id, fact_id = self.rng.choice(list(self.lawyers)), self.id()
        return registry.LawyerStandingRecorded(
            version=self.next_version(lawyer_id), region=self.lawyers[lawyer_id].region, lawyer_id=lawyer_id,
            fact_id=fact_id, kind=registry.StandingKind.SUSPENSION, from_on=day, to_on=day + timedelta(days=90),
            withdrawn=False,
        )  # fmt: skip

    def _recognise(self, day: date) -> Event | None:
        if not self.firms:
            return None
        recognition_id, firm_id = self.id(), self.rng.choice(list(self.firms))
        self.recognised[recognition_id] = region = self.firms[firm_id]
        kinds = (RecognitionKind.COMPREHENSIVE_FIRM, RecognitionKind.HONOURED_LAWYER)
        return registers.RecognitionGranted(
            version=1, region=region, recognition_id=recognition_id, kind=self.rng.choice(kinds), member_id=firm_id,
            from_on=day,
        )  # fmt: skip

    def _derecognise(self, day: date) -> Event | None:
        if not self.recognised:
            return None
        recognition_id = self.rng.choice(list(self.recognised))
        region = self.recognised.pop(recognition_id)
        return registers.RecognitionWithdrawn(version=2, region=region, recognition_id=recognition_id, withdrawn_on=day)

    # discipline

    def _decide(self, day: date) -> Event:
        case: dict[str, Any] = {"region": self._region(), "case_id": self.id()}
        self.begun["sanction"].append(case)
        return discipline.SanctionDecided(
            version=self.next_version(case["case_id"]), **case, organ_kind="bureau",
            subject_kind=discipline.SubjectKind.LAWYER, penalties=[discipline.Penalty.WARNING], filed_on=day,
            decision_due_on=day, decided_on=day, served_on=day, from_on=day,
            publish_due_on=day + timedelta(days=self.rng.randrange(30)),
        )  # fmt: skip

    def _publish(self, day: date) -> Event | None:
        if (case := self._any("sanction")) is None:
            return None
        self.begun["published"].append(case)
        return discipline.SanctionPublished(version=self.next_version(case["case_id"]), **case, published_on=day)

    def _withdraw(self, day: date) -> Event | None:
        if (case := self._any("published")) is None:
            return None
        version = self.next_version(case["case_id"])
        return discipline.SanctionWithdrawn(version=version, **case, ground="revoked", withdrawn_on=day)

    def _file(self, day: date) -> Event:
        case: dict[str, Any] = {"region": self._region(), "proceeding_id": self.id()}
        self.begun["proceeding"].append(case)
        return discipline.ProceedingFiled(
            version=1, **case, kind="administrative", organ_kind="bureau", subject_kind=discipline.SubjectKind.FIRM,
            filed_on=day, due_on=day + timedelta(days=60),
        )  # fmt: skip

    def _close(self, day: date) -> Event | None:
        if (case := self._any("proceeding")) is None:
            return None
        return discipline.ProceedingClosed(version=2, **case, closed_on=day, outcome="executed")

    def _impostor(self, day: date) -> Event | None:
        if (case := self._any("impostor")) is not None:
            return discipline.ImpostorCaseClosed(version=2, **case, closed_on=day, outcome="fined")
        self.begun["impostor"].append(case := {"region": self._region(), "impostor_case_id": self.id()})
        return discipline.ImpostorCaseOpened(version=1, **case, opened_on=day)

    def _talk(self, day: date) -> Event:
        return discipline.TalkRecorded(
            version=1, region=self._region(), talk_id=self.id(), kind="reminder", with_head=True, held_on=day
        )

    # rights

    def _complain(self, day: date) -> Event:
        case: dict[str, Any] = {"region": self._region(), "complaint_id": self.id()}
        self.begun["complaint"].append(case)
        at = _noon(day)
        return rights.ComplaintFiled(
            version=1, **case, fast_lane=False, filed_at=at, triage_due_at=at + timedelta(days=5)
        )

    def _accept(self, day: date) -> Event | None:
        if (case := self._any("complaint")) is None:
            return None
        self.begun["accepted"].append(case)
        at = _noon(day)
        return rights.ComplaintAccepted(version=2, **case, accepted_at=at, due_at=at + timedelta(days=9))

    def _settle(self, day: date) -> Event | None:
        if (case := self._any("accepted")) is None:
            return None
        return rights.ComplaintClosed(version=3, **case, outcome="corrected", closed_at=_noon(day))

    def _meet(self, day: date) -> Event:
        body, parties = ConsultationBody.FOUR_PARTY, ("court", "procuratorate", "justice", "association")
        return rights.ConsultationHeld(
            version=1, region=self._region(), meeting_id=self.id(), body=body, parties=parties, held_on=day
        )

    def _facility(self, day: date) -> Event | None:
        if (known := self._any("facility")) is not None:
            return rights.FacilityChanged(version=2, **known, status="closed", from_on=day)
        known = {
            "region": self._region(), "facility_id": self.id(), "organ_code": self.id(), "organ_kind": "DETENTION",
            "kind": "meeting-room", "opened_on": day,
        }  # fmt: skip
        self.begun["facility"].append(known)
        return rights.FacilityRegistered(version=1, **known, status="open", from_on=day)

    # progress

    def _reports(self, day: date) -> list[Event]:
        """Each number on the last day of its period; a duty is known from the day after, and met or not."""
        events: list[Event] = []
        for about in reported().values():
            for period in periods(about.frequency):
                if period.until_on != day:
                    continue
                for region in about.regions[: self.rng.randrange(4)]:
                    amount = self.rng.randrange(2) if about.is_yes_or_no else self.rng.randrange(1, 9)
                    value = reports.ReportedValueConfirmed(
                        version=1, region=region, value_id=self.id(), indicator_id=about.indicator.id,
                        from_on=period.from_on, until_on=period.until_on, due_on=period.due_on, amount=amount,
                        base=10 if about.is_share else None, reached_on=day if about.is_yes_or_no and amount else None,
                    )  # fmt: skip
                    self.values.append(value)
                    events.append(value)
        if day.day == 1 and day.month % 3 == 1:
            events += [self._duty(region, day) for region in REGIONS]
        if self.rng.random() < 0.08 and (owed := self._any("duty")) is not None:
            events.append(reports.ReportReceived(version=2, **owed, received_on=day))
        return events

    def _duty(self, region: str, day: date) -> Event:
        duty: dict[str, Any] = {"region": region, "report_id": self.id()}
        self.begun["duty"].append(duty)
        return reports.ReportRequested(
            version=1, **duty, reporter=Reporter.CITY_BUREAU, from_on=day - timedelta(days=90),
            until_on=day - timedelta(days=1), due_on=day + timedelta(days=14),
        )  # fmt: skip

    def _table(self, day: date) -> list[Event]:
        if self.rng.random() > 0.01:
            return []
        figures = [
            reports.NationalFigure(
                province=code, lawyers=self.rng.randrange(20_000, 60_000), bound=self.rng.choice(tuple(Bound)).value
            )
            for code in provinces()
        ]
        return [
            reports.NationalFiguresConfirmed(
                version=1, region=PROVINCE, table_id=self.id(), year=day.year - 1, published_on=day,
                figures=tuple(figures),
            )
        ]  # fmt: skip

    def _inspection(self, day: date) -> Event:
        return reports.InspectionCompleted(version=1, region=self._region(), inspection_id=self.id(), completed_on=day)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
