"""Credit repair (信用修复管理办法; only summaries were read): when a record may leave the display before its term."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.deadlines import rule
from contracts.discipline_events import Penalty
from contracts.labels import LabelledEnum

from discipline_api.display.shown import Ending, Shown
from discipline_api.record.domain import Sanction
from discipline_api.record.publicity import REPAIR
from discipline_api.record.tariff import WITH_TERM
from discipline_api.refusals import Refused

MARK = Ending.REPAIRED.value
_DAY = timedelta(days=1)


class RepairState(LabelledEnum):
    APPLIED = "applied", "待受理", "waiting to be accepted"
    ACCEPTED = "accepted", "已受理", "accepted, being decided"
    NOT_ACCEPTED = "not-accepted", "不予受理", "not accepted"
    GRANTED = "granted", "准予修复", "granted"
    REFUSED = "refused", "不予修复", "refused"
    RETRACTED = "retracted", "申请人撤回", "retracted by the applicant"
    LAPSED = "lapsed", "因公示终止而终结", "ended with the display"


PENDING = (RepairState.APPLIED, RepairState.ACCEPTED)


class RefusalGround(LabelledEnum):
    DUTY_OPEN = "duty-open", "义务尚未履行完毕", "a duty has not been done"
    UNTRUE = "untrue", "申请内容不实", "what was said is untrue"
    NOT_APPLICABLE = "not-applicable", "不属于可修复的信息", "not a record that can be repaired"
    OTHER_LAW = "other-law", "法律、法规规定不予修复", "another ground named by law"


@dataclass(frozen=True, slots=True)
class Commitment:
    """信用承诺: what an applicant promises, word for word."""

    version: str
    zh: str
    en: str


COMMITMENT = Commitment(
    "2026-1",
    "本人（本所）承诺：决定书所载义务已全部履行；申请内容真实；今后依法诚信执业，如有违反，愿依法承担责任。",
    "I (we) promise: all duties of the decision have been done; what is said here is true; I (we) will practise"
    " lawfully and honestly, and answer for it by law if this is broken.",
)


@dataclass(frozen=True, slots=True)
class Duties:
    """Days on which the organ found the duties of the decision done; each only where the decision imposed it."""

    fine_paid_on: date | None = None
    confiscation_paid_on: date | None = None
    suspension_served_on: date | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    repair_id: UUID
    record_id: UUID
    version: int
    state: RepairState
    by_officer: bool
    filed_at: datetime
    filed_on: date
    commitment_version: str
    accepted_on: date | None = None
    extended_on: date | None = None
    decided_on: date | None = None
    ground: RefusalGround | None = None
    fine_paid_on: date | None = None
    confiscation_paid_on: date | None = None
    suspension_served_on: date | None = None
    display_to_on: date | None = None
    site_answered_on: date | None = None


def possible_from(sanction: Sanction) -> date:
    """The first day on which it can be applied for: shown for its shortest term, and any suspension served."""
    decision = sanction.decision
    shortest = sanction.term.shortest
    # Where no shortest term was found (轻微类), from publication on.
    shown_for = decision.decided_on if shortest is None else shortest.ends_on(decision.decided_on) + _DAY
    return shown_for if decision.to_on is None else max(shown_for, decision.to_on)


def apply(
    repair_id: UUID,
    sanction: Sanction | None,
    earlier: Sequence[Repair],
    *,
    commitment_version: str,
    filed_on: date,
    today: date,
    at: datetime,
    by_officer: bool,
) -> Repair:
    """Of something on display. Raises Refused with the first day on which it is possible, where that is to come."""
    if sanction is None:
        raise Refused("not-repairable", "此类记录不适用信用修复", "this kind of record is not repaired", conflict=True)
    if any(repair.state in PENDING for repair in earlier):
        raise Refused("repair-pending", "信用修复申请正在办理", "an application is under way", conflict=True)
    if sanction.term.repaired_on is not None:
        raise Refused("already-repaired", "已经信用修复", "it has been repaired", conflict=True)
    if commitment_version != COMMITMENT.version:
        raise Refused(
            "commitment-outdated",
            f"请阅读并接受现行信用承诺（{COMMITMENT.version}）",
            f"read and accept the commitment in force ({COMMITMENT.version})",
            field="commitment_version",
        )
    first = possible_from(sanction)
    if today < first:
        shortest = sanction.term.shortest
        source = "" if shortest is None else f"（{shortest.source}{'' if shortest.verified else '，未核对原文'}）"
        raise Refused(
            "repair-too-early",
            f"最短公示期和停止执业期满后方可申请，最早为{first.isoformat()}{source}",
            f"it can be applied for from {first.isoformat()}, once it has been shown for its shortest term and any"
            " suspension has been served",
            conflict=True,
        )
    return Repair(
        repair_id,
        sanction.case_id,
        1,
        RepairState.APPLIED,
        by_officer=by_officer,
        filed_at=at,
        filed_on=filed_on,
        commitment_version=commitment_version,
    )


def accept(repair: Repair, today: date) -> Repair:
    _check(repair, RepairState.APPLIED)
    return replace(repair, version=repair.version + 1, state=RepairState.ACCEPTED, accepted_on=today)


def not_accept(repair: Repair, ground: RefusalGround, today: date) -> Repair:
    _check(repair, RepairState.APPLIED)
    return replace(repair, version=repair.version + 1, state=RepairState.NOT_ACCEPTED, decided_on=today, ground=ground)


def decision_due(repair: Repair) -> date:
    """Without an extension."""
    if repair.accepted_on is None:
        raise ValueError("it has not been accepted")
    return rule(REPAIR).deadline(repair.accepted_on).due_on


def extend(repair: Repair, today: date) -> Repair:
    _check(repair, RepairState.ACCEPTED)
    if repair.extended_on is not None:
        raise Refused("extended-already", "只能延长一次", "it is extended once only", conflict=True)
    if today > decision_due(repair):
        raise Refused("extension-too-late", "期限已过，不能延长", "its time is over already", conflict=True)
    return replace(repair, version=repair.version + 1, extended_on=today)


def refuse(repair: Repair, ground: RefusalGround, today: date) -> Repair:
    _check(repair, RepairState.ACCEPTED)
    return replace(repair, version=repair.version + 1, state=RepairState.REFUSED, decided_on=today, ground=ground)


def grant(repair: Repair, sanction: Sanction, shown: Shown, duties: Duties, today: date) -> Repair:
    """The day of the decision is the last on which it is shown."""
    _check(repair, RepairState.ACCEPTED)
    check_duties(sanction, duties, today)
    return replace(
        repair,
        version=repair.version + 1,
        state=RepairState.GRANTED,
        decided_on=today,
        display_to_on=min(shown.gone_on, today + _DAY),
        fine_paid_on=duties.fine_paid_on,
        confiscation_paid_on=duties.confiscation_paid_on,
        suspension_served_on=duties.suspension_served_on,
    )


def retract(repair: Repair, today: date) -> Repair:
    if repair.state not in PENDING:
        raise _closed(repair)
    return replace(repair, version=repair.version + 1, state=RepairState.RETRACTED, decided_on=today)


def note_site(repair: Repair, answered_on: date, today: date) -> Repair:
    """The credit site has answered that the record is no longer shown there."""
    _check(repair, RepairState.GRANTED)
    if repair.site_answered_on is not None:
        raise Refused("site-answered", "信用网站已答复", "the site has answered already", conflict=True)
    if repair.decided_on is None or not repair.decided_on <= answered_on <= today:
        raise Refused(
            "answered-on-out-of-range",
            "答复日期应在决定之日至今日之间",
            "lies between the decision and today",
            field="answered_on",
        )
    return replace(repair, version=repair.version + 1, site_answered_on=answered_on)


def check_duties(sanction: Sanction, duties: Duties, today: date) -> None:
    decision = sanction.decision
    kinds = set(decision.imposed.kinds)
    earliest = {
        "fine_paid_on": decision.decided_on if Penalty.FINE in kinds else None,
        "confiscation_paid_on": decision.decided_on if Penalty.CONFISCATION in kinds else None,
        "suspension_served_on": decision.to_on if WITH_TERM & kinds else None,
    }
    for each in fields(duties):
        done_on, since, at = getattr(duties, each.name), earliest[each.name], f"duties.{each.name}"
        if since is None and done_on is not None:
            raise Refused("value-out-of-place", "决定未科以此项义务", "the decision imposed no such duty", field=at)
        if since is not None and done_on is None:
            raise Refused(
                "duty-not-confirmed", "须先确认该项义务已履行", "confirm first that this duty has been done", field=at
            )
        if since is not None and done_on is not None and not since <= done_on <= today:
            raise Refused(
                "duty-day-out-of-range",
                f"履行日期应在{since.isoformat()}至今日之间",
                f"was done between {since.isoformat()} and today",
                field=at,
            )


def mark(repair: Repair) -> dict[str, Any]:
    """Beside the record on its last day."""
    ending = Ending.REPAIRED
    return {"since": repair.decided_on and repair.decided_on.isoformat(), "zh": ending.zh, "en": ending.en}


def _check(repair: Repair, state: RepairState) -> None:
    if repair.state is not state:
        raise _closed(repair)


def _closed(repair: Repair) -> Refused:
    return Refused(
        "repair-in-another-state",
        f"该申请的状态为“{repair.state.zh}”，不能如此办理",
        f"the application is {repair.state.en}: this cannot be done to it",
        conflict=True,
    )
