"""Events of the registry about what it keeps beside the register of firms and lawyers (feed `registry.events`).

Recognitions, assessments, interns, disciplinary supervisors: each is a row of its own and the key of its own events.
"""

from datetime import date
from uuid import UUID

from common.events import Event
from pydantic import Field

from contracts.assessment import AssessedKind, Grade
from contracts.recognition import RecognisedField, RecognitionKind
from contracts.registry_events import TOPIC


class RecognitionGranted(
    Event, event_type="lawyers.registry.recognition.granted.v1", topic=TOPIC, key="recognition_id"
):
    """A firm or lawyer has been put on a list (名录) by a named issuer."""

    recognition_id: UUID
    kind: RecognitionKind
    member_id: UUID
    from_on: date
    to_on: date | None = None
    list_id: UUID | None = None
    field: RecognisedField | None = None


class RecognitionWithdrawn(
    Event, event_type="lawyers.registry.recognition.withdrawn.v1", topic=TOPIC, key="recognition_id"
):
    """A recognition has ended early."""

    recognition_id: UUID
    withdrawn_on: date
    list_id: UUID | None = None


class AssessmentGraded(Event, event_type="lawyers.registry.assessment.graded.v1", topic=TOPIC, key="assessment_id"):
    """A firm or lawyer has been graded for a year, or has not been for a reason on file. Internal.

    Neither grade nor ground is told: an unpublished grade, and a deferral for an investigation, are the organs' own.
    """

    assessment_id: UUID
    year: int = Field(ge=2000, le=2100)
    kind: AssessedKind
    subject_id: UUID
    correction: bool = False
    recorded_on: date


class AssessmentPublished(
    Event, event_type="lawyers.registry.assessment.published.v1", topic=TOPIC, key="assessment_id"
):
    """A grade has become public; a corrected one is published again, and none takes the published one back."""

    assessment_id: UUID
    year: int = Field(ge=2000, le=2100)
    kind: AssessedKind
    subject_id: UUID
    grade: Grade | None = None
    correction: bool = False
    published_on: date


class InternRegistered(Event, event_type="lawyers.registry.intern.registered.v1", topic=TOPIC, key="intern_id"):
    """A person has begun his year of internship (实习) at a firm; he is no lawyer and never counted as one."""

    intern_id: UUID
    firm_id: UUID
    supervisor_id: UUID
    from_on: date
    until_on: date


class InternshipEnded(Event, event_type="lawyers.registry.intern.ended.v1", topic=TOPIC, key="intern_id"):
    """An internship has ended: served, broken off or revoked; the ground is a code."""

    intern_id: UUID
    ground: str
    ended_on: date


class SupervisorAppointed(
    Event, event_type="lawyers.registry.supervisor.appointed.v1", topic=TOPIC, key="appointment_id"
):
    """A firm has a disciplinary supervisor (纪律监督员) on record."""

    appointment_id: UUID
    firm_id: UUID
    lawyer_id: UUID
    from_on: date


class SupervisorEnded(Event, event_type="lawyers.registry.supervisor.ended.v1", topic=TOPIC, key="appointment_id"):
    """The appointment holds no more from `ended_on` on."""

    appointment_id: UUID
    firm_id: UUID
    ended_on: date
    ground: str
