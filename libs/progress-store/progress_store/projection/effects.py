"""The projection as effects of a follower: one table of steps, each a bulk statement over its events of the batch."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from common.database import Tx
from common.events import Event
from common.positions import Received
from common.positions.effects import ParkedEvent
from contracts import discipline_events as discipline
from contracts import progress_events as progress
from contracts import registry_events as registry
from contracts import registry_list_events as registers
from contracts import rights_events as rights

from progress_store.projection import conduct, lists, proceedings, reconciliations, register

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
