"""What a case holds that names nobody outside the organ: days, codes, document numbers, officers."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from contracts.proceedings import (
    Machine,
    Origin,
    ProceedingKind,
    ProceedingOutcome,
    RemedyOutcome,
    RemedyTrack,
    machine,
)
from contracts.service import ServiceWay

from discipline_api.organs import Organ
from discipline_api.record.tariff import Escalation, Imposed, MitigationGround


@dataclass(frozen=True, slots=True)
class Act:
    """`ended_on` where the act continued: limitation runs from then (行政处罚法 36)."""

    on: date
    discovered_on: date
    ended_on: date | None = None
    grave_harm: bool = False

    @property
    def over_on(self) -> date:
        return self.ended_on or self.on


@dataclass(frozen=True, slots=True)
class Investigator:
    officer: str
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True)
class Penalising:
    """For which conduct what is imposed, or was proposed, notified or voted."""

    conduct_code: str
    imposed: Imposed
    mitigation: MitigationGround | None = None
    escalation: Escalation | None = None
    tier: str | None = None
    """Of the benchmark (裁量基准的档)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """行政处罚告知, or the association's offer of a hearing: what the subject was told would be imposed."""

    on: date
    document_number: str
    penalising: Penalising
    hearing_offered: bool
    request_until: date | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    on: date
    committee: int
    present: tuple[str, ...]
    in_favour: int
    outcome: ProceedingOutcome
    penalising: Penalising | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision as signed. `case_id` is that of the sanction it becomes once served or effective."""

    on: date
    document_number: str
    outcome: ProceedingOutcome
    penalising: Penalising | None = None
    case_id: UUID | None = None
    changed_on: date | None = None
    """By an association's review."""
    changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """送达回证."""

    on: date
    way: ServiceWay
    document_number: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """Review by the administration or litigation, from the day it was taken up."""

    track: RemedyTrack
    since: date
    outcome: RemedyOutcome | None = None
    ended_on: date | None = None
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """Of an industry decision, by the association's review committee."""

    requested_on: date
    accepted_on: date | None = None
    decided_on: date | None = None
    outcome: RemedyOutcome | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    due_on: date
    yuan: int


@dataclass(frozen=True, slots=True)
class Payment:
    on: date
    fen: int
    """Hundredths of a yuan: an additional fine is not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    received_on: date
    last_on: date
    """The day of the latest step; the next one does not lie before."""
    has_complainant: bool = False
    act: Act | None = None
    filed_on: date | None = None
    decision_due_on: date | None = None
    investigators: tuple[Investigator, ...] = ()
    major: bool = False
    complex: bool = False
    serious: bool = False
    notice: Notice | None = None
    notice_number: int = 0
    defended_on: date | None = None
    defence_until: date | None = None
    hearing_requested_on: date | None = None
    hearing_waived_on: date | None = None
    heard_on: date | None = None
    heard_notice: int | None = None
    """Which notice the hearing was about."""
    legally_reviewed_on: date | None = None
    deliberated_on: date | None = None
    recommended_revocation_on: date | None = None
    cause_case_id: UUID | None = None
    vote: Vote | None = None
    voters: tuple[str, ...] = ()
    """Whoever has voted in the case, before it was remitted, too."""
    ruling: Ruling | None = None
    service: Service | None = None
    review_until: date | None = None
    review: Review | None = None
    effective_on: date | None = None
    fine_due_on: date | None = None
    remedies: tuple[Remedy, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    payments: tuple[Payment, ...] = ()
    executed_on: date | None = None
    closed_on: date | None = None
    outcome: ProceedingOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceeding:
    """`organ` has the case; its code is empty until the organ to which it was handed has taken it up.

    `region` is one of the 18 or the province, also where a county bureau (`county`) began. `version` counts changes,
    `told` the events of them.
    """

    proceeding_id: UUID
    kind: ProceedingKind
    organ: Organ
    region: str
    subject_kind: SubjectKind
    origin: Origin
    state: str
    facts: Facts
    opened_on: date
    version: int = 1
    told: int = 0
    remedy: RemedyTrack = RemedyTrack.NONE
    county: Organ | None = None
    conduct_code: str | None = None
    complaint_id: UUID | None = None
    parent_id: UUID | None = None
    sanction_id: UUID | None = None
    handlers: tuple[str, ...] = ()
    recused: tuple[str, ...] = field(default=())
    erase_on: date | None = None

    @property
    def machine(self) -> Machine:
        return machine(self.kind)

    @property
    def ended(self) -> bool:
        return self.machine.state(self.state).end

    @property
    def industry(self) -> bool:
        return self.kind is ProceedingKind.INDUSTRY

    @property
    def filed(self) -> bool:
        return self.facts.filed_on is not None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes the step: an officer, and the organ for which he acts."""

    officer: str
    organ: Organ

    @property
    def of_county(self) -> bool:
        return self.organ.kind is OrganKind.COUNTY_BUREAU
