"""Events of the rights channel (feed `rights.events`). They name only the complaint, never who complained of whom."""

from datetime import date, datetime
from uuid import UUID

from common.events import Event

from contracts.consultations import ConsultationBody, Party
from contracts.evaluations import EvaluatedOrgan, EvaluationForm
from contracts.facilities import FacilityKind, FacilityStatus, OutageReason
from contracts.rights_taxonomy import Respondent

TOPIC = "rights.events"


class ComplaintFiled(Event, event_type="lawyers.rights.complaint.filed.v1", topic=TOPIC, key="complaint_id"):
    """A complaint about a violation of a lawyer's practice rights has been received."""

    complaint_id: UUID
    fast_lane: bool
    filed_at: datetime
    triage_due_at: datetime


class ComplaintAccepted(Event, event_type="lawyers.rights.complaint.accepted.v1", topic=TOPIC, key="complaint_id"):
    """A complaint has been accepted; it must be closed by `due_at`."""

    complaint_id: UUID
    accepted_at: datetime
    due_at: datetime


class ComplaintRefused(Event, event_type="lawyers.rights.complaint.refused.v1", topic=TOPIC, key="complaint_id"):
    """A complaint has been refused on a ground of the closed list."""

    complaint_id: UUID
    ground: str
    refused_at: datetime


class ComplaintReplied(Event, event_type="lawyers.rights.complaint.replied.v1", topic=TOPIC, key="complaint_id"):
    """The complainant has been given a reply."""

    complaint_id: UUID
    replied_at: datetime


class ComplaintClosed(Event, event_type="lawyers.rights.complaint.closed.v1", topic=TOPIC, key="complaint_id"):
    """A complaint has been closed with an outcome of the closed list."""

    complaint_id: UUID
    outcome: str
    closed_at: datetime


class RightsDeadlineMissed(Event, event_type="lawyers.rights.deadline.missed.v1", topic=TOPIC, key="deadline_id"):
    """An organ has missed a deadline, at the end of `due_on`; `region` and `organ_kind` are those of the organ."""

    deadline_id: UUID
    organ_kind: str
    deadline: str
    due_on: date


class RightsDeadlineRectified(Event, event_type="lawyers.rights.deadline.rectified.v1", topic=TOPIC, key="deadline_id"):
    """A list of holidays came out by which the deadline had not been missed."""

    deadline_id: UUID
    deadline: str
    due_on: date


class ComplaintMoved(Event, event_type="lawyers.rights.complaint.moved.v1", topic=TOPIC, key="complaint_id"):
    """A step of rights_proceedings.yaml that has no event of its own has been taken."""

    complaint_id: UUID
    step: str
    status: str
    moved_at: datetime


class ComplaintHandedOver(Event, event_type="lawyers.rights.complaint.handed-over.v1", topic=TOPIC, key="complaint_id"):
    """A complaint belongs to the association of `region` from now on; the time of filing stays."""

    complaint_id: UUID
    from_region: str
    handed_over_at: datetime


class ComplaintEscalated(Event, event_type="lawyers.rights.complaint.escalated.v1", topic=TOPIC, key="complaint_id"):
    """A deadline was missed: the next-higher association leads from now on."""

    complaint_id: UUID
    deadline: str
    escalated_at: datetime


class ConsultationHeld(Event, event_type="lawyers.rights.consultation.held.v1", topic=TOPIC, key="meeting_id"):
    """A meeting of 四方会商 or 联席会议 was held with its quorum; `region` is the body's, the province's too."""

    meeting_id: UUID
    body: ConsultationBody
    parties: tuple[Party, ...]
    held_on: date


class MinutesIssued(Event, event_type="lawyers.rights.consultation.minutes-issued.v1", topic=TOPIC, key="meeting_id"):
    """Every party that attended has signed the minutes of a meeting, and they were issued."""

    meeting_id: UUID
    body: ConsultationBody
    issued_on: date


class ResolutionAdopted(Event, event_type="lawyers.rights.resolution.adopted.v1", topic=TOPIC, key="resolution_id"):
    """A resolution stands in minutes that were issued; `owner_kind` must fulfil it by the end of `due_on`."""

    resolution_id: UUID
    meeting_id: UUID
    body: ConsultationBody
    owner_kind: Party
    due_on: date


class ResolutionExtended(Event, event_type="lawyers.rights.resolution.extended.v1", topic=TOPIC, key="resolution_id"):
    """A later meeting gave a resolution more time."""

    resolution_id: UUID
    body: ConsultationBody
    due_on: date


class ResolutionLapsed(Event, event_type="lawyers.rights.resolution.lapsed.v1", topic=TOPIC, key="resolution_id"):
    """A resolution was not fulfilled by the end of `due_on`; what is done later does not undo that."""

    resolution_id: UUID
    body: ConsultationBody
    owner_kind: Party
    due_on: date


class ResolutionFulfilled(Event, event_type="lawyers.rights.resolution.fulfilled.v1", topic=TOPIC, key="resolution_id"):
    """A resolution has been fulfilled, with evidence; `late`: after its day."""

    resolution_id: UUID
    body: ConsultationBody
    fulfilled_on: date
    late: bool


class ResolutionWithdrawn(Event, event_type="lawyers.rights.resolution.withdrawn.v1", topic=TOPIC, key="resolution_id"):
    """A later meeting withdrew a resolution."""

    resolution_id: UUID
    body: ConsultationBody
    withdrawn_on: date


class EvaluationOpened(Event, event_type="lawyers.rights.evaluation.opened.v1", topic=TOPIC, key="evaluation_id"):
    """Both sides have been invited to a mutual evaluation. How many is not told: of a single case it is two."""

    evaluation_id: UUID
    form: EvaluationForm
    organ: EvaluatedOrgan
    opened_on: date
    closes_on: date


class EvaluationClosed(Event, event_type="lawyers.rights.evaluation.closed.v1", topic=TOPIC, key="evaluation_id"):
    """The window of a mutual evaluation is over. Whether anybody has answered is not told: nobody need."""

    evaluation_id: UUID
    form: EvaluationForm
    organ: EvaluatedOrgan
    closed_on: date


class LinkageTaskSent(Event, event_type="lawyers.rights.linkage-task.sent.v1", topic=TOPIC, key="task_id"):
    """A letter has gone to a complaint unit; `region` is that of the organ that sent it."""

    task_id: UUID
    unit_kind: str
    unit_level: str
    unit_region: str
    sent_on: date


class LinkageTaskAnswered(Event, event_type="lawyers.rights.linkage-task.answered.v1", topic=TOPIC, key="task_id"):
    """The organ has answered with what it decided; `answered_on` is the day on which its letter was received."""

    task_id: UUID
    decided_on: date
    answered_on: date


class LinkageTaskCancelled(Event, event_type="lawyers.rights.linkage-task.cancelled.v1", topic=TOPIC, key="task_id"):
    """The letter is void, on a ground of the closed list."""

    task_id: UUID
    reason_code: str
    cancelled_on: date


class FacilityRegistered(Event, event_type="lawyers.rights.facility.registered.v1", topic=TOPIC, key="facility_id"):
    """A facility for lawyers has been registered; `organ_code` is the organ's place and never changes."""

    facility_id: UUID
    organ_code: UUID
    organ_kind: Respondent
    kind: FacilityKind
    status: FacilityStatus
    opened_on: date
    from_on: date


class FacilityChanged(Event, event_type="lawyers.rights.facility.changed.v1", topic=TOPIC, key="facility_id"):
    """What the register says of a facility from `from_on` on; `opened_on` may have been corrected."""

    facility_id: UUID
    organ_code: UUID
    organ_kind: Respondent
    kind: FacilityKind
    status: FacilityStatus
    opened_on: date
    from_on: date


class FacilityOutageBegan(Event, event_type="lawyers.rights.facility.outage-began.v1", topic=TOPIC, key="facility_id"):
    """A facility cannot be used for a while."""

    facility_id: UUID
    outage_id: UUID
    organ_code: UUID
    reason_kind: OutageReason
    began_at: datetime


class FacilityOutageEnded(Event, event_type="lawyers.rights.facility.outage-ended.v1", topic=TOPIC, key="facility_id"):
    """A facility can be used again."""

    facility_id: UUID
    outage_id: UUID
    organ_code: UUID
    ended_at: datetime


class MeetingWatchOpened(Event, event_type="lawyers.rights.meeting-watch.opened.v1", topic=TOPIC, key="meeting_id"):
    """A refused meeting was recorded; unless one is arranged by `due_at`, the refusal is a violation."""

    meeting_id: UUID
    opened_at: datetime
    due_at: datetime


class MeetingWatchEnded(Event, event_type="lawyers.rights.meeting-watch.ended.v1", topic=TOPIC, key="meeting_id"):
    """The watch over a refused meeting has ended: `met`, `violated` or `withdrawn`, at its legal instant."""

    meeting_id: UUID
    end: str
    ended_at: datetime
