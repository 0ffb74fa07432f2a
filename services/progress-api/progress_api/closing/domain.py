"""A freeze or an addendum on its way from draft to signature. Once signed it never changes."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from common.events import Event
from common.local_time import local_date
from contracts.labels import LabelledEnum
from contracts.plan_events import PlanAddendumSigned, PlanFrozen
from contracts.regions import PROVINCE

from progress_api.editions.domain import Signature, Step, demand_another
from progress_api.refusals import Refused


class ClosingKind(LabelledEnum):
    FREEZE = "freeze", "收官定格", "freeze"
    ADDENDUM = "addendum", "补充说明", "addendum"


class ClosingState(LabelledEnum):
    DRAFTED = "drafted", "待审核", "drafted, to be reviewed"
    RETURNED = "returned", "已退回", "sent back"
    REVIEWED = "reviewed", "待签发", "reviewed, to be signed"
    SIGNED = "signed", "已签发", "signed"


@dataclass(frozen=True, slots=True)
class Closing:
    """as_of: the plan's last day; number: of a signed addendum, from 1.

    digest: SM3 of the whole record, report_digest: of what is published of it, both in hex.
    """

    closing_id: UUID
    plan_id: str
    kind: ClosingKind
    as_of: date
    digest: str
    report_digest: str
    drafted: Step
    state: ClosingState = ClosingState.DRAFTED
    reviewed: Step | None = None
    returned: Step | None = None
    signature: Signature | None = None
    number: int | None = None
    version: int = 1

    @property
    def signed(self) -> Signature:
        if self.signature is None:
            raise ValueError("not signed")
        return self.signature


def check_over(last_day: date, today: date) -> None:
    """Raises Refused until the plan's last day is over."""
    if today <= last_day:
        raise Refused(
            "plan-not-ended",
            f"方案到{last_day.isoformat()}为止，次日起方可收官定格",
            f"the plan lasts until {last_day.isoformat()}; it is frozen from the day after",
            field="plan_id",
            conflict=True,
        )


def review(closing: Closing, by: Step) -> Closing:
    _demand(closing, ClosingState.DRAFTED)
    demand_another(closing.drafted, by, "审核人不得为拟稿人", "the drafter may not review it")
    return replace(closing, state=ClosingState.REVIEWED, reviewed=by, version=closing.version + 1)


def send_back(closing: Closing, by: Step) -> Closing:
    """Before or after the review; whoever drafted it draws up another."""
    _demand(closing, ClosingState.DRAFTED, ClosingState.REVIEWED)
    demand_another(closing.drafted, by, "拟稿人不得退回自己的稿件", "the drafter may not send it back")
    return replace(closing, state=ClosingState.RETURNED, returned=by, version=closing.version + 1)


def sign(closing: Closing, signature: Signature, number: int | None) -> tuple[Closing, Event]:
    """number: which of the plan's addenda it is; None for the freeze."""
    _demand(closing, ClosingState.REVIEWED)
    by = Step(signature.by, signature.at)
    demand_another(closing.drafted, by, "签发人不得为拟稿人", "the drafter may not sign it")
    demand_another(closing.reviewed, by, "签发人不得为审核人", "the reviewer may not sign it")
    if not local_date(closing.drafted.at) <= signature.on <= local_date(signature.at):
        raise Refused(
            "signing-day-wrong",
            "签发日期不得早于拟稿、不得晚于今日",
            "neither before the draft nor in the future",
            field="signed_on",
        )
    after = replace(closing, state=ClosingState.SIGNED, signature=signature, number=number, version=closing.version + 1)
    return after, _told(after)


def _told(closing: Closing) -> Event:
    signed = closing.signed
    if closing.number is None:
        return PlanFrozen(
            version=1,
            region=PROVINCE,
            closing_id=closing.closing_id,
            plan_id=closing.plan_id,
            frozen_on=closing.as_of,
            document_number=signed.document_number,
            signed_on=signed.on,
            digest=closing.digest,
            report_digest=closing.report_digest,
        )
    return PlanAddendumSigned(
        version=1,
        region=PROVINCE,
        closing_id=closing.closing_id,
        plan_id=closing.plan_id,
        number=closing.number,
        document_number=signed.document_number,
        signed_on=signed.on,
        digest=closing.digest,
        report_digest=closing.report_digest,
    )


def _demand(closing: Closing, *states: ClosingState) -> None:
    if closing.state not in states:
        raise Refused(
            "closing-state",
            f"该稿当前为“{closing.state.zh}”，不能进行此操作",
            f"it is {closing.state.en}; this cannot be done",
            conflict=True,
        )
