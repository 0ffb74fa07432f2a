"""Published is not 失信: a penalty is 失信信息 only once its remedies have lapsed, or it was upheld (HN 20)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from contracts.deadlines import rule

from discipline_api.record.domain import Sanction
from discipline_api.record.reasons import Finality, Outcome
from discipline_api.refusals import Refused

_DAY = timedelta(days=1)
SOURCE = "河南省社会信用条例第二十条"


@dataclass(frozen=True, slots=True)
class Credit:
    """What the record means for credit on a day. `from_on`: from then on, unless something happens, it is 失信信息."""

    dishonest: bool
    from_on: date | None
    zh: str
    en: str
    verified: bool = True

    def item(self) -> dict[str, Any]:
        """As the public reads it, apart from display; it names the day on which it may change by itself."""
        return {
            "dishonest": self.dishonest,
            "from_on": self.from_on,
            "why_zh": self.zh,
            "why_en": self.en,
            "source": SOURCE,
            "verified": self.verified,
        }


def lapse_on(sanction: Sanction) -> date:
    """The first day after both review and litigation could be sought, counted from service."""
    served = sanction.decision.served_on
    review = rule("discipline.review-application").deadline(served).due_on
    return max(review, rule("discipline.litigation").ends_on(served)) + _DAY


def final_from(sanction: Sanction) -> date | None:
    """From when on it may be taken for 失信信息; None where that can't be said, or never."""
    if sanction.withdrawal is not None or sanction.decision.stays_off_credit_platform:
        return None
    match sanction.finality:
        case None:
            return lapse_on(sanction)
        case Finality(outcome=Outcome.UPHELD, on=on):
            return on
        case Finality(outcome=Outcome.DISCONTINUED, on=on):
            # Nobody upheld it: as if no remedy had been sought, but not before it was given up.
            return max(lapse_on(sanction), on)
    return None


def credit_of(sanction: Sanction, today: date) -> Credit:
    since = final_from(sanction)
    if since is not None and since <= today:
        upheld = sanction.finality is not None and sanction.finality.outcome is Outcome.UPHELD
        how_zh = "经复议或诉讼维持" if upheld else "复议、诉讼期限已届满"
        how_en = "it was upheld" if upheld else "the time for review and litigation has passed"
        return Credit(True, since, f"{how_zh}，自{since.isoformat()}起属于失信信息", f"{how_en}", verified=upheld)
    if since is not None:
        return Credit(
            False,
            since,
            f"公示不等于失信：复议、诉讼期限于{since.isoformat()}前尚未届满",
            f"published is not dishonest: review or litigation can be sought until {since.isoformat()}",
            # 顺延 of the 60 days was not read.
            verified=False,
        )
    return Credit(False, None, *_never(sanction))


def _never(sanction: Sanction) -> tuple[str, str]:
    decision = sanction.decision
    if sanction.withdrawal is not None:
        return "决定已撤回", "the decision has fallen"
    if decision.imposed.is_industry:
        return "行业处分不是行政处罚，不作失信信息", "an industry sanction is no penalty"
    if decision.stays_off_credit_platform:
        return (
            "适用简易程序对个人的处罚不归集为信用信息（河南省社会信用条例第十三条）",
            "a summary-procedure penalty on an individual is no credit information",
        )
    return "公示不等于失信：复议或诉讼尚未终结", "published is not dishonest: review or litigation is under way"


def note_outcome(sanction: Sanction, finality: Finality, today: date) -> Sanction:
    """What has become of the remedies; one after the other, the last stands."""
    if sanction.withdrawal is not None:
        raise Refused("already-withdrawn", "该决定已撤回", "the decision has been withdrawn", conflict=True)
    if sanction.finality is not None and sanction.finality.outcome is finality.outcome:
        raise Refused("outcome-recorded", "该结果已登记", "this outcome is on record already", conflict=True)
    if not sanction.decision.served_on <= finality.on <= today:
        raise Refused(
            "outcome-date-out-of-range",
            "日期应在送达日期至今日之间",
            "the date lies between service and today",
            field="on",
        )
    noted = replace(sanction, finality=finality)
    return replace(noted, credit_shown=credit_of(noted, today).dishonest)
