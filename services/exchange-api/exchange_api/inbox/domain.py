"""An item of the inbox: sent by a connected system, sealed, answered once by an officer within a term."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from contracts.deadlines import rule
from contracts.exchange_events import InboxAnswered, InboxLapsed, InboxOverdue, InboxReceived
from contracts.labels import LabelledEnum
from contracts.working_days import Deadline, local_date

from exchange_api.refusals import Refused

RETENTION, LAPSE = "sharing.inbox-retention", "sharing.unanswered"
WARNED_AT = 0.75
"""Part of the term after which the deadline is at risk."""


class Kind(LabelledEnum):
    """What was sent."""

    CORRECTION = "correction", "校核申请", "request for correction"
    CONVICTION = "conviction", "刑事裁判文书", "criminal judgment"
    JUDGMENT = "judgment", "行政裁判文书", "judgment on a decision of ours"
    RECONSIDERATION = "reconsideration", "行政复议决定", "decision of reconsideration"

    @property
    def term(self) -> str:
        """The rule that sets its deadline."""
        return "sharing.correction" if self is Kind.CORRECTION else "sharing.document"


class State(LabelledEnum):
    """Where an item stands."""

    RECEIVED = "received", "待答复", "not answered yet"
    CORRECTED = "corrected", "核实有误，已更正", "found wrong and corrected"
    UNFOUNDED = "unfounded", "核实无误", "found right"
    RECORDED = "recorded", "已据以登记或处理", "acted upon"
    WITHOUT_EFFECT = "without-effect", "无须登记或处理", "nothing follows from it"
    REFERRED = "referred", "非本单位事项，已告知应向谁提出", "another organ's matter, which is named"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"
    UNANSWERED = "unanswered", "逾期未答复，已按未答复办结", "closed as unanswered"


OUTCOMES: Mapping[Kind, frozenset[State]] = {
    Kind.CORRECTION: frozenset({State.CORRECTED, State.UNFOUNDED, State.REFERRED}),
    **dict.fromkeys(
        (Kind.CONVICTION, Kind.JUDGMENT, Kind.RECONSIDERATION),
        frozenset({State.RECORDED, State.WITHOUT_EFFECT, State.REFERRED}),
    ),
}
"""By which answers each kind ends."""


class Risk(LabelledEnum):
    """How a deadline stands."""

    RUNNING = "running", "期限内", "in time"
    AT_RISK = "at-risk", "临近期限", "75 % of the time is over"
    OVERDUE = "overdue", "已逾期", "overdue"
    MET = "met", "已答复", "answered"


@dataclass(frozen=True, slots=True)
class Item:
    """subject: of a correction the resource doubted, else empty. sender_number: the sender's own, never used twice by
    it for different things; its digest is kept. reference: what was recorded upon it, at its owner. content: sealed.
    lapsed_at: when it was closed as unanswered.
    """

    item_id: UUID
    version: int
    kind: Kind
    client_id: UUID
    organ_code: str
    subject: str
    region: str
    state: State
    received_at: datetime
    due_on: date
    due_at: datetime
    number_digest: bytes = field(repr=False)
    content_digest: bytes = field(repr=False)
    overdue_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    reference: UUID | None = None
    kept_until: date | None = None
    erased_at: datetime | None = None
    lapsed_at: datetime | None = None
    content: Mapping[str, str | None] | None = field(default=None, repr=False)
    answer: str | None = field(default=None, repr=False)

    @property
    def deadline(self) -> Deadline:
        """As it would be reckoned today, to explain itself."""
        return rule(self.kind.term).deadline(local_date(self.received_at))

    def risk(self, now: datetime) -> Risk:
        """By the day that was set when it came: a later list of holidays does not shorten it."""
        if self.answered_at is not None:
            return Risk.MET
        if self.lapsed_at is not None or now >= self.due_at:
            return Risk.OVERDUE
        spent = (now - self.received_at) / (self.due_at - self.received_at)
        return Risk.AT_RISK if spent >= WARNED_AT else Risk.RUNNING

    def received(self) -> InboxReceived:
        return InboxReceived(
            version=self.version, region=self.region, item_id=self.item_id, kind=self.kind.value, due_on=self.due_on
        )

    def told(self) -> InboxAnswered:
        return InboxAnswered(
            version=self.version,
            region=self.region,
            item_id=self.item_id,
            kind=self.kind.value,
            outcome=self.state.value,
        )

    def lapsed(self) -> InboxLapsed:
        if self.lapsed_at is None:
            raise ValueError("it has not been closed as unanswered")
        return InboxLapsed(
            version=self.version,
            region=self.region,
            item_id=self.item_id,
            kind=self.kind.value,
            lapsed_at=self.lapsed_at,
        )

    def missed(self) -> InboxOverdue:
        if self.overdue_at is None:
            raise ValueError("it is not overdue")
        return InboxOverdue(
            version=self.version,
            region=self.region,
            item_id=self.item_id,
            kind=self.kind.value,
            overdue_at=self.overdue_at,
        )


def closed(
    item: Item, state: State, *, by: str, at: datetime, answer: str | None = None, reference: UUID | None = None
) -> Item:
    """Answered or withdrawn, once. Raises Refused where it is over already, or the answer does not fit its kind."""
    if item.state is not State.RECEIVED:
        raise Refused("item-closed", "该来件已经办结", "This has been closed already", field="outcome", conflict=True)
    if state is not State.WITHDRAWN and state not in OUTCOMES[item.kind]:
        raise Refused("outcome-out-of-place", "该类来件没有这种答复", "No such answer to this kind", field="outcome")
    if (state is State.RECORDED) is not (reference is not None):
        raise Refused(
            "reference-with-record", "据以登记或处理的须填写记录编号，其他不填",
            "The record's id belongs to what was recorded",
            field="reference",
        )  # fmt: skip
    kept_until = rule(RETENTION).ends_on(at)
    return replace(
        item, version=item.version + 1, state=state, answered_at=at, answered_by=by, answer=answer, reference=reference,
        kept_until=kept_until,
    )  # fmt: skip


def overdue(item: Item) -> Item:
    return replace(item, version=item.version + 1, overdue_at=item.due_at)


def unanswered(item: Item) -> Item:
    """Closed at the legal instant, whenever this was noticed; content is kept as long as an answer's would be."""
    at = rule(LAPSE).deadline(item.due_on).due_at
    return replace(
        item, version=item.version + 1, state=State.UNANSWERED, lapsed_at=at, kept_until=rule(RETENTION).ends_on(at)
    )
