"""Events of discipline (feed `discipline.events`).

They name only their own record, never its subject: who must act on the person asks discipline-api under its own scope
and gets 410 once the record's term is over.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from common.events import Event

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
