"""One deliverable in one region (a work): its owner, milestones, states and evidence, and what may become of them.

Everything is dated twice: by the day from which it holds, which reads of a past day go by, and by when it was entered.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from contracts.deliverables import DeliverableScope, DeliverableState, EvidenceKind, fresh_until
from contracts.plan import Deliverable, plan

from progress_api.refusals import NotCompetent, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Entry:
    """Who entered something, and when; the person is for the file alone, never shown."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    number: str
    issuer: str
    dated_on: date


@dataclass(frozen=True, slots=True)
class Owner:
    """organ_kind: as in the claims of a token; the name is an organisation's, never a person's."""

    version: int
    organ_kind: str
    organ_name: str
    from_on: date
    entry: Entry


@dataclass(frozen=True, slots=True)
class StateEntry:
    version: int
    state: DeliverableState
    on: date
    reason: str | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class MilestoneVersion:
    """reason: why it was changed or cancelled; None for its first version."""

    milestone_id: UUID
    version: int
    title: str
    due_on: date
    document: Document
    from_on: date
    cancelled: bool
    reason: str | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class Withdrawal:
    version: int
    reason: str
    on: date
    entry: Entry


@dataclass(frozen=True, slots=True)
class Evidence:
    """Exactly the fields of its kind are set. `completes` names the milestone that it shows to have been reached."""

    evidence_id: UUID
    version: int
    kind: EvidenceKind
    dated_on: date
    completes: UUID | None
    entry: Entry
    document_number: str | None = None
    document_issuer: str | None = None
    url: str | None = None
    event_id: UUID | None = None
    event_type: str | None = None
    indicator_id: str | None = None
    indicator_value: float | None = None
    file_kind: str | None = None
    file_digest: str | None = None
    withdrawal: Withdrawal | None = None

    @classmethod
    def of_file(
        cls,
        evidence_id: UUID,
        version: int,
        dated_on: date,
        completes: UUID | None,
        entry: Entry,
        *,
        kind: str,
        content: bytes,
    ) -> "Evidence":
        """The digest is SHA-256, in hexadecimal."""
        digest = hashlib.sha256(content).hexdigest()
        return cls(
            evidence_id, version, EvidenceKind.FILE, dated_on, completes, entry, file_kind=kind, file_digest=digest
        )

    def stands(self, day: date) -> bool:
        return self.dated_on <= day and (self.withdrawal is None or day < self.withdrawal.on)


@dataclass(frozen=True, slots=True)
class Milestone:
    """As it stands on a day. met_on: the earliest day of standing evidence that completes it."""

    version: MilestoneVersion
    met_on: date | None

    @property
    def milestone_id(self) -> UUID:
        return self.version.milestone_id

    @property
    def due_on(self) -> date:
        return self.version.due_on

    @property
    def cancelled(self) -> bool:
        return self.version.cancelled


@dataclass(frozen=True, slots=True)
class DeliverableOn:
    """A deliverable of one scope as it stands on a day.

    state: None where nobody has said one, or where the number of `target` speaks instead. evidence: what stands, the
    newest first.
    """

    deliverable: Deliverable
    scope: DeliverableScope
    as_of: date
    owner: Owner | None
    state: StateEntry | None
    milestones: tuple[Milestone, ...]
    evidence: tuple[Evidence, ...]

    @property
    def deliverable_id(self) -> str:
        return self.deliverable.id

    @property
    def target(self) -> str | None:
        return self.deliverable.target

    @property
    def newest_evidence_on(self) -> date | None:
        return self.evidence[0].dated_on if self.evidence else None

    @property
    def fresh_until(self) -> date | None:
        """Last day on which the newest evidence is recent enough; None without any, or where it does not age."""
        newest = self.newest_evidence_on
        return None if newest is None else fresh_until(self.deliverable, newest)

    @property
    def next_milestone(self) -> Milestone | None:
        """The first that is still waited for, overdue or not."""
        waiting = [item for item in self.milestones if not item.cancelled and item.met_on is None]
        return min(waiting, key=lambda item: (item.due_on, item.milestone_id), default=None)


@dataclass(frozen=True, slots=True)
class Work:
    """All that was ever entered of one deliverable in one scope, by version."""

    work_id: UUID
    deliverable_id: str
    scope: DeliverableScope
    version: int
    owners: tuple[Owner, ...] = ()
    states: tuple[StateEntry, ...] = ()
    milestones: tuple[MilestoneVersion, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def on(self, day: date) -> DeliverableOn:
        standing = tuple(
            sorted((item for item in self.evidence if item.stands(day)), key=lambda e: (e.dated_on, e.version))
        )[::-1]
        return DeliverableOn(
            deliverable=plan().deliverable(self.deliverable_id),
            scope=self.scope,
            as_of=day,
            owner=_newest(owner for owner in self.owners if owner.from_on <= day),
            state=_newest(state for state in self.states if state.on <= day),
            milestones=_milestones(self.milestones, standing, day),
            evidence=standing,
        )

    def milestone(self, milestone_id: UUID) -> MilestoneVersion:
        found = _newest(item for item in self.milestones if item.milestone_id == milestone_id)
        if found is None:
            raise NotFound("该任务成果没有这一节点。", "The deliverable has no such milestone.")
        return found

    def piece(self, evidence_id: UUID) -> Evidence:
        for item in self.evidence:
            if item.evidence_id == evidence_id:
                return item
        raise NotFound("该任务成果没有这一佐证。", "The deliverable has no such evidence.")


_Versioned = TypeVar("_Versioned", Owner, StateEntry, MilestoneVersion)


def _newest(items: Iterable[_Versioned]) -> _Versioned | None:
    return max(items, key=lambda item: item.version, default=None)


def _milestones(versions: Iterable[MilestoneVersion], standing: Iterable[Evidence], day: date) -> tuple[Milestone, ...]:
    """By their days; a version holds from its own day on."""
    held: dict[UUID, MilestoneVersion] = {}
    for item in sorted(versions, key=lambda item: item.version):
        if item.from_on <= day:
            held[item.milestone_id] = item
    met: dict[UUID, date] = {}
    for piece in standing:
        if piece.completes is not None:
            met[piece.completes] = min(piece.dated_on, met.get(piece.completes, piece.dated_on))
    found = [Milestone(item, met.get(item.milestone_id)) for item in held.values()]
    return tuple(sorted(found, key=lambda item: (item.due_on, item.milestone_id)))


_NEXT = {
    None: frozenset({DeliverableState.PLANNED, DeliverableState.IN_PROGRESS, DeliverableState.DELIVERED}),
    DeliverableState.PLANNED: frozenset({DeliverableState.IN_PROGRESS, DeliverableState.DELIVERED}),
    DeliverableState.IN_PROGRESS: frozenset({DeliverableState.DELIVERED}),
    DeliverableState.DELIVERED: frozenset({DeliverableState.VERIFIED, DeliverableState.IN_PROGRESS}),
    DeliverableState.VERIFIED: frozenset({DeliverableState.IN_PROGRESS}),
}
"""What may follow a state; back to work is how one is sent back."""

_SAID = frozenset({DeliverableState.DELIVERED, DeliverableState.VERIFIED})


def is_return(work: Work, state: DeliverableState) -> bool:
    """Whether it would be sent back to work."""
    now = _newest(work.states)
    return now is not None and now.state in _SAID and state is DeliverableState.IN_PROGRESS


def record_state(work: Work, new: StateEntry, *, today: date) -> None:
    """Raises Refused unless this may follow."""
    now = _newest(work.states)
    if plan().deliverable(work.deliverable_id).target is not None:
        raise Refused(
            "state-is-the-targets",
            "该任务成果有量化目标，其状态由目标数值决定，不由人工登记",
            "The deliverable has a target, whose number speaks; no state is entered by hand",
            field="state",
            conflict=True,
        )
    if new.state not in _NEXT[None if now is None else now.state]:
        was_zh, was_en = ("未登记", "not recorded") if now is None else (now.state.zh, now.state.en)
        raise Refused(
            "state-cannot-follow",
            f"当前状态为“{was_zh}”，不能登记为“{new.state.zh}”",
            f"After “{was_en}” it cannot become “{new.state.en}”",
            field="state",
            conflict=True,
        )
    check_day("on", new.on, today=today, after=None if now is None else now.on)
    if is_return(work, new.state) and not new.reason:
        raise Refused("reason-missing", "退回须说明理由", "Say why it is sent back", field="reason")
    if new.state in _SAID and not any(piece.withdrawal is None and piece.dated_on <= new.on for piece in work.evidence):
        raise Refused(
            "no-evidence",
            "截至该日尚无佐证，不能登记为已交付或已核实",
            "There is no evidence up to that day: it is neither delivered nor verified",
            field="state",
            conflict=True,
        )
    if new.state is DeliverableState.VERIFIED and now is not None and now.entry.by == new.entry.by:
        raise NotCompetent(
            "own-word",
            "登记已交付的人员不得自行核实",
            "Who said that it is delivered does not verify it",
            field="state",
        )


def check_day(field: str, day: date, *, today: date, after: date | None = None) -> None:
    """Of what holds from a day on: not of a day to come, nor before what it follows."""
    if day > today:
        raise Refused("day-in-future", "日期不得晚于今天", "It must not be later than today", field=field)
    if after is not None and day < after:
        raise Refused(
            "day-before-last",
            f"日期不得早于上一次登记的 {after.isoformat()}",
            f"It must not be earlier than what it follows, of {after.isoformat()}",
            field=field,
        )


def check_milestone(new: MilestoneVersion, before: MilestoneVersion | None, *, today: date) -> None:
    if new.document.dated_on > today:
        raise Refused(
            "document-in-future", "文件日期不得晚于今天", "The document is not of a day to come",
            field="document.dated_on",
        )  # fmt: skip
    check_day("from_on", new.from_on, today=today, after=None if before is None else before.from_on)
    if new.from_on < new.document.dated_on:
        raise Refused("before-its-document", "不得早于文件日期", "It cannot hold before its document", field="from_on")
    if before is not None and before.cancelled:
        raise Refused(
            "milestone-cancelled", "该节点已取消，不能再变更", "The milestone has been cancelled", conflict=True
        )


def check_evidence(work: Work, new: Evidence, *, today: date) -> None:
    check_day("dated_on", new.dated_on, today=today)
    if new.completes is None:
        return
    found = _newest(item for item in work.milestones if item.milestone_id == new.completes)
    if found is None or found.cancelled:
        raise Refused(
            "milestone-unknown",
            "该任务成果没有这一节点，或节点已取消",
            "The deliverable has no such milestone, or it has been cancelled",
            field="completes",
        )


def check_withdrawal(work: Work, piece: Evidence, *, on: date, today: date) -> None:
    """Nothing is delivered or verified on any day without evidence that stands on that day."""
    if piece.withdrawal is not None:
        raise Refused("already-withdrawn", "该佐证已撤回", "It has been withdrawn already", conflict=True)
    now = _newest(work.states)
    check_day("on", on, today=today, after=piece.dated_on if now is None else max(piece.dated_on, now.on))
    if now is None or now.state not in _SAID:
        return
    rest = [
        item for item in work.evidence
        if item.evidence_id != piece.evidence_id and item.withdrawal is None and item.dated_on <= now.on
    ]  # fmt: skip
    if not rest:
        raise Refused(
            "last-evidence",
            "这是已交付（已核实）状态的唯一佐证，请先将其退回为进行中",
            "It is the only evidence that it is delivered; send it back to work first",
            conflict=True,
        )
