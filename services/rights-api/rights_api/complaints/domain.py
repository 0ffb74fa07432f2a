"""A complaint and its states. It knows regions, codes and dates; texts and persons stay sealed outside."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from contracts.labels import LabelledEnum
from contracts.rights_events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintFiled,
    ComplaintRefused,
    ComplaintReplied,
)
from contracts.rights_taxonomy import Outcome, RefusalGround
from contracts.working_days import local_date

from rights_api.complaints.clocks import CaseClock, ClockName, clocks_at_filing, handling_clock, reply_clock
from rights_api.complaints.routing import Matter


class Status(LabelledEnum):
    SUBMITTED = "SUBMITTED", "已提交，待受理", "submitted"
    ACCEPTED = "ACCEPTED", "已受理，办理中", "accepted"
    REFUSED = "REFUSED", "不予受理", "refused"
    REPLIED = "REPLIED", "已答复", "replied"
    CLOSED = "CLOSED", "已办结", "closed"
    CLUE = "CLUE", "匿名线索", "anonymous clue"


_BEFORE = {
    Status.ACCEPTED: Status.SUBMITTED,
    Status.REFUSED: Status.SUBMITTED,
    Status.REPLIED: Status.ACCEPTED,
    Status.CLOSED: Status.REPLIED,
}
"""The one state from which each state is reached; a clue reaches none."""


class IllegalTransition(Exception):
    """The complaint is not in the state from which this step is taken."""

    def __init__(self, status: Status, wanted: Status) -> None:
        super().__init__(f"{status} cannot become {wanted}")
        self.status, self.wanted, self.needed = status, wanted, _BEFORE[wanted]


class DecisionDateWrong(Exception):
    """A decision lies before the acceptance or in the future."""


@dataclass(frozen=True, slots=True)
class Complaint:
    complaint_id: UUID
    matter: Matter
    status: Status
    version: int
    filed_at: datetime
    changed_at: datetime
    clocks: tuple[CaseClock, ...]
    accepted_at: datetime | None = None
    refusal_ground: RefusalGround | None = None
    outcome: Outcome | None = None

    @property
    def region(self) -> str:
        return self.matter.owner_region

    def clock(self, name: ClockName) -> CaseClock:
        return next(clock for clock in self.clocks if clock.name is name)

    def accept(self, at: datetime) -> tuple["Complaint", ComplaintAccepted]:
        handling = handling_clock(self.matter.kind, at)
        after = replace(self._to(Status.ACCEPTED, at), accepted_at=at, clocks=(*self.clocks, handling))
        return after, ComplaintAccepted(
            complaint_id=self.complaint_id,
            version=after.version,
            region=self.region,
            accepted_at=at,
            due_at=handling.due_at,
        )

    def refuse(self, ground: RefusalGround, at: datetime) -> tuple["Complaint", ComplaintRefused]:
        after = replace(self._to(Status.REFUSED, at), refusal_ground=ground)
        return after, ComplaintRefused(
            complaint_id=self.complaint_id,
            version=after.version,
            region=self.region,
            ground=ground.value,
            refused_at=at,
        )

    def reply(self, decided_on: date, at: datetime) -> tuple["Complaint", ComplaintReplied]:
        after = self._to(Status.REPLIED, at)
        if self.accepted_at is None or not local_date(self.accepted_at) <= decided_on <= local_date(at):
            raise DecisionDateWrong
        notice = reply_clock(self.matter.kind, decided_on, self.clock(ClockName.HANDLING))
        after = replace(after, clocks=(*self.clocks, notice))
        return after, ComplaintReplied(
            complaint_id=self.complaint_id, version=after.version, region=self.region, replied_at=at
        )

    def close(self, outcome: Outcome, at: datetime) -> tuple["Complaint", ComplaintClosed]:
        after = replace(self._to(Status.CLOSED, at), outcome=outcome)
        return after, ComplaintClosed(
            complaint_id=self.complaint_id,
            version=after.version,
            region=self.region,
            outcome=outcome.value,
            closed_at=at,
        )

    def _to(self, wanted: Status, at: datetime) -> "Complaint":
        if self.status is not _BEFORE[wanted]:
            raise IllegalTransition(self.status, wanted)
        return replace(self, status=wanted, version=self.version + 1, changed_at=at)


def file_complaint(complaint_id: UUID, matter: Matter, at: datetime) -> tuple[Complaint, ComplaintFiled | None]:
    """A clue is kept and announced to nobody."""
    clocks = tuple(clocks_at_filing(matter, at))
    status = Status.CLUE if matter.is_clue else Status.SUBMITTED
    complaint = Complaint(complaint_id, matter, status, 1, filed_at=at, changed_at=at, clocks=clocks)
    if matter.is_clue:
        return complaint, None
    return complaint, ComplaintFiled(
        complaint_id=complaint_id,
        version=1,
        region=complaint.region,
        fast_lane=matter.fast_lane,
        filed_at=at,
        triage_due_at=complaint.clock(ClockName.TRIAGE).due_at,
    )
