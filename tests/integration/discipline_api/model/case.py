"""A case as the model sees it, and an order that an officer gives in it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import law, penalties


@dataclass(frozen=True)
class Officer:
    kind: str
    region: str
    code: str
    subject: str
    role: str = "discipline-officer"


@dataclass
class Order:
    """One request. `version` is what If-Match says: None is left out."""

    step: str
    on: date
    by: Officer
    version: int | None
    document: str | None = None
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def penalties(self) -> penalties.Penalties:
        return self.details.get("penalties") or []


@dataclass
class Notice:
    """事先告知, or an association's offer of a hearing."""

    on: date
    conduct: str
    penalties: penalties.Penalties
    offered: bool
    request_until: date
    requested_on: date | None = None
    waived: bool = False
    heard: bool = False


@dataclass
class Case:
    name: str
    """Its id in the service."""
    kind: str
    organ: tuple[str, str, str | None]
    """Kind, region and code; no code before the first officer of the bureau to which a county proposed has acted."""
    county: tuple[str, str, str] | None
    subject: str
    received_on: date
    state: str
    last_on: date
    version: int = 1
    remedy: str = "none"
    told_as: str = "own-initiative"
    recused: set[str] = field(default_factory=set)
    handlers: set[str] = field(default_factory=set)
    act: dict[str, Any] = field(default_factory=dict)
    filed_on: date | None = None
    flags: set[str] = field(default_factory=set)
    investigators: set[str] = field(default_factory=set)
    notice: Notice | None = None
    ever_heard: bool = False
    reviewed: bool = False
    deliberated: bool = False
    """Both since the last notice."""
    outcome: str | None = None
    conduct: str | None = None
    imposed: penalties.Penalties = ()
    number: str | None = None
    """Of the decision."""
    decided_on: date | None = None
    served_on: date | None = None
    due: list[tuple[date, int]] = field(default_factory=list)
    """Of the fine: last days and amounts."""
    paid: list[tuple[date, float]] = field(default_factory=list)
    defence_until: date | None = None
    recommended: bool = False
    voters: set[str] = field(default_factory=set)
    review_until: date | None = None
    review: str | None = None
    """None, asked, accepted, then its outcome."""
    has_sanction: bool = False
    from_on: date | None = None
    to_on: date | None = None
    events: list[str] = field(default_factory=list)
    clocks: dict[str, date] = field(default_factory=dict)
    """The last day of each period that has begun, by its name."""

    @property
    def is_penalised(self) -> bool:
        return self.outcome in ("penalty", "sanction")

    @property
    def rules(self) -> dict[str, law.Rule]:
        return law.STEPS[self.kind]

    @property
    def has_ended(self) -> bool:
        return self.state in law.ENDS[self.kind]

    def owns(self, officer: Officer) -> bool:
        kind, region, code = self.organ
        return (officer.kind, officer.region) == (kind, region) and code in (None, officer.code)

    def stands_above(self, officer: Officer) -> bool:
        """The provincial association over a city's."""
        return self.organ[0] == law.CITY_ASSOCIATION and officer.kind == law.ASSOCIATION and officer.region == "410000"


def common_faults(case: Case, order: Order, today: date) -> set[str]:
    """What stands before any step: who acts, on which version, from which state, saying what, on which day."""
    rule = case.rules.get(order.step)
    faults = identity_faults(case, order.by, order.version, rule)
    if rule is None:
        return faults | {"state"}
    if case.state not in rule.origins or case.remedy not in rule.remedies:
        faults.add("state")
    told = {name for name, value in order.details.items() if value is not None}
    if (
        (rule.document and order.document is None)
        or (rule.reason and order.reason is None)
        or not rule.needs <= told <= rule.needs | rule.may
        or penalties.is_malformed(order.penalties)
    ):
        faults.add("fields")
    if not case.last_on <= order.on <= today:
        faults.add("dates-in-order")
    return faults


def identity_faults(case: Case, by: Officer, version: int | None, rule: law.Rule | None = None) -> set[str]:
    """Who acts, and on which version of the case. Without a rule: the organ's own housekeeping."""
    faults = set()
    above = rule is not None and rule.above and case.stands_above(by)
    if by.role != "discipline-officer" or not (case.owns(by) or above) or (rule and by.kind not in rule.organs):
        faults.add("competent-organ")
        if by.kind == law.COUNTY:
            faults.add("d01-county-only-proposes")
    if by.subject in case.recused:
        faults.add("not-recused")
    if version is None:
        faults.add("428")
    elif version != case.version:
        faults.add("412")
    return faults
