"""What publishing, withholding and taking down have in common, whatever kind of record it is about."""

from datetime import date
from typing import Protocol

from contracts.disclosure import DisplayClass, Option, WithholdingGround

from discipline_api.record.publicity import reach_of
from discipline_api.record.reasons import PublishingReasons, Withholding
from discipline_api.refusals import Refused


class Disclosable(Protocol):
    """A record of which it is decided whether the public reads it."""

    @property
    def option(self) -> Option: ...
    @property
    def published_on(self) -> date | None: ...
    @property
    def withholding(self) -> Withholding | None: ...
    @property
    def is_withdrawn(self) -> bool: ...


def demand_open(record: Disclosable) -> None:
    """Whether it is published is still to be decided, and for the public at all."""
    if record.is_withdrawn:
        raise Refused("already-withdrawn", "该决定已撤回，不得公示", "the decision has been withdrawn", conflict=True)
    if record.published_on is not None:
        raise Refused("already-published", "该决定已公示", "the decision is published already", conflict=True)
    if not record.option.may_be_public:
        reach = reach_of(record.option)
        raise Refused(
            "not-public-by-class",
            f"该处分按其种类{reach.zh}，不向社会公开（公开范围未核对原文）",
            f"a sanction of this class is {reach.en} (not checked against the source)",
            conflict=True,
        )


def check_publication(
    record: Disclosable,
    because: PublishingReasons | None,
    *,
    published_on: date,
    earliest: date,
    gone_on: date,
    today: date,
) -> None:
    """`earliest`: the day of service or effect (D26); `gone_on`: the first day on which it is shown no more."""
    demand_open(record)
    if because is None and (record.option is Option.WITHHOLD or record.withholding is not None):
        raise Refused(
            "publication-reasons-missing",
            "该类决定一般不公示，或已决定不予公示：公示须说明理由",
            "not shown as a rule, or withheld before: its publication needs a ground and reasons",
            field="ground",
        )
    # Publication is what happens here and now: with a day that somebody writes down, a late one would seem in time.
    if not earliest <= published_on == today:
        raise Refused(
            "published-on-out-of-range",
            f"公示日期为实际公示之日，即今日，且不早于{earliest.isoformat()}（送达或生效）",
            f"the day of publication is today, and not before {earliest.isoformat()} (service or effect)",
            field="published_on",
        )
    if gone_on <= today:
        raise Refused(
            "display-term-over",
            f"公示期已于{gone_on.isoformat()}届满",
            f"its display ended on {gone_on.isoformat()}",
            conflict=True,
        )


def check_withholding(record: Disclosable, ground: WithholdingGround, display: DisplayClass) -> None:
    demand_open(record)
    if record.withholding is not None:
        raise Refused(
            "already-withheld", "已决定不予公示", "it has been decided already not to publish this", conflict=True
        )
    if ground is WithholdingGround.MINOR_SUMMARY and display is not DisplayClass.MINOR:
        raise Refused(
            "ground-does-not-fit",
            f"该决定属于“{display.zh}”类，不是轻微处罚",
            f"this decision is of the class {display.en}, not a minor one",
            field="ground",
        )


def check_withdrawal(record: Disclosable, withdrawn_on: date, *, decided_on: date, today: date) -> None:
    if record.is_withdrawn:
        raise Refused("already-withdrawn", "该决定已撤回", "the decision has been withdrawn already", conflict=True)
    if not decided_on <= withdrawn_on <= today:
        raise Refused(
            "withdrawn-on-out-of-range",
            "撤回日期应在决定日期至今日之间",
            "withdrawal lies between the decision and today",
            field="withdrawn_on",
        )
