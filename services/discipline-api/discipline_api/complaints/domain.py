"""A complaint and its steps. It knows organs, codes and days; persons and texts stay sealed outside."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.complaint_routes import hints
from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.working_days import local_date

from discipline_api.complaints.matter import Matter
from discipline_api.complaints.terms import (
    INSIDE,
    TRANSFERS,
    IdentityMode,
    Outcome,
    Recipient,
    RefusalGround,
    ReviewOutcome,
    Status,
)
from discipline_api.organs import OF_THE_PROVINCE, Organ
from discipline_api.refusals import Refused, TermOver

OPEN = frozenset({Status.RECEIVED, Status.SUPPLEMENT_ASKED})
"""Not decided upon yet."""
RETENTION = "complaint.retention"

_FROM: dict[str, frozenset[Status]] = {
    "ask-supplement": frozenset({Status.RECEIVED}),
    "supplement": frozenset({Status.SUPPLEMENT_ASKED}),
    "accept": OPEN,
    "refuse": OPEN,
    "join": OPEN,
    "forward": OPEN | {Status.ACCEPTED},
    "acknowledge": frozenset({Status.FORWARDED}),
    "return": frozenset({Status.FORWARDED}),
    "link-proceeding": frozenset({Status.ACCEPTED}),
    "tell-result": frozenset({Status.ACCEPTED, Status.FORWARDED}),
    "ask-review": frozenset({Status.REFUSED, Status.RESULT_TOLD}),
    "answer-review": frozenset({Status.REVIEW_ASKED}),
    "close": frozenset({Status.REFUSED, Status.RESULT_TOLD, Status.FORWARDED}),
}
"""From which states each step is taken; anything else is refused."""


@dataclass(frozen=True, slots=True)
class Complaint:
    complaint_id: UUID
    matter: Matter
    organ: Organ
    """Who has it now; the code of an organ is not known to those who complain, and stays empty."""
    status: Status
    version: int
    filed_at: datetime
    changed_at: datetime
    withheld: bool = False
    """Forwarded without consent: the receiver reads the sanitised text and no name."""
    assigned_to: str | None = None
    handled_by: str | None = None
    """Who refused or told the result: somebody else answers the review."""
    supplement_asked_on: date | None = None
    supplement_until: date | None = None
    accepted_on: date | None = None
    refused_on: date | None = None
    refusal_ground: RefusalGround | None = None
    refusal_channel: str | None = None
    forward_to: Recipient | None = None
    forward_region: str | None = None
    forwarded_on: date | None = None
    acknowledged_on: date | None = None
    proceeding_id: UUID | None = None
    proceeding_filed_on: date | None = None
    decided_on: date | None = None
    outcome: Outcome | None = None
    told_on: date | None = None
    review_until: date | None = None
    review_asked_on: date | None = None
    review_outcome: ReviewOutcome | None = None
    joined_into: UUID | None = None
    closed_on: date | None = None
    kept_until: date | None = None

    @property
    def receiver(self) -> Organ | None:
        """The organ with a desk here that must acknowledge."""
        if self.status is not Status.FORWARDED or self.forward_to not in INSIDE or self.forward_region is None:
            return None
        return Organ(OrganKind(str(self.forward_to)), self.forward_region, "")

    @property
    def anonymous(self) -> bool:
        return self.matter.identity_mode is IdentityMode.ANONYMOUS

    def as_of(self, today: date) -> "Complaint":
        """What is true on a day, whether or not the timer has come: with the time for a review it closes by itself."""
        if self.status in _FROM["ask-review"] and self.review_until is not None and self.review_until < today:
            return self._closed(self.review_until + timedelta(days=1))
        return self

    def check_kept(self, today: date) -> None:
        if self.kept_until is not None and self.kept_until < today:
            raise TermOver(self.kept_until + timedelta(days=1), RETENTION)

    def assign(self, officer: str, at: datetime) -> "Complaint":
        if self.status in (Status.CLOSED, Status.JOINED):
            raise _illegal(self.status, "assign")
        return replace(self, assigned_to=officer, version=self.version + 1, changed_at=at)

    def unassign(self, at: datetime) -> "Complaint":
        return replace(self, assigned_to=None, version=self.version + 1, changed_at=at)

    def ask_supplement(self, at: datetime) -> "Complaint":
        if self.supplement_asked_on is not None:
            raise Refused(
                "supplement-asked-before", "只能要求补充一次", "more may be asked for once only", conflict=True
            )
        today = local_date(at)
        return self._step(
            "ask-supplement",
            Status.SUPPLEMENT_ASKED,
            at,
            supplement_asked_on=today,
            supplement_until=last_day("complaint.supplement", today),
        )

    def supplement(self, at: datetime) -> "Complaint":
        return self._step("supplement", Status.RECEIVED, at)

    def accept(self, at: datetime) -> "Complaint":
        return self._step("accept", Status.ACCEPTED, at, accepted_on=local_date(at))

    def refuse(self, ground: RefusalGround, channel: str, on: date, by: str, at: datetime) -> "Complaint":
        today = local_date(at)
        check_day(on, self.matter.received_on, today, "refused_on")
        if ground is RefusalGround.NOT_SUPPLEMENTED and not (self.supplement_until and self.supplement_until < today):
            raise Refused(
                "supplement-not-due",
                "补充材料期限尚未届满，或者没有要求过补充",
                "the time for supplying more is not over, or nothing was asked for",
                field="ground",
                conflict=True,
            )
        return self._step(
            "refuse",
            Status.REFUSED,
            at,
            refused_on=on,
            refusal_ground=ground,
            refusal_channel=channel,
            handled_by=by,
            review_until=None if self.review_asked_on else last_day("complaint.review-request", today),
        )

    def join(self, into: "Complaint", at: datetime) -> "Complaint":
        if into.complaint_id == self.complaint_id:
            raise Refused("joined-to-itself", "不能并入自身", "cannot be joined to itself", field="into")
        if into.joined_into is not None or into.status not in OPEN | {Status.ACCEPTED}:
            raise Refused(
                "join-target-not-open",
                "目标投诉已办结或已并案",
                "that complaint is not open",
                field="into",
                conflict=True,
            )
        if into.organ != self.organ:
            raise Refused(
                "join-target-elsewhere", "目标投诉由其他机关办理，请先转送", "another organ has that one", field="into"
            )
        return self._step("join", Status.JOINED, at, joined_into=into.complaint_id)

    def forward(self, to: Recipient, region: str | None, at: datetime) -> "Complaint":
        if to in INSIDE:
            kind = OrganKind(str(to))
            target = Organ(kind, "410000" if kind in OF_THE_PROVINCE else region or "", "")
            if not target.region:
                raise Refused("region-missing", "请指明接收机关所在地区", "name the receiver's region", field="region")
            if target == self.organ:
                raise Refused("forwarded-to-itself", "本件已在该机关", "that organ has it already", field="to")
            region = target.region
        elif region is not None:
            raise Refused("region-not-wanted", "系统外机关不填地区", "no region for an organ outside", field="region")
        return self._step(
            "forward",
            Status.FORWARDED,
            at,
            forward_to=to,
            forward_region=region,
            forwarded_on=local_date(at),
            acknowledged_on=None,
        )

    def acknowledge(self, on: date, at: datetime) -> "Complaint":
        """A receiver inside takes it over, with a clock of its own; one outside leaves it with us to watch."""
        self._check("acknowledge")
        if self.acknowledged_on is not None:
            raise Refused("acknowledged-before", "已经签收", "it has been acknowledged", conflict=True)
        check_day(on, self.forwarded_on, local_date(at), "acknowledged_on")
        receiver = self.receiver
        if receiver is None:
            return self._step("acknowledge", Status.FORWARDED, at, acknowledged_on=on)
        return self._step(
            "acknowledge",
            Status.RECEIVED,
            at,
            acknowledged_on=on,
            organ=receiver,
            withheld=self.withheld or not self.matter.consent,
            assigned_to=None,
            accepted_on=None,
        )

    def send_back(self, at: datetime) -> "Complaint":
        if self.acknowledged_on is not None:
            raise Refused("acknowledged-before", "已经签收，不能退回", "it has been acknowledged", conflict=True)
        status = Status.RECEIVED if self.accepted_on is None else Status.ACCEPTED
        return self._step("return", status, at, forward_to=None, forward_region=None, forwarded_on=None)

    def link_proceeding(self, proceeding_id: UUID, at: datetime) -> "Complaint":
        self._check("link-proceeding")
        if self.proceeding_id is not None:
            raise Refused("proceeding-linked", "已关联案件", "a case is linked already", conflict=True)
        return self._step("link-proceeding", Status.ACCEPTED, at, proceeding_id=proceeding_id)

    def note_filed(self, on: date, at: datetime) -> "Complaint":
        return replace(self, proceeding_filed_on=on, version=self.version + 1, changed_at=at)

    def note_decided(self, on: date, at: datetime) -> "Complaint":
        return replace(self, decided_on=on, version=self.version + 1, changed_at=at)

    def tell_result(
        self, outcome: Outcome, decided_on: date, served_on: date | None, by: str, at: datetime
    ) -> "Complaint":
        today = local_date(at)
        self._check("tell-result")
        outside = self.status is Status.FORWARDED
        if outside and (self.receiver is not None or self.acknowledged_on is None):
            raise Refused("not-acknowledged", "接收机关尚未签收", "the receiver has not acknowledged it", conflict=True)
        if outside is not (outcome is Outcome.HANDLED_ELSEWHERE):
            raise Refused(
                "outcome-does-not-fit", "该结果与办理情况不符", "does not fit how it was handled", field="outcome"
            )
        check_day(decided_on, self.matter.received_on, today, "decided_on")
        if self.decided_on is not None and decided_on != self.decided_on:
            raise Refused(
                "decided-on-differs",
                "与所关联案件的决定日期不符",
                "is not the day of the linked case",
                field="decided_on",
            )
        if (outcome is Outcome.SANCTIONED) is not (served_on is not None):
            # What was decided stays unsaid until the one it concerns has it in hand.
            raise Refused(
                "served-on-with-sanction",
                "结果为处罚或处分的，须填写送达日期；其他结果不填",
                "a sanction is told with its day of service, any other result without",
                field="served_on",
            )
        if served_on is not None:
            check_day(served_on, decided_on, today, "served_on")
        return self._step(
            "tell-result",
            Status.RESULT_TOLD,
            at,
            outcome=outcome,
            decided_on=decided_on,
            told_on=today,
            handled_by=by,
            review_until=None if self.review_asked_on else last_day("complaint.review-request", today),
        )

    def ask_review(self, at: datetime) -> "Complaint":
        self._check("ask-review")
        if self.review_asked_on is not None or self.review_until is None:
            raise Refused("reviewed-before", "复核只能申请一次", "a review can be asked for once", conflict=True)
        return self._step("ask-review", Status.REVIEW_ASKED, at, review_asked_on=local_date(at), review_until=None)

    def answer_review(self, outcome: ReviewOutcome, at: datetime) -> "Complaint":
        self._check("answer-review")
        if outcome is ReviewOutcome.UPHELD:
            return replace(self._closed(local_date(at)), review_outcome=outcome, changed_at=at)
        return self._step(
            "answer-review",
            Status.ACCEPTED,
            at,
            review_outcome=outcome,
            accepted_on=local_date(at),
            refused_on=None,
            refusal_ground=None,
            refusal_channel=None,
            outcome=None,
            decided_on=None,
            told_on=None,
            proceeding_id=None,
            proceeding_filed_on=None,
        )

    def close(self, at: datetime) -> "Complaint":
        """Before the time for a review is over nothing closes, save what is with an organ outside."""
        self._check("close")
        if self.review_until is not None:
            raise Refused("review-still-open", "复核申请期限未届满", "a review can still be asked for", conflict=True)
        if self.status is Status.FORWARDED and (self.receiver is not None or self.acknowledged_on is None):
            raise Refused("not-acknowledged", "接收机关尚未签收", "the receiver has not acknowledged it", conflict=True)
        return replace(self._closed(local_date(at)), changed_at=at)

    def close_with(self, main: "Complaint") -> "Complaint":
        """What was joined ends with what it was joined to."""
        return replace(
            self,
            status=Status.CLOSED,
            closed_on=main.closed_on,
            kept_until=main.kept_until,
            version=self.version + 1,
            changed_at=main.changed_at,
        )

    def _closed(self, on: date) -> "Complaint":
        kept_until = rule(RETENTION).ends_on(on)
        return replace(self, status=Status.CLOSED, closed_on=on, kept_until=kept_until, version=self.version + 1)

    def _check(self, step: str) -> None:
        if self.status not in _FROM[step]:
            raise _illegal(self.status, step)

    def _step(self, step: str, status: Status, at: datetime, **changes: object) -> "Complaint":
        self._check(step)
        # mypy cannot see through `**changes`; the dataclass refuses unknown names.
        return replace(self, status=status, version=self.version + 1, changed_at=at, **changes)  # type: ignore[arg-type]


def file_complaint(complaint_id: UUID, matter: Matter, organ: Organ, at: datetime) -> Complaint:
    today = local_date(at)
    check_day(matter.received_on, None, today, "received_on")
    if (matter.source in TRANSFERS) is not (matter.source_received_on is not None):
        raise Refused(
            "source-day-with-transfer",
            "转来的投诉须填写来文机关收到日期，其他来源不填",
            "a transfer is recorded with the day on which its sender received it, nothing else is",
            field="source_received_on",
        )
    if matter.source_received_on is not None:
        check_day(matter.source_received_on, None, matter.received_on, "source_received_on")
    for day, field in ((matter.happened_from, "happened_from"), (matter.happened_to, "happened_to")):
        if day is not None:
            check_day(day, matter.happened_from, today, field)
    if not set(matter.hints) <= hints().keys():
        raise Refused(
            "hint-unknown", "行为代码不在所列范围内", "is not one of the listed kinds of conduct", field="hints"
        )
    return Complaint(complaint_id, matter, organ, Status.RECEIVED, 1, filed_at=at, changed_at=at)


def last_day(rule_id: str, start: date) -> date:
    return rule(rule_id).deadline(start).due_on


def check_day(day: date, earliest: date | None, latest: date, field: str) -> None:
    if day > latest or (earliest is not None and day < earliest):
        raise Refused(
            "day-out-of-order",
            "日期不合先后顺序或晚于今日",
            "lies before what it follows, or after today",
            field=field,
        )


def _illegal(status: Status, step: str) -> Refused:
    return Refused(
        "illegal-transition",
        f"目前状态为“{status.zh}”，不能进行该步骤",
        f"it is {status.en}; this step ({step}) is not taken from there",
        conflict=True,
    )
