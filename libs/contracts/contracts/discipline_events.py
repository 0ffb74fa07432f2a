"""Events of discipline (feed `discipline.events`).

They name only their own record, never its subject: who must act on the person asks discipline-api under its own scope
and gets 410 once the record's term is over.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from common.events import Event
from pydantic import Field

TOPIC = "discipline.events"


class Penalty(StrEnum):
    """Closed list of administrative penalties (律师法 47-51) and industry sanctions (会员违规行为处分规则 15)."""

    WARNING = "warning"  # 警告
    FINE = "fine"  # 罚款
    CONFISCATION = "confiscation"  # 没收违法所得
    SUSPENSION = "suspension"  # 停止执业
    FIRM_SUSPENSION = "firm-suspension"  # 停业整顿
    REVOCATION = "revocation"  # 吊销执业证书
    ADMONITION = "admonition"  # 训诫
    INDUSTRY_WARNING = "industry-warning"  # 警告(行业)
    CIRCULATED_CRITICISM = "circulated-criticism"  # 通报批评
    PUBLIC_CENSURE = "public-censure"  # 公开谴责
    MEMBERSHIP_SUSPENSION = "membership-suspension"  # 中止会员权利
    MEMBERSHIP_CANCELLATION = "membership-cancellation"  # 取消会员资格


class SubjectKind(StrEnum):
    LAWYER = "lawyer"
    FIRM = "firm"


class SanctionDecided(Event, event_type="lawyers.discipline.sanction.decided.v1", topic=TOPIC, key="case_id"):
    """An effective decision has been recorded: decided, served, and in force from `from_on`.

    `to_on` is the first day after a suspension; none for penalties without a term and for revocation.
    `publish_due_on` is the last day on which publication is in time.
    """

    case_id: UUID
    organ_kind: str
    subject_kind: SubjectKind
    penalties: list[Penalty]
    filed_on: date
    decision_due_on: date
    decided_on: date
    served_on: date
    from_on: date
    to_on: date | None = None
    publish_due_on: date


class SanctionPublished(Event, event_type="lawyers.discipline.sanction.published.v1", topic=TOPIC, key="case_id"):
    """A sanction has been put on public display."""

    case_id: UUID
    published_on: date


class SanctionWithdrawn(Event, event_type="lawyers.discipline.sanction.withdrawn.v1", topic=TOPIC, key="case_id"):
    """A decision has been changed, revoked or found unlawful: it never took effect. The ground is a code."""

    case_id: UUID
    ground: str
    withdrawn_on: date


class SanctionWithheld(Event, event_type="lawyers.discipline.sanction.withheld.v1", topic=TOPIC, key="case_id"):
    """It has been decided, with reasons on file, not to publish a sanction. The ground is a code."""

    case_id: UUID
    withheld_on: date
    ground: str


class SanctionDisplayShortened(
    Event, event_type="lawyers.discipline.sanction.display-shortened.v1", topic=TOPIC, key="case_id"
):
    """After credit repair a sanction leaves public display earlier: on `display_to_on` it is no longer shown."""

    case_id: UUID
    repaired_on: date
    display_to_on: date


class SanctionDisplayCorrected(
    Event, event_type="lawyers.discipline.sanction.display-corrected.v1", topic=TOPIC, key="case_id"
):
    """After an objection the public page has been put right. `fields` are names of what was printed wrongly."""

    case_id: UUID
    corrected_on: date
    fields: list[str]


class SanctionHonourNoted(Event, event_type="lawyers.discipline.sanction.honour-noted.v1", topic=TOPIC, key="case_id"):
    """Whether this is the sanction that counts for a subject that held an honour when it took effect.

    Of several sanctions of one honoured subject one counts; should it be withdrawn, another is noted in its place.
    """

    case_id: UUID
    honoured: bool
    counts_from: date | None = Field(
        default=None, description="The day from which it counts: when it took effect, or the one before it fell."
    )


class ConductRecordPublished(
    Event, event_type="lawyers.discipline.conduct-record.published.v1", topic=TOPIC, key="record_id"
):
    """A conviction or a failed assessment has been put on public display. The kind is a code."""

    record_id: UUID
    kind: str
    published_on: date


class ConductRecordWithdrawn(
    Event, event_type="lawyers.discipline.conduct-record.withdrawn.v1", topic=TOPIC, key="record_id"
):
    """What a published conduct record stood on has fallen. Kind and ground are codes."""

    record_id: UUID
    kind: str
    ground: str
    withdrawn_on: date


class ProceedingFiled(Event, event_type="lawyers.discipline.proceeding.filed.v1", topic=TOPIC, key="proceeding_id"):
    """A case has been filed (立案), administrative or industry; by `due_on` a decision is in time."""

    proceeding_id: UUID
    kind: str
    organ_kind: str
    subject_kind: SubjectKind
    filed_on: date
    due_on: date


class ProceedingDecided(Event, event_type="lawyers.discipline.proceeding.decided.v1", topic=TOPIC, key="proceeding_id"):
    """A case has been decided; the outcome is a code. What was decided stays unsaid until it has been served."""

    proceeding_id: UUID
    decided_on: date
    outcome: str


class ProceedingClosed(Event, event_type="lawyers.discipline.proceeding.closed.v1", topic=TOPIC, key="proceeding_id"):
    """A case has ended."""

    proceeding_id: UUID
    closed_on: date
    outcome: str


class LinkageRecorded(Event, event_type="lawyers.discipline.linkage.recorded.v1", topic=TOPIC, key="linkage_id"):
    """A bureau's sanction has its consequence for membership of the association, over the same interval."""

    linkage_id: UUID
    consequence: Penalty
    from_on: date
    to_on: date | None = None


class LinkageUndone(Event, event_type="lawyers.discipline.linkage.undone.v1", topic=TOPIC, key="linkage_id"):
    """The consequence has fallen, with its cause or by decision of the association. The ground is a code."""

    linkage_id: UUID
    undone_on: date
    ground: str


class ImpostorCaseOpened(
    Event, event_type="lawyers.discipline.impostor-case.opened.v1", topic=TOPIC, key="impostor_case_id"
):
    """A clue about practice without a licence has been taken up (律师法 55)."""

    impostor_case_id: UUID
    opened_on: date


class ImpostorCaseClosed(
    Event, event_type="lawyers.discipline.impostor-case.closed.v1", topic=TOPIC, key="impostor_case_id"
):
    """A case of practice without a licence has ended, by whichever department; the outcome is a code."""

    impostor_case_id: UUID
    closed_on: date
    outcome: str


class TalkRecorded(Event, event_type="lawyers.discipline.talk.recorded.v1", topic=TOPIC, key="talk_id"):
    """A talk or a reminder has been held (约谈、谈话提醒). `with_head`: with the head of a firm."""

    talk_id: UUID
    kind: str
    with_head: bool
    held_on: date


class DeadlineMissed(Event, event_type="lawyers.discipline.deadline.missed.v1", topic=TOPIC, key="deadline_id"):
    """What was due on a day had not been done when it ended. `deadline` is its code."""

    deadline_id: UUID
    organ_kind: str
    deadline: str
    due_on: date


class DisciplineParkedEventResolved(
    Event, event_type="lawyers.discipline.parked-event.resolved.v1", topic=TOPIC, key="parked_id"
):
    """An operator has redriven or discarded an event that the reactions had parked; the reason is on file."""

    parked_id: UUID
    outcome: str
    source_topic: str
    source_partition: int
    source_seq: int
