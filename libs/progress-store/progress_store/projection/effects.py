"""The projection as effects of a follower: one table of steps, each a bulk statement over its events of the batch."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from common.database import Tx
from common.events import Event
from common.positions import Received
from common.positions.effects import ParkedEvent
from contracts import discipline_events as discipline
from contracts import plan_events as plan
from contracts import progress_events as progress
from contracts import registry_events as registry
from contracts import registry_list_events as registers
from contracts import report_events as reports
from contracts import rights_events as rights

from progress_store.projection import conduct, facilities, lists, proceedings, reconciliations, register
from progress_store.projection import reports as reported

Step = tuple[tuple[type[Event], ...], Callable[[Any, Any], Awaitable[None]]]

# In this order: intervals have ids of their own, so within a batch it is enough that all openings precede all closings.
STEPS: tuple[Step, ...] = (
    ((registry.FirmEstablished, registry.FirmChanged), register.open_firm_periods),
    ((registry.FirmChanged, registry.FirmEnded), register.close_firm_periods),
    (
        (registry.LawyerLicensed, registry.LawyerMoved, registry.LawyerCategoryChanged),
        register.open_practices,
    ),
    (
        (
            registry.LawyerMoved,
            registry.LawyerCategoryChanged,
            registry.LawyerLicenceEnded,
            registry.LawyerRecordMerged,
            registry.LawyerRecordRestored,
        ),
        register.close_practices,
    ),
    ((registry.FirmPeriodCorrected,), register.correct_firm_periods),
    ((registry.PracticeCorrected,), register.correct_practices),
    ((registry.FirmEnded, registry.FirmSplit), register.reorganise),
    ((registry.LawyerRecordMerged, registry.LawyerRecordRestored), register.merge_records),
    ((registry.LawyerStandingRecorded, registry.FirmStandingRecorded), register.record_standing),
    ((registers.RecognitionGranted,), lists.grant_recognitions),
    ((registers.RecognitionWithdrawn,), lists.withdraw_recognitions),
    ((registers.AssessmentPublished,), lists.publish_assessments),
    ((registers.SupervisorAppointed,), lists.appoint_supervisors),
    ((registers.SupervisorEnded,), lists.end_supervisors),
    ((registry.ReconciliationCompleted,), reconciliations.note_reconciliations),
    ((discipline.SanctionDecided,), conduct.decide_sanctions),
    ((discipline.SanctionPublished,), conduct.publish_sanctions),
    ((discipline.SanctionWithheld,), conduct.withhold_sanctions),
    ((discipline.SanctionWithdrawn,), conduct.withdraw_sanctions),
    ((discipline.SanctionHonourNoted,), proceedings.note_honours),
    ((discipline.ProceedingFiled,), proceedings.file_proceedings),
    ((discipline.ProceedingDecided,), proceedings.decide_proceedings),
    ((discipline.ProceedingClosed,), proceedings.close_proceedings),
    ((discipline.ImpostorCaseOpened,), proceedings.open_impostor_cases),
    ((discipline.ImpostorCaseClosed,), proceedings.close_impostor_cases),
    ((discipline.TalkRecorded,), proceedings.record_talks),
    ((rights.ComplaintFiled,), conduct.file_complaints),
    ((rights.ComplaintAccepted,), conduct.accept_complaints),
    ((rights.ComplaintRefused,), conduct.refuse_complaints),
    ((rights.ComplaintReplied,), conduct.reply_to_complaints),
    ((rights.ComplaintClosed,), conduct.close_complaints),
    ((rights.ComplaintHandedOver,), conduct.hand_over_complaints),
    ((rights.ConsultationHeld,), conduct.hold_consultations),
    ((rights.EvaluationClosed,), conduct.close_evaluations),
    ((rights.FacilityRegistered, rights.FacilityChanged), facilities.tell_facilities),
    ((reports.ReportRequested,), reported.request_reports),
    ((reports.ReportReceived,), reported.receive_reports),
    ((reports.ReportedValueConfirmed,), reported.confirm_values),
    ((reports.NationalFiguresConfirmed,), reported.confirm_national_figures),
    ((reports.InspectionCompleted,), reported.complete_inspections),
    ((reports.ValuesShown, reports.ClosedValuesShown), reported.show_values),
)


class Projection:
    """Fulfils `Effects` for the progress store. Asks nobody: a rebuild must need the feeds alone."""

    handles = frozenset(cls.event_type for classes, _ in STEPS for cls in classes)
    ignores = frozenset(
        cls.event_type
        for cls in (
            registry.FirmDetailsChanged,
            registry.LawyerDetailsChanged,
            registry.StandingConflictOpened,
            registry.StandingConflictClosed,
            registers.AssessmentGraded,
            registers.InternRegistered,
            registers.InternshipEnded,
            registry.RegistryParkedEventResolved,
            discipline.SanctionDisplayCorrected,
            discipline.SanctionDisplayShortened,
            discipline.LinkageRecorded,
            discipline.LinkageUndone,
            discipline.ConductRecordPublished,
            discipline.ConductRecordWithdrawn,
            discipline.DeadlineMissed,
            discipline.DisciplineParkedEventResolved,
            rights.ComplaintMoved,
            rights.ComplaintEscalated,
            rights.RightsDeadlineMissed,
            rights.MeetingWatchOpened,
            rights.MeetingWatchEnded,
            rights.EvaluationOpened,
            rights.FacilityOutageBegan,
            rights.FacilityOutageEnded,
            rights.RightsDeadlineRectified,
            rights.LinkageTaskSent,
            rights.LinkageTaskAnswered,
            rights.LinkageTaskCancelled,
            rights.MinutesIssued,
            rights.ResolutionAdopted,
            rights.ResolutionExtended,
            rights.ResolutionLapsed,
            rights.ResolutionFulfilled,
            rights.ResolutionWithdrawn,
            progress.ProgressParkedEventResolved,
            progress.RebuildFinished,
            plan.ReadingChosen,
            plan.ForecastMade,
            plan.NoticeIssued,
            plan.NoticeEscalated,
            plan.NoticeAnswered,
            plan.NoticeClosed,
            plan.NoticeWithdrawn,
            plan.InspectionPlanned,
            plan.FindingRecorded,
            plan.RectificationAccepted,
            plan.MilestoneSet,
            plan.MilestoneCancelled,
            plan.DeliverableOwnerNamed,
            plan.DeliverableStateRecorded,
            plan.DeliverableEvidenceAdded,
            plan.DeliverableEvidenceWithdrawn,
            plan.RegionTargetsIssued,
            plan.RegionTargetsWithdrawn,
            plan.ReportReminded,
            plan.EditionIssued,
            plan.EditionSuperseded,
            plan.EditionWithdrawn,
            plan.LightDeclared,
            plan.LightOverridden,
            plan.LightOverrideEnded,
            plan.PlanFrozen,
            plan.PlanAddendumSigned,
        )
    )

    async def prepare(self, events: Sequence[Received]) -> None:
        """Nothing to ask."""

    async def apply(self, tx: Tx, events: Sequence[Received], prepared: None) -> None:  # noqa: ARG002
        connection = await tx.raw()
        by_class: dict[type[Event], list[Event]] = {}
        # Key order, so that two projectors on different partitions never wait for each other in a circle. The sort is
        # stable: the events of one key stay in the order of their feed.
        for received in sorted(events, key=lambda r: r.envelope.subject):
            by_class.setdefault(type(received.event), []).append(received.event)
        for classes, write in STEPS:
            chosen = [event for cls in classes for event in by_class.get(cls, ())]
            if chosen:
                await write(connection, chosen)

    def resolved(self, parked: ParkedEvent, outcome: str) -> Event:
        return progress.ProgressParkedEventResolved(
            version=parked.version + 1,
            region=parked.region or "410000",
            parked_id=parked.parked_id,
            outcome=outcome,
            source_topic=parked.topic,
            source_partition=parked.partition,
            source_seq=parked.seq,
        )
