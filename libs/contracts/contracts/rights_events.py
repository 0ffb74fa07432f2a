"""Events of the rights channel (feed `rights.events`). They name only the complaint, never who complained of whom."""

from datetime import datetime
from uuid import UUID

from common.events import Event

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
