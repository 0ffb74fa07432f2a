"""Which sanctions are public and for how long: policy rows. None of the terms has been checked against its text."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from contracts.deadlines import Rule, rule, rules
from contracts.discipline_events import Penalty
from contracts.labels import LabelledEnum

from discipline_api.record.tariff import SUSPENSIONS, Imposed

CAP = "discipline.display-cap"
REPAIR = "discipline.repair-decision"
"""The rule by which a repaired record goes."""

_DAY = timedelta(days=1)


class Publicity(LabelledEnum):
    FIRM = "firm", "仅通知所在律所", "told to the firm only"
    PROFESSION = "profession", "行业内通报", "told within the profession"
    PUBLIC = "public", "向社会公开", "public"


class DisplayClass(LabelledEnum):
    """失信信息 classes of 信用修复管理办法; each has its longest display in rules.yaml."""

    MINOR = "minor", "轻微", "minor"
    ORDINARY = "ordinary", "一般", "ordinary"
    SERIOUS = "serious", "严重", "serious"


@dataclass(frozen=True, slots=True)
class PublicityRow:
    penalty: Penalty
    publicity: Publicity
    display: DisplayClass
    source: str
    verified: bool = False


_CREDIT = "信用修复管理办法（新闻摘要）"
_INDUSTRY = "会员违规行为处分规则（公示期限系本系统设定）"
_UNCLEAR = "信用修复管理办法（新闻摘要；归类不明，暂按一般）"

_TABLE = (
    PublicityRow(Penalty.WARNING, Publicity.PUBLIC, DisplayClass.MINOR, _CREDIT),
    # 小额罚款 would be minor; what counts as small was not found.
    PublicityRow(Penalty.FINE, Publicity.PUBLIC, DisplayClass.ORDINARY, _UNCLEAR),
    PublicityRow(Penalty.CONFISCATION, Publicity.PUBLIC, DisplayClass.ORDINARY, _UNCLEAR),
    PublicityRow(Penalty.SUSPENSION, Publicity.PUBLIC, DisplayClass.ORDINARY, _UNCLEAR),
    PublicityRow(Penalty.FIRM_SUSPENSION, Publicity.PUBLIC, DisplayClass.ORDINARY, _UNCLEAR),
    PublicityRow(Penalty.REVOCATION, Publicity.PUBLIC, DisplayClass.SERIOUS, _CREDIT),
    PublicityRow(Penalty.ADMONITION, Publicity.FIRM, DisplayClass.MINOR, _INDUSTRY),
    PublicityRow(Penalty.INDUSTRY_WARNING, Publicity.FIRM, DisplayClass.MINOR, _INDUSTRY),
    PublicityRow(Penalty.CIRCULATED_CRITICISM, Publicity.PROFESSION, DisplayClass.MINOR, _INDUSTRY),
    PublicityRow(Penalty.PUBLIC_CENSURE, Publicity.PUBLIC, DisplayClass.ORDINARY, _INDUSTRY),
    PublicityRow(Penalty.MEMBERSHIP_SUSPENSION, Publicity.PUBLIC, DisplayClass.ORDINARY, _INDUSTRY),
    PublicityRow(Penalty.MEMBERSHIP_CANCELLATION, Publicity.PUBLIC, DisplayClass.SERIOUS, _INDUSTRY),
)
PUBLICITY = {row.penalty: row for row in _TABLE}


def publicity_of(imposed: Imposed) -> Publicity:
    order = list(Publicity)
    return max((PUBLICITY[kind].publicity for kind in imposed.kinds), key=order.index)


@dataclass(frozen=True, slots=True)
class Term:
    """`display_to_on` is the first day on which the public sees it no more, `record_to_on` that on which it is erased.

    The record outlives the display where 律师法 51 asks for earlier sanctions, which nobody could judge otherwise.
    """

    display: DisplayClass
    display_to_on: date
    rule_id: str
    row: PublicityRow
    extended_by_suspension: bool
    record_to_on: date
    repaired_on: date | None = None
    """The day of the credit repair that ends the display before its term."""

    @property
    def rule(self) -> Rule:
        return rule(self.rule_id)

    @property
    def shortest(self) -> Rule | None:
        """How long it must be shown before it can be repaired; None where no such term was found."""
        return rules().get(f"discipline.display-{self.display}-min")

    def repaired(self, on: date, display_to_on: date) -> "Term":
        return replace(self, display_to_on=display_to_on, rule_id=REPAIR, extended_by_suspension=False, repaired_on=on)


def term_of(imposed: Imposed, decided_on: date, to_on: date | None) -> Term:
    """The class of the gravest penalty decides; a suspension is shown at least until it has ended."""
    order = list(DisplayClass)
    row = max((PUBLICITY[kind] for kind in imposed.kinds), key=lambda each: order.index(each.display))
    rule_id = f"discipline.display-{row.display}"
    ends = rule(rule_id).ends_on(decided_on) + _DAY
    extended = to_on is not None and to_on > ends
    shown_to = to_on if to_on is not None and extended else ends
    capped_to = rule(CAP).ends_on(decided_on) + _DAY
    if shown_to > capped_to:  # a suspension that began years after its decision
        shown_to, rule_id, extended = capped_to, CAP, False
    kept_to = shown_to
    if Penalty.WARNING in imposed.kinds:
        kept_to = max(kept_to, rule("discipline.repeat-warning").ends_on(decided_on) + _DAY)
    if to_on is not None and SUSPENSIONS & set(imposed.kinds):
        kept_to = max(kept_to, rule("discipline.repeat-suspension").ends_on(to_on) + _DAY)
    return Term(row.display, shown_to, rule_id, row, extended, kept_to)
