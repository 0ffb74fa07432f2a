"""How far and how long a sanction is public: the classes of disclosure_policy.yaml, and the province's choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from contracts.deadlines import Rule, rule
from contracts.discipline_events import Penalty
from contracts.disclosure import DisclosureClass, DisplayClass, Option, disclosure_policy, gravest, widest
from contracts.labels import LabelledEnum

from discipline_api.record.tariff import SUSPENSIONS, Imposed

__all__ = ["CAP", "DEFAULTS", "REPAIR", "Choices", "DisplayClass", "Publicity", "Term", "classes_of", "publicity_of"]

CAP = "discipline.display-cap"
REPAIR = "discipline.repair-decision"
"""The rule by which a repaired record goes."""

_DAY = timedelta(days=1)


class Publicity(LabelledEnum):
    FIRM = "firm", "仅通知所在律所", "told to the firm only"
    PROFESSION = "profession", "行业内通报", "told within the profession"
    PUBLIC = "public", "向社会公开", "public"


_REACH = {Option.FIRM_ONLY: Publicity.FIRM, Option.PROFESSION_ONLY: Publicity.PROFESSION}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the department has chosen for a class; the policy's default where it has chosen nothing."""

    by_class: Mapping[str, Option] = field(default_factory=lambda: MappingProxyType({}))

    def option(self, row: DisclosureClass) -> Option:
        return self.by_class.get(row.code, row.default)

    def option_of(self, imposed: Imposed, *, summary: bool = False) -> Option:
        """Of several penalties the widest reach decides."""
        return widest(self.option(row) for row in classes_of(imposed, summary=summary))


DEFAULTS = Choices()


def classes_of(imposed: Imposed, *, summary: bool = False) -> tuple[DisclosureClass, ...]:
    policy = disclosure_policy()
    return tuple(policy.of_penalty(kind, summary=summary) for kind in imposed.kinds)


def publicity_of(imposed: Imposed, choices: Choices = DEFAULTS) -> Publicity:
    """How far it may be made known at all."""
    return reach_of(choices.option_of(imposed))


def reach_of(option: Option) -> Publicity:
    return _REACH.get(option, Publicity.PUBLIC)


@dataclass(frozen=True, slots=True)
class Term:
    """`display_to_on` is the first day on which the public sees it no more, `record_to_on` that on which it is erased.

    The record outlives the display where 律师法 51 asks for earlier sanctions, which nobody could judge otherwise.
    """

    display: DisplayClass
    display_to_on: date
    rule_id: str
    row: DisclosureClass
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
        rule_id = disclosure_policy().display(self.display).min_rule
        return None if rule_id is None else rule(rule_id)

    def repaired(self, on: date, display_to_on: date) -> "Term":
        return replace(self, display_to_on=display_to_on, rule_id=REPAIR, extended_by_suspension=False, repaired_on=on)


def longest_display(display: DisplayClass, decided_on: date) -> tuple[str, date]:
    """The rule, and the first day after it."""
    rule_id = disclosure_policy().display(display).max_rule
    return rule_id, rule(rule_id).ends_on(decided_on) + _DAY


def term_of(imposed: Imposed, decided_on: date, to_on: date | None, *, summary: bool = False) -> Term:
    """The class of the gravest penalty decides; a suspension is shown at least until it has ended."""
    row = gravest(classes_of(imposed, summary=summary))
    rule_id, ends = longest_display(row.display, decided_on)
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
