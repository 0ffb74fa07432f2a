"""Events of the registry (feed `registry.events`).

A lawyer's practice and a firm's state are intervals with ids of their own. An event opens or closes intervals by id,
so that folding the events of one key gives the same rows in whatever order different keys arrive.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from common.events import Event
from pydantic import BaseModel, Field

TOPIC = "registry.events"
COUNTY = r"^41\d{4}$"
"""GB/T 2260 code of a county-level unit of Henan."""


class FirmKind(StrEnum):
    """律师事务所种类; conditions in 律师法 14-19, 国务院令338 and the joint-venture rules."""

    GENERAL_PARTNERSHIP = "general-partnership"  # 普通合伙
    SPECIAL_PARTNERSHIP = "special-partnership"  # 特殊的普通合伙
    INDIVIDUAL = "individual"  # 个人
    STATE = "state"  # 国资
    BRANCH = "branch"  # 分所
    HK_MACAO_JOINT_VENTURE = "hk-macao-joint-venture"  # 港澳联营
    FOREIGN_OFFICE = "foreign-office"  # 外国律所代表机构


class StandingKind(StrEnum):
    """What a discipline fact does to standing on the days of its interval."""

    SUSPENSION = "suspension"  # 停止执业 / 停业整顿
    REVOCATION = "revocation"  # 吊销


class OfACase(BaseModel):
    """What an event of a firm or lawyer tells of its cause."""

    case_id: UUID | None = Field(default=None, description="The approved case behind it; its papers stay there.")
    correction: bool = Field(default=False, description="Puts right what was recorded wrongly; nothing has happened.")


class FirmEstablished(OfACase, Event, event_type="lawyers.registry.firm.established.v1", topic=TOPIC, key="firm_id"):
    """A firm or branch has been licensed (设立), or entered the register by import."""

    firm_id: UUID
    period_id: UUID
    kind: FirmKind
    parent_firm_id: UUID | None = None
    county: str | None = Field(default=None, pattern=COUNTY)
    in_legal_district: bool = Field(default=False, description="Its seat lies in the central legal district.")
    outside_parent: bool = Field(default=False, description="A branch whose head office is in another province.")
    from_on: date


class FirmChanged(OfACase, Event, event_type="lawyers.registry.firm.changed.v1", topic=TOPIC, key="firm_id"):
    """A firm's kind, region or parent has changed (变更): one period closes, the next opens on the same day."""

    firm_id: UUID
    closes_period_id: UUID
    period_id: UUID
    kind_before: FirmKind
    kind: FirmKind
    region_before: str
    parent_before: UUID | None = None
    parent_firm_id: UUID | None = None
    county: str | None = Field(default=None, pattern=COUNTY)
    in_legal_district: bool = False
    outside_parent: bool = False
    effective_on: date


class FirmDetailsChanged(
    OfACase, Event, event_type="lawyers.registry.firm.details-changed.v1", topic=TOPIC, key="firm_id"
):
    """Named fields of a firm have changed that no count depends on; the values are asked of the registry."""

    firm_id: UUID
    changed_fields: list[str]
    effective_on: date


class FirmEnded(OfACase, Event, event_type="lawyers.registry.firm.ended.v1", topic=TOPIC, key="firm_id"):
    """A firm has ended (注销, or absorbed in a merger 合并)."""

    firm_id: UUID
    period_id: UUID
    ground: str | None = Field(default=None, description="A code; none where it would tell of a sanction.")
    merged_into: UUID | None = None
    merger_id: UUID | None = None
    ended_on: date


class FirmSplit(OfACase, Event, event_type="lawyers.registry.firm.split.v1", topic=TOPIC, key="firm_id"):
    """A firm has been divided (分立): new firms took part of its lawyers; if it does not continue, its end follows."""

    firm_id: UUID
    into: list[UUID]
    continues: bool
    effective_on: date


class FirmPeriodCorrected(
    OfACase, Event, event_type="lawyers.registry.firm.period-corrected.v1", topic=TOPIC, key="firm_id"
):
    """What had been recorded wrongly of a firm's current period is put right for all its days."""

    firm_id: UUID
    period_id: UUID
    kind: FirmKind
    parent_firm_id: UUID | None = None
    county: str | None = Field(default=None, pattern=COUNTY)
    in_legal_district: bool = False
    outside_parent: bool = False
    from_on: date


class PracticeCorrected(
    OfACase, Event, event_type="lawyers.registry.lawyer.practice-corrected.v1", topic=TOPIC, key="lawyer_id"
):
    """What had been recorded wrongly of a lawyer's current practice is put right for all its days."""

    lawyer_id: UUID
    practice_id: UUID
    firm_id: UUID | None = None
    category: int = Field(ge=1, le=8)
    county: str | None = Field(default=None, pattern=COUNTY)
    from_on: date


class LawyerLicensed(OfACase, Event, event_type="lawyers.registry.lawyer.licensed.v1", topic=TOPIC, key="lawyer_id"):
    """A person holds a lawyer's licence (首次执业, relicensing, or entry by import)."""

    lawyer_id: UUID
    practice_id: UUID
    firm_id: UUID | None = None
    category: int = Field(ge=1, le=8, description="Digit 10 of the licence number; 9 (military) is never held.")
    county: str | None = Field(default=None, pattern=COUNTY, description="Of an institution; of a firm the firm's.")
    first_licensed_on: date
    from_on: date


class LawyerMoved(OfACase, Event, event_type="lawyers.registry.lawyer.moved.v1", topic=TOPIC, key="lawyer_id"):
    """A lawyer has changed institution (变更执业机构); the person stays, the number may change."""

    lawyer_id: UUID
    closes_practice_id: UUID
    practice_id: UUID
    firm_before: UUID | None = None
    firm_id: UUID | None = None
    region_before: str
    category: int = Field(ge=1, le=8)
    county: str | None = Field(default=None, pattern=COUNTY)
    number_changed: bool
    merger_id: UUID | None = None
    effective_on: date


class LawyerCategoryChanged(
    OfACase, Event, event_type="lawyers.registry.lawyer.category-changed.v1", topic=TOPIC, key="lawyer_id"
):
    """A lawyer practises in another category (变更执业类别) at the same institution."""

    lawyer_id: UUID
    closes_practice_id: UUID
    practice_id: UUID
    firm_id: UUID | None = None
    category_before: int = Field(ge=1, le=8)
    category: int = Field(ge=1, le=8)
    county: str | None = Field(default=None, pattern=COUNTY)
    effective_on: date


class LawyerDetailsChanged(
    OfACase, Event, event_type="lawyers.registry.lawyer.details-changed.v1", topic=TOPIC, key="lawyer_id"
):
    """Named personal fields have changed; only their names are told."""

    lawyer_id: UUID
    changed_fields: list[str]
    effective_on: date


class LawyerLicenceEnded(
    OfACase, Event, event_type="lawyers.registry.lawyer.licence-ended.v1", topic=TOPIC, key="lawyer_id"
):
    """A licence has been cancelled (注销) on a legal ground; the ground is a code."""

    lawyer_id: UUID
    practice_id: UUID
    ground: str | None = Field(default=None, description="A code; none where it would tell of a sanction.")
    ended_on: date


class PracticeEnd(BaseModel):
    """Where one practice interval ends now; nowhere while it is open."""

    practice_id: UUID
    to_on: date | None = None


class LawyerRecordMerged(
    OfACase, Event, event_type="lawyers.registry.lawyer.record-merged.v1", topic=TOPIC, key="lawyer_id"
):
    """A record was found to be another's duplicate: its intervals end where that one begins, so nobody counts twice."""

    lawyer_id: UUID
    merged_into: UUID
    practices: list[PracticeEnd]
    effective_on: date


class LawyerRecordRestored(
    OfACase, Event, event_type="lawyers.registry.lawyer.record-restored.v1", topic=TOPIC, key="lawyer_id"
):
    """A merger of records was undone: these were two persons, and every interval ends where it did before."""

    lawyer_id: UUID
    restored_from: UUID
    practices: list[PracticeEnd]
    effective_on: date


class LawyerStandingRecorded(
    Event, event_type="lawyers.registry.lawyer.standing-recorded.v1", topic=TOPIC, key="fact_id"
):
    """The registry has learnt a discipline fact about a lawyer, or its withdrawal. Internal: names a person's sanction.

    Key and version are the fact's own: a gap in the lawyer's versions would tell of it to whoever may not read this.

    `to_on` is the first day on which the lawyer may practise again; none for a revocation.
    """

    lawyer_id: UUID
    fact_id: UUID
    kind: StandingKind
    from_on: date
    to_on: date | None = None
    withdrawn: bool


class FirmStandingRecorded(Event, event_type="lawyers.registry.firm.standing-recorded.v1", topic=TOPIC, key="fact_id"):
    """The registry has learnt a discipline fact about a firm (停业整顿, 吊销), or its withdrawal. Internal.

    Key and version are the fact's own, as with a lawyer's.
    """

    firm_id: UUID
    fact_id: UUID
    kind: StandingKind
    from_on: date
    to_on: date | None = None
    withdrawn: bool


class StandingConflictOpened(
    Event, event_type="lawyers.registry.standing-conflict.opened.v1", topic=TOPIC, key="conflict_id"
):
    """A discipline fact contradicts the register (no such subject, no licence on that day): an officer must look."""

    conflict_id: UUID
    fact_id: UUID
    ground: str


class ConflictOutcome(StrEnum):
    """What an officer found when he looked at a contradiction."""

    REGISTER_CORRECTED = "register-corrected"  # 登记有误，已更正
    SANCTION_CORRECTED = "sanction-corrected"  # 处罚记录有误，已由决定机关更正
    OF_ANOTHER_REGISTER = "of-another-register"  # 当事人不属本登记范围
    NO_CONTRADICTION = "no-contradiction"  # 核对无误，并无矛盾


class StandingConflictClosed(
    Event, event_type="lawyers.registry.standing-conflict.closed.v1", topic=TOPIC, key="conflict_id"
):
    """An officer has looked at a contradiction; his reason is on file. Internal, as is the contradiction."""

    conflict_id: UUID
    fact_id: UUID
    outcome: ConflictOutcome


class ReconciledKind(StrEnum):
    """What a full export of the licensing system holds."""

    LAWYERS = "lawyers"  # 律师
    FIRMS = "firms"  # 律师事务所


class ReconciliationCompleted(
    Event, event_type="lawyers.registry.reconciliation.completed.v1", topic=TOPIC, key="reconciliation_id"
):
    """The register was compared with a full export of the licensing system (对账); region is the scope of both.

    `here` and `there` are valid licences on each side; the four differences count persons or firms.
    """

    reconciliation_id: UUID
    kind: ReconciledKind
    reconciled_on: date
    reconciled_at: datetime
    here: int = Field(ge=0)
    there: int = Field(ge=0)
    only_here: int = Field(ge=0)
    only_there: int = Field(ge=0)
    different: int = Field(ge=0)
    unreadable: int = Field(ge=0)


class RegistryParkedEventResolved(
    Event, event_type="lawyers.registry.parked-event.resolved.v1", topic=TOPIC, key="parked_id"
):
    """An operator has redriven or discarded an event that the reactions had parked; the reason is on file."""

    parked_id: UUID
    outcome: str
    source_topic: str
    source_partition: int
    source_seq: int
