"""Orders that the law allows, made up as a careful officer would; what is wrong with others is in `wrongs`."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from . import administrative, law, penalties, verdict
from .case import Case, Officer, Order
from .dates import DAY, working_days_later

PEOPLE = ("an.yi", "bai.er", "chen.san", "ding.si", "e.wu", "feng.liu", "gao.qi", "he.ba", "jin.jiu", "kong.shi")
"""Who investigates, sits, votes and deliberates; officers who take steps are others."""

CITY, COUNTY_REGION, PROVINCE = "410100", "410105", "410000"
CODES = {law.COUNTY: "js", law.BUREAU: "zz", law.DEPARTMENT: "sft", law.CITY_ASSOCIATION: "zzlx",
         law.ASSOCIATION: "slx"}  # fmt: skip
REGIONS = {law.COUNTY: COUNTY_REGION, law.BUREAU: CITY, law.DEPARTMENT: PROVINCE, law.CITY_ASSOCIATION: CITY,
           law.ASSOCIATION: PROVINCE}  # fmt: skip


def officer(kind: str, number: int = 1, **changes: str) -> Officer:
    """One of two of the organ of that kind that the cases are about."""
    fields = {"kind": kind, "region": REGIONS[kind], "code": CODES[kind]} | changes
    return Officer(subject=f"{fields['code']}.{number}", **fields)


OFFICERS = [officer(kind, number) for kind in law.ORGAN_KINDS for number in (1, 2)]
STRANGERS = [
    officer(law.COUNTY, region="410102", code="zy"),
    officer(law.COUNTY, region="410302", code="lc"),
    officer(law.BUREAU, code="zz2"),
    officer(law.BUREAU, region="410300", code="ly"),
    officer(law.CITY_ASSOCIATION, region="410300", code="lylx"),
    officer(law.CITY_ASSOCIATION, code="zzlx2"),
    officer(law.BUREAU, role="auditor"),
    officer(law.DEPARTMENT, role="registry-officer"),
]

MENU: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {
    law.BUREAU: [
        ("L48.1", [{"kind": "warning"}]),
        ("L48.1", [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 3000}]),
        ("L48.1", [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 8000}]),
        ("L48.1", [{"kind": "suspension", "suspension_months": 3}]),
        ("L48.1", [{"kind": "suspension", "suspension_months": 6}, {"kind": "fine", "fine_yuan": 10000}]),
        ("L47.1", [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 5000}]),
        ("L47.3", [{"kind": "suspension", "suspension_months": 1}]),
        ("L49.4", [{"kind": "suspension", "suspension_months": 6}]),
        ("L49.4", [{"kind": "suspension", "suspension_months": 12}, {"kind": "fine", "fine_yuan": 50000}]),
        ("L48.3", [{"kind": "warning"}, {"kind": "confiscation", "confiscated_yuan": 1200}]),
        ("L48.3", [{"kind": "warning"}, {"kind": "confiscation", "confiscated_yuan": 6000}]),
        ("F50¶2", [{"kind": "fine", "fine_yuan": 4000}]),
    ],
    law.DEPARTMENT: [("L49.4", [{"kind": "revocation"}]), ("L49¶2", [{"kind": "revocation"}])],
    law.CITY_ASSOCIATION: [
        ("L48.1", [{"kind": "admonition"}]),
        ("L48.1", [{"kind": "membership-suspension", "suspension_months": 3}]),
        ("L48.1", [{"kind": "membership-suspension", "suspension_months": 12}]),
        ("L47.2", [{"kind": "public-censure"}]),
        ("L47.2", [{"kind": "circulated-criticism"}]),
    ],
    law.ASSOCIATION: [
        ("L49.2", [{"kind": "membership-suspension", "suspension_months": 6}]),
        ("L49.2", [{"kind": "membership-cancellation"}]),
        ("L48.1", [{"kind": "industry-warning"}]),
    ],
}  # fmt: skip
"""What each organ may impose on a lawyer, and for what."""

_LEADING = frozenset(
    [
        "accept",
        "propose",
        "file",
        "investigate",
        "notify",
        "request-hearing",
        "hold-hearing",
        "review-legally",
        "deliberate",
        "decide",
        "serve",
        "execute",
        "open-review",
        "close-review",
        "open-litigation",
        "close-litigation",
        "notify-member",
        "defend",
        "lapse-defence",
        "offer-hearing",
        "waive-hearing",
        "vote",
        "request-review",
        "accept-review",
        "decide-review",
        "take-effect",
    ]
)

Pick = Callable[[Sequence[Any]], Any]


def first(choices: Sequence[Any]) -> Any:
    return choices[0]


def steps_from(case: Case) -> list[str]:
    """Those that begin where the case stands, whether or not it is ready for them."""
    return [step for step, row in case.rules.items() if case.state in row.origins and case.remedy in row.remedies]


@dataclass
class Maker:
    """`pick` chooses among lawful alternatives; the first is the plainest."""

    pick: Pick = first
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def make(self, case: Case, step: str) -> Order:
        """As lawful as the case allows; where the step is out of place it is at least complete."""
        rule = case.rules.get(step) or next(rules[step] for rules in law.STEPS.values() if step in rules)
        order = Order(step, case.last_on, self._by(case, rule), case.version)
        if rule.document or self.pick([False, False, True]):
            order.document = f"模〔2026〕{next(self.numbers)}号"  # never one twice, but by mistake
        if rule.reason or self.pick([False, False, True]):
            order.reason = "办案情况"
        order.on = max([order.on, *self._waits_until(case, step)])
        details = getattr(self, f"_{case.kind}_{step.replace('-', '_')}", None) or getattr(
            self, f"_{step.replace('-', '_')}", None
        )
        if details is not None:
            order.details = deepcopy(details(case, order))
        return order

    def step(self, case: Case, others: Sequence[Case] = ()) -> str:
        """One that is lawful where the case stands, if any is; what leads on is likelier than what ends or stays."""
        plain = Maker(first, self.numbers)
        here = [
            step
            for step in steps_from(case)
            if not verdict.faults(case, order := plain.make(case, step), order.on, others)
        ]
        often = [step for step in here if step in _LEADING for _ in range(8)]
        return str(self.pick(often + here or list(case.rules)))

    def _waits_until(self, case: Case, step: str) -> list[date]:
        """The first day after a period that must be over before the step."""
        industry = case.kind == "industry"
        until = {
            "lapse-defence": case.defence_until,
            "take-effect": case.review_until if case.state == "SERVED" else None,
            "waive-hearing": case.notice.request_until if case.notice and industry else None,
        }.get(step)
        return [] if until is None else [until + DAY]

    def _by(self, case: Case, rule: law.Rule) -> Officer:
        kind, region, code = case.organ
        allowed = [
            each
            for each in OFFICERS
            if each.kind in rule.organs
            and each.subject not in case.recused
            and (case.owns(each) or (rule.above and case.stands_above(each)))
        ]
        if allowed:
            return self.pick(allowed)
        return Officer(kind, region, code or CODES[kind], f"{code or CODES[kind]}.1")

    def _people(self, case: Case, number: int, without: set[str]) -> list[str]:
        free = [each for each in PEOPLE if each not in case.recused | without]
        start = self.pick(range(max(len(free) - number, 0) + 1))
        return free[start : start + number]

    # --- administrative

    def _forward(self, _case: Case, _order: Order) -> dict[str, Any]:
        return {"forwarded_to": "洛阳市司法局"}

    def _administrative_file(self, case: Case, order: Order) -> dict[str, Any]:
        discovered = case.received_on
        ago = self.pick([200, 200, 500, 700])
        details: dict[str, Any] = {"act_on": discovered - timedelta(days=ago), "discovered_on": discovered}
        if self.pick([False, True]):
            details["act_ended_on"] = details["act_on"] + timedelta(days=self.pick([0, 30]))
        order.on = max(order.on, discovered)
        return details

    def _investigate(self, case: Case, order: Order) -> dict[str, Any]:
        people = self._people(case, self.pick([2, 2, 3]), set())
        certified = [{"officer": each, "certificate_number": f"豫A{n}"} for n, each in enumerate(people)]
        order.on += self.pick([0, 1, 20]) * DAY
        if case.kind == "industry":
            return {"investigators": [{"officer": each} for each in people]}
        flags = self.pick([(), (), ("major",), ("complex",), ("serious",), ("serious", "complex")])
        details = {"investigators": certified} | dict.fromkeys(flags, True)
        if case.act and self.pick([False, False, True]):
            details["act_on"] = case.act["act_on"] - self.pick([0, 300]) * DAY
        return details

    def _notify(self, case: Case, order: Order) -> dict[str, Any]:
        code, imposed = self.pick(self._menu(case))
        details: dict[str, Any] = {"conduct_code": code, "penalties": imposed, "hearing_offered": True}
        if not penalties.needs_hearing(case.subject, imposed):
            details["hearing_offered"] = self.pick([True, False])
        if case.notice and penalties.is_heavier(imposed, case.notice.penalties):
            details["new_evidence"] = "银行流水"
        return details

    def _menu(self, case: Case) -> list[tuple[str, list[dict[str, Any]]]]:
        return MENU.get(case.organ[0]) or MENU[law.BUREAU]

    def _hold_hearing(self, case: Case, order: Order) -> dict[str, Any]:
        asked = (case.notice and case.notice.requested_on) or case.last_on
        order.on = max(order.on, working_days_later(asked, administrative.HEARING_NOTICE)) + self.pick([0, 1]) * DAY
        return {"hearing_noticed_on": asked, "panel": self._people(case, self.pick([3, 4, 5]), case.investigators)}

    def _settled(self, case: Case, order: Order) -> None:
        if case.notice and case.notice.offered and not (case.notice.waived or case.notice.heard):
            order.on = max(order.on, case.notice.request_until + DAY)

    def _review_legally(self, case: Case, order: Order) -> dict[str, Any]:
        self._settled(case, order)
        return {"reviewer": self._people(case, 1, case.investigators)[0]}

    def _deliberate(self, case: Case, order: Order) -> dict[str, Any]:
        self._settled(case, order)
        return {"participants": self._people(case, self.pick([3, 4]), set())}

    def _administrative_decide(self, case: Case, order: Order) -> dict[str, Any]:
        self._settled(case, order)
        order.on += self.pick([0, 0, 0, 95]) * DAY
        details: dict[str, Any] = {}
        if case.filed_on and order.on > case.filed_on + administrative.DECISION:
            details["late_reason"] = "案情复杂"
        if case.notice is None:
            outcomes = ["none", "unproven", "criminal", "to-province"]
        else:
            outcomes = ["penalty"] * 4 + ["none", "unproven", "criminal"]
        details["outcome"] = self.pick(outcomes)
        if details["outcome"] == "criminal":
            details["handed_to"] = "郑州市公安局"
        if details["outcome"] == "penalty" and case.notice:
            details |= {"conduct_code": case.notice.conduct, "penalties": case.notice.penalties}
            details["deviation_reasons"] = "综合考虑"
        return details

    def _serve(self, case: Case, order: Order) -> dict[str, Any]:
        order.on += self.pick([0, 3, 20]) * DAY
        details = {"service_way": self.pick(["direct", "mail", "left"])}
        if case.kind == "administrative" and penalties.amount(case.imposed, "suspension_months"):
            details["from_on"] = order.on + self.pick([0, 15]) * DAY
        return details

    def _grant_instalments(self, case: Case, order: Order) -> dict[str, Any]:
        total = penalties.amount(case.imposed, "fine_yuan") or 1000
        parts = [total // 2, total - total // 2]
        days = [order.on + timedelta(days=each) for each in self.pick([(10, 40), (0, 20)])]
        return {"instalments": [{"due_on": day, "yuan": yuan} for day, yuan in zip(days, parts, strict=True)]}

    def _pay(self, case: Case, order: Order) -> dict[str, Any]:
        open_ = administrative.owed(case, order.on) if case.due else Decimal(100)
        return {"paid_yuan": str(max(self.pick([open_, open_ / 2]), Decimal(1)))}

    def _open_review(self, _case: Case, _order: Order) -> dict[str, Any]:
        return {"remedy_organ": "郑州市人民政府"}

    _open_litigation = _open_review

    def _close_review(self, _case: Case, _order: Order) -> dict[str, Any]:
        return {"remedy_outcome": self.pick(["upheld", "upheld", "discontinued", "revoked", "changed"])}

    def _close_litigation(self, _case: Case, _order: Order) -> dict[str, Any]:
        return {"remedy_outcome": self.pick(["upheld", "discontinued", "unlawful", "void", "revoked"])}

    def _administrative_close(self, case: Case, order: Order) -> dict[str, Any]:
        unpaid = case.due and administrative.owed(case, order.on) > 0
        return {"unpaid_reason": "申请法院强制执行"} if unpaid else {}

    # --- industry

    def _offer_hearing(self, case: Case, _order: Order) -> dict[str, Any]:
        code, imposed = self.pick(self._menu(case))
        return {"conduct_code": code, "penalties": imposed}

    def _vote(self, case: Case, _order: Order) -> dict[str, Any]:
        present = self._people(case, self.pick([6, 7]), set())
        details: dict[str, Any] = {"outcome": "sanction", "committee": 9, "present": present, "in_favour": 4}
        if case.notice:
            told = {"conduct_code": case.notice.conduct, "penalties": case.notice.penalties}
        else:
            light = [each for each in self._menu(case) if not penalties.needs_hearing(case.subject, each[1])]
            told = dict(zip(("conduct_code", "penalties"), self.pick(light or self._menu(case)), strict=True))
        if self.pick([False, False, False, True]):
            return details | {"outcome": "none"}
        return details | told | {"deviation_reasons": "综合考虑"}

    def _sanction_on_penalty(self, case: Case, _order: Order) -> dict[str, Any]:
        code, imposed = self._menu(case)[0]
        return {"cause_case_id": "00000000-0000-4000-8000-000000000001", "conduct_code": code, "penalties": imposed}

    def _decide_review(self, case: Case, _order: Order) -> dict[str, Any]:
        present = [each for each in PEOPLE if each not in case.voters | case.recused][:3] or ["zhou.jiu"]
        details: dict[str, Any] = {"remedy_outcome": self.pick(["upheld", "changed", "remitted"]), "present": present}
        if details["remedy_outcome"] == "changed":
            if self.pick([True, False]):
                return details | {"outcome": "none"}
            details |= {"outcome": "sanction", "conduct_code": "L48.1", "penalties": [{"kind": "admonition"}]}
        return details
