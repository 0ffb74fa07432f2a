"""Deliverables as they are shown: officers by nothing, organisations by name."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from contracts.deliverables import evidence_months
from contracts.plan import Deliverable, plan
from contracts.regions import region_label
from progress_store.queries import Reason
from pydantic import BaseModel

from progress_api.deliverables.domain import (
    DeliverableOn,
    Evidence,
    Milestone,
    MilestoneVersion,
    Owner,
    StateEntry,
    Work,
)
from progress_api.deliverables.numbers import TargetFigures, TargetNumber
from progress_api.views import ReasonView

NOT_RECORDED = Reason("state-not-recorded", "尚未登记状态。", "Nobody has recorded a state yet.")
BY_TARGET = Reason(
    "state-is-the-targets",
    "有量化目标，以目标数值为准，不登记状态。",
    "It has a target, whose number speaks; no state is entered.",
)
_MEASURES = {item.id: section.id for section in plan().sections() for item in section.deliverables}
_MOST_EVIDENCE = 50


class OwnerView(BaseModel):
    organ_kind: str
    organ_name: str
    from_on: date

    @classmethod
    def of(cls, owner: Owner | None) -> "OwnerView | None":
        if owner is None:
            return None
        return cls(organ_kind=owner.organ_kind, organ_name=owner.organ_name, from_on=owner.from_on)


class StateView(BaseModel):
    state: str
    zh: str
    en: str
    on: date
    reason: str | None

    @classmethod
    def of(cls, entry: StateEntry | None) -> "StateView | None":
        if entry is None:
            return None
        return cls(state=entry.state.value, zh=entry.state.zh, en=entry.state.en, on=entry.on, reason=entry.reason)


class DocumentView(BaseModel):
    number: str
    issuer: str
    dated_on: date


class MilestoneView(BaseModel):
    """met_on: the earliest evidence that completes it; overdue: not met on the day, which is past its due day."""

    milestone_id: UUID
    title: str
    due_on: date
    from_on: date
    document: DocumentView
    cancelled: bool
    reason: str | None
    met_on: date | None
    overdue: bool

    @classmethod
    def of(cls, item: Milestone, as_of: date) -> "MilestoneView":
        said = item.version
        return cls(
            milestone_id=said.milestone_id,
            title=said.title,
            due_on=said.due_on,
            from_on=said.from_on,
            document=DocumentView(
                number=said.document.number, issuer=said.document.issuer, dated_on=said.document.dated_on
            ),
            cancelled=said.cancelled,
            reason=said.reason,
            met_on=item.met_on,
            overdue=item.met_on is None and not item.cancelled and item.due_on < as_of,
        )


class EvidenceView(BaseModel):
    """Of its kind's fields the others are null. open: where it can be opened here."""

    evidence_id: UUID
    kind: str
    kind_zh: str
    kind_en: str
    dated_on: date
    completes: UUID | None
    document_number: str | None
    document_issuer: str | None
    url: str | None
    event_id: UUID | None
    event_type: str | None
    indicator_id: str | None
    indicator_value: float | None
    file_kind: str | None
    file_digest: str | None
    open: str | None

    @classmethod
    def of(cls, piece: Evidence, deliverable_id: str, region: str | None) -> "EvidenceView":
        where = "" if region is None else f"region={region}"
        opens = None
        if piece.indicator_id is not None:
            day = f"as_of={piece.dated_on}"
            opens = f"/v1/indicators/{piece.indicator_id}/evidence?{'&'.join(filter(None, (where, day)))}"
        elif piece.file_digest is not None:
            opens = f"/v1/deliverables/{deliverable_id}/evidence/{piece.evidence_id}/file{where and f'?{where}'}"
        return cls(
            evidence_id=piece.evidence_id,
            kind=piece.kind.value,
            kind_zh=piece.kind.zh,
            kind_en=piece.kind.en,
            dated_on=piece.dated_on,
            completes=piece.completes,
            document_number=piece.document_number,
            document_issuer=piece.document_issuer,
            url=piece.url,
            event_id=piece.event_id,
            event_type=piece.event_type,
            indicator_id=piece.indicator_id,
            indicator_value=piece.indicator_value,
            file_kind=piece.file_kind,
            file_digest=piece.file_digest,
            open=opens,
        )


class TargetNumberView(BaseModel):
    target: str
    title_zh: str
    title_en: str
    op: str
    bound: int | None
    value: int | float | None
    reason: ReasonView | None
    attained: bool | None
    gap: int | None
    as_of: date
    source: str
    evidence: str

    @classmethod
    def of(cls, number: TargetNumber, found: DeliverableOn) -> "TargetNumberView":
        target, region = number.target, "" if found.scope is None else f"&region={found.scope}"
        return cls(
            target=target.id,
            title_zh=target.title_zh,
            title_en=target.title_en,
            op=target.op.value,
            bound=number.bound,
            value=number.value,
            reason=ReasonView.of(number.reason),
            attained=number.attained,
            gap=number.gap,
            as_of=found.as_of,
            source=target.source.value,
            evidence=f"/v1/indicators/{target.indicator}/evidence?as_of={found.as_of}{region}",
        )


class DeliverableLine(BaseModel):
    """One deliverable of one scope in a list. Either `state`, or the target's number, or the reason why there is none.

    region: null for the province as a whole. fresh_until: last day on which its newest evidence is recent enough.
    """

    id: str
    measure: str
    type: str
    title_zh: str
    title_en: str
    recurrence: str
    evidence_months: int | None
    quote: str
    region: str | None
    region_zh: str
    region_en: str
    owner: OwnerView | None
    state: StateView | None
    state_reason: ReasonView | None
    target: TargetNumberView | None
    milestones: int
    milestones_met: int
    milestones_overdue: int
    next_due_on: date | None
    evidence_count: int
    newest_evidence_on: date | None
    fresh_until: date | None
    href: str

    @classmethod
    def of(cls, found: DeliverableOn, numbers: TargetFigures) -> "DeliverableLine":
        return cls(**_line(found, numbers))


def _line(found: DeliverableOn, numbers: TargetFigures) -> dict[str, object]:
    item: Deliverable = found.deliverable
    zh, en = ("全省", "the province") if found.scope is None else region_label(found.scope)
    waiting = [m for m in found.milestones if not m.cancelled]
    following = found.next_milestone
    number = None if item.target is None else numbers.of(item.target, found.scope)
    where = "" if found.scope is None else f"&region={found.scope}"
    reason = None if found.state is not None else NOT_RECORDED if number is None else BY_TARGET
    return {
        "id": item.id,
        "measure": _MEASURES[item.id],
        "type": item.type,
        "title_zh": item.title_zh,
        "title_en": item.title_en,
        "recurrence": item.recurrence,
        "evidence_months": evidence_months(item),
        "quote": item.quote,
        "region": found.scope,
        "region_zh": zh,
        "region_en": en,
        "owner": OwnerView.of(found.owner),
        "state": StateView.of(found.state),
        "state_reason": ReasonView.of(reason),
        "target": None if number is None else TargetNumberView.of(number, found),
        "milestones": len(waiting),
        "milestones_met": sum(m.met_on is not None for m in waiting),
        "milestones_overdue": sum(m.met_on is None and m.due_on < found.as_of for m in waiting),
        "next_due_on": None if following is None else following.due_on,
        "evidence_count": len(found.evidence),
        "newest_evidence_on": found.newest_evidence_on,
        "fresh_until": found.fresh_until,
        "href": f"/v1/deliverables/{item.id}?as_of={found.as_of}{where}",
    }


class CountableView(BaseModel):
    """What the plan lets one count (C1 to C5), and how many documents are on file for it.

    value: the plan's own number; null where it counts its deliverables. works: deliverables in the scopes that the
    reader may see; documented: those of them with a standing document; documents: how many different ones.
    """

    id: str
    title_zh: str
    title_en: str
    value: int | None
    deliverables: list[str]
    works: int
    documented: int
    documents: int


class DeliverablesView(BaseModel):
    """withheld: works of regions beyond the reader's rights."""

    as_of: date
    items: list[DeliverableLine]
    withheld: int
    countables: list[CountableView]


class DeliverableView(DeliverableLine):
    """evidence_shown: the newest ones; all of them are in the history."""

    as_of: date
    version: int
    milestone_list: list[MilestoneView]
    evidence_list: list[EvidenceView]

    @classmethod
    def whole(cls, found: DeliverableOn, numbers: TargetFigures, version: int) -> "DeliverableView":
        return cls(
            **_line(found, numbers),
            as_of=found.as_of,
            version=version,
            milestone_list=[MilestoneView.of(item, found.as_of) for item in found.milestones],
            evidence_list=[
                EvidenceView.of(piece, found.deliverable_id, found.scope) for piece in found.evidence[:_MOST_EVIDENCE]
            ],
        )


class ChangeView(BaseModel):
    """One version of a work: what was entered, when; exactly one of the last five is set."""

    version: int
    entered_at: datetime
    what: Literal["owner", "state", "milestone", "evidence", "withdrawal"]
    owner: OwnerView | None = None
    state: StateView | None = None
    milestone: MilestoneView | None = None
    evidence: EvidenceView | None = None
    withdrawn: UUID | None = None
    withdrawn_on: date | None = None
    reason: str | None = None


def changes(work: Work, as_of: date) -> list[ChangeView]:
    """The newest first."""
    found = [
        ChangeView(version=item.version, entered_at=item.entry.at, what="owner", owner=OwnerView.of(item))
        for item in work.owners
    ]
    found += [
        ChangeView(version=item.version, entered_at=item.entry.at, what="state", state=StateView.of(item))
        for item in work.states
    ]
    found += [_milestone_change(item, as_of) for item in work.milestones]
    for piece in work.evidence:
        shown = EvidenceView.of(piece, work.deliverable_id, work.scope)
        found.append(ChangeView(version=piece.version, entered_at=piece.entry.at, what="evidence", evidence=shown))
        if (gone := piece.withdrawal) is not None:
            found.append(
                ChangeView(
                    version=gone.version,
                    entered_at=gone.entry.at,
                    what="withdrawal",
                    withdrawn=piece.evidence_id,
                    withdrawn_on=gone.on,
                    reason=gone.reason,
                )
            )
    return sorted(found, key=lambda change: change.version, reverse=True)


def _milestone_change(item: MilestoneVersion, as_of: date) -> ChangeView:
    shown = MilestoneView.of(Milestone(item, None), as_of)
    return ChangeView(
        version=item.version, entered_at=item.entry.at, what="milestone", milestone=shown, reason=item.reason
    )


def countables(found: Sequence[DeliverableOn], of: dict[str, tuple[str, ...]]) -> list[CountableView]:
    """of: deliverables by countable; `found`: the works that the reader may see."""
    views = []
    for item in plan().countables:
        works = [each for each in found if each.deliverable_id in of[item.id]]
        documents = [
            {(piece.document_issuer, piece.document_number) for piece in each.evidence if piece.document_number}
            for each in works
        ]
        views.append(
            CountableView(
                id=item.id,
                title_zh=item.title_zh,
                title_en=item.title_en,
                value=item.value,
                deliverables=list(of[item.id]),
                works=len(works),
                documented=sum(bool(each) for each in documents),
                documents=len(set().union(*documents)),
            )
        )
    return views
