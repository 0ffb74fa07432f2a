"""Events of progress-api about the plan's own work: deliverables, targets, lights, notices, editions, the freeze.

No number is computed from them: the progress store leaves them out.
"""

from datetime import date
from uuid import UUID

from common.events import Event

from contracts.forecasts import ForecastMethod
from contracts.inspections import FindingSeverity
from contracts.lights import Colour, LightOf
from contracts.notices import NoticeColour, NoticeSubject
from contracts.progress_events import TOPIC
from contracts.reporting import Reporter


class ReadingChosen(Event, event_type="lawyers.progress.reading.chosen.v1", topic=TOPIC, key="choice_id"):
    """The department has decided how an open parameter of the plan is read, for one target or for all, from a day on.

    parameter, value: as in the plan's policy_parameters.
    """

    choice_id: UUID
    parameter: str
    target: str | None
    value: str
    from_on: date


class NoticeIssued(Event, event_type="lawyers.progress.notice.issued.v1", topic=TOPIC, key="notice_id"):
    """督办: the department has told an organisation (addressee and region) to act and to answer by `due_on`.

    subject: a code of the plan, or the id of a report. rule: the rule that proposed it, null where an officer did.
    """

    notice_id: UUID
    colour: NoticeColour
    addressee: Reporter
    subject_kind: NoticeSubject
    subject: str
    issued_on: date
    due_on: date
    rule: str | None


class NoticeEscalated(Event, event_type="lawyers.progress.notice.escalated.v1", topic=TOPIC, key="notice_id"):
    """The same notice in its next colour, with a due day of its own."""

    notice_id: UUID
    colour: NoticeColour
    addressee: Reporter
    subject_kind: NoticeSubject
    subject: str
    escalated_on: date
    due_on: date


class NoticeAnswered(Event, event_type="lawyers.progress.notice.answered.v1", topic=TOPIC, key="notice_id"):
    notice_id: UUID
    colour: NoticeColour
    addressee: Reporter
    answered_on: date
    due_on: date


class NoticeClosed(Event, event_type="lawyers.progress.notice.closed.v1", topic=TOPIC, key="notice_id"):
    notice_id: UUID
    colour: NoticeColour
    addressee: Reporter
    closed_on: date


class NoticeWithdrawn(Event, event_type="lawyers.progress.notice.withdrawn.v1", topic=TOPIC, key="notice_id"):
    """An issued notice no longer stands; why is on file."""

    notice_id: UUID
    colour: NoticeColour
    addressee: Reporter
    withdrawn_on: date


class InspectionPlanned(Event, event_type="lawyers.progress.inspection.planned.v1", topic=TOPIC, key="inspection_id"):
    """An inspection of a region is on the year's programme. measures: measures and work requirements in its scope."""

    inspection_id: UUID
    year: int
    planned_on: date
    measures: tuple[str, ...]


class FindingRecorded(Event, event_type="lawyers.progress.finding.recorded.v1", topic=TOPIC, key="inspection_id"):
    inspection_id: UUID
    finding_id: UUID
    measure: str
    severity: FindingSeverity
    recorded_on: date
    due_on: date


class RectificationAccepted(
    Event, event_type="lawyers.progress.rectification.accepted.v1", topic=TOPIC, key="inspection_id"
):
    """A finding has been put right (销号)."""

    inspection_id: UUID
    finding_id: UUID
    accepted_on: date


class MilestoneSet(Event, event_type="lawyers.progress.milestone.set.v1", topic=TOPIC, key="work_id"):
    """A deliverable has a milestone, or another day for it; region 410000: the province as a whole.

    work_id: one deliverable in one region, whose version every such event raises.
    """

    work_id: UUID
    deliverable_id: str
    milestone_id: UUID
    due_on: date
    from_on: date


class MilestoneCancelled(Event, event_type="lawyers.progress.milestone.cancelled.v1", topic=TOPIC, key="work_id"):
    """A milestone is waited for no longer."""

    work_id: UUID
    deliverable_id: str
    milestone_id: UUID
    from_on: date


class DeliverableOwnerNamed(
    Event, event_type="lawyers.progress.deliverable-owner.named.v1", topic=TOPIC, key="work_id"
):
    """The department has said which organisation answers for a deliverable; its name is on file."""

    work_id: UUID
    deliverable_id: str
    from_on: date


class DeliverableStateRecorded(
    Event, event_type="lawyers.progress.deliverable-state.recorded.v1", topic=TOPIC, key="work_id"
):
    """state: planned, in-progress, delivered, verified; on: since when."""

    work_id: UUID
    deliverable_id: str
    state: str
    on: date


class DeliverableEvidenceAdded(
    Event, event_type="lawyers.progress.deliverable-evidence.added.v1", topic=TOPIC, key="work_id"
):
    """kind: document, file, link, event, indicator. completes: the milestone that it shows to have been reached."""

    work_id: UUID
    deliverable_id: str
    evidence_id: UUID
    kind: str
    dated_on: date
    completes: UUID | None


class DeliverableEvidenceWithdrawn(
    Event, event_type="lawyers.progress.deliverable-evidence.withdrawn.v1", topic=TOPIC, key="work_id"
):
    """The evidence no longer counts from `withdrawn_on` on; why is on file."""

    work_id: UUID
    deliverable_id: str
    evidence_id: UUID
    withdrawn_on: date


class RegionTargetsIssued(
    Event, event_type="lawyers.progress.region-targets.issued.v1", topic=TOPIC, key="document_id"
):
    """A document with targets of regions (目标分解) is on record and confirmed.

    It holds from `from_on` on, and replaces for each of its indicators what an earlier one said of any region.
    """

    document_id: UUID
    indicators: tuple[str, ...]
    issued_on: date
    from_on: date


class RegionTargetsWithdrawn(
    Event, event_type="lawyers.progress.region-targets.withdrawn.v1", topic=TOPIC, key="document_id"
):
    """The document no longer holds from `withdrawn_on` on."""

    document_id: UUID
    withdrawn_on: date


class ReportReminded(Event, event_type="lawyers.progress.report.reminded.v1", topic=TOPIC, key="reminder_id"):
    """Who owes a report that has not come in was reminded by rule; days_after_due: negative before the due day."""

    reminder_id: UUID
    report_id: UUID
    due_on: date
    days_after_due: int


class EditionIssued(Event, event_type="lawyers.progress.edition.issued.v1", topic=TOPIC, key="edition_id"):
    """An edition of the plan's progress has been signed off and is public from now on.

    period: the month, as 2026-10; digest: SM3 of its content as published, in hex.
    """

    edition_id: UUID
    plan_id: str
    period: str
    as_of: date
    document_number: str
    issued_on: date
    digest: str


class EditionSuperseded(Event, event_type="lawyers.progress.edition.superseded.v1", topic=TOPIC, key="edition_id"):
    """A later edition of the same period stands in its place; it stays readable, marked as superseded."""

    edition_id: UUID
    period: str
    superseded_by: UUID
    superseded_on: date


class EditionWithdrawn(Event, event_type="lawyers.progress.edition.withdrawn.v1", topic=TOPIC, key="edition_id"):
    """It is public no longer; at its address stands when and why it was withdrawn."""

    edition_id: UUID
    period: str
    withdrawn_on: date


class LightDeclared(Event, event_type="lawyers.progress.light.declared.v1", topic=TOPIC, key="declaration_id"):
    """Whoever is responsible has said himself how something stands; region 410000: the province as a whole."""

    declaration_id: UUID
    of: LightOf
    item_id: str
    colour: Colour
    from_on: date


class LightOverridden(Event, event_type="lawyers.progress.light.overridden.v1", topic=TOPIC, key="override_id"):
    """The department shows another light than the computed one, up to and including `expires_on`."""

    override_id: UUID
    of: LightOf
    item_id: str
    colour: Colour
    from_on: date
    expires_on: date


class LightOverrideEnded(Event, event_type="lawyers.progress.light-override.ended.v1", topic=TOPIC, key="override_id"):
    """Ended by hand before its day; from `ended_on` on the computed light is shown again."""

    override_id: UUID
    ended_on: date


class PlanFrozen(Event, event_type="lawyers.progress.plan.frozen.v1", topic=TOPIC, key="closing_id"):
    """收官: the plan's values of its last day have been signed and change no more.

    digest: SM3 of the whole record, report_digest: of the final report as published, both in hex.
    """

    closing_id: UUID
    plan_id: str
    frozen_on: date
    document_number: str
    signed_on: date
    digest: str
    report_digest: str


class PlanAddendumSigned(Event, event_type="lawyers.progress.plan-addendum.signed.v1", topic=TOPIC, key="closing_id"):
    """补充说明: what became known after the freeze is on record beside it. number: of the plan's addenda, from 1."""

    closing_id: UUID
    plan_id: str
    number: int
    document_number: str
    signed_on: date
    digest: str
    report_digest: str


class ForecastMade(Event, event_type="lawyers.progress.forecast.made.v1", topic=TOPIC, key="forecast_id"):
    """On a month's first day: what a target is expected to be on a day, as known at the end of the month before.

    scope: a region's code, null for the province as a whole. low, high: the interval; value and both are whole numbers
    of what the target counts, of T2 places.
    """

    forecast_id: UUID
    target: str
    scope: str | None
    made_on: date
    from_on: date
    for_on: date
    value: int
    low: int
    high: int
    method: ForecastMethod
