"""The queries against an independent model: random careers and firms, asked on random days under every policy."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from progress_store.queries import COMPUTATIONS, Asked, Policy, figures

from tests.integration.progress.facts import Facts

FIRST = date(2025, 1, 1)
DAYS = 500
REGIONS = ("410100", "410300", "419001")


@dataclass
class Interval:
    start: int
    end: int | None

    def holds(self, day: int) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def dates(self) -> tuple[date, date | None]:
        return FIRST + timedelta(self.start), None if self.end is None else FIRST + timedelta(self.end)


@dataclass
class Firm:
    firm_id: UUID
    region: str
    parent: UUID | None
    period: Interval


@dataclass
class Practice:
    interval: Interval
    firm: Firm
    category: int


@dataclass
class Lawyer:
    lawyer_id: UUID
    practices: list[Practice]
    facts: list[tuple[str, Interval, bool]] = field(default_factory=list)

    def practice_on(self, day: int, *, without_suspended: bool) -> Practice | None:
        bars = {kind for kind, interval, withdrawn in self.facts if interval.holds(day) and not withdrawn}
        if "revocation" in bars or (without_suspended and "suspension" in bars):
            return None
        return next((practice for practice in self.practices if practice.interval.holds(day)), None)


def interval(rng: random.Random, start: int | None = None) -> Interval:
    start = rng.randrange(DAYS) if start is None else start
    return Interval(start, rng.choice((None, start + rng.randrange(1, DAYS))))


def career(rng: random.Random, firms: list[Firm]) -> Lawyer:
    start, practices = rng.randrange(100), []
    for _ in range(rng.randrange(1, 4)):
        # Most work at one of two large firms, so that head-counts come close to the threshold.
        firm = firms[rng.choice((0, 0, 0, 1, 1, 2, 3, 4))]
        end = start + rng.randrange(1, 300)
        practices.append(Practice(Interval(start, end), firm, rng.choice((1, 1, 1, 1, 2, 5, 6, 8))))
        start = end
    if rng.random() < 0.8:
        practices[-1].interval.end = None
    lawyer = Lawyer(uuid4(), practices)
    while rng.random() < 0.4:
        kind = rng.choice(("suspension", "suspension", "suspension", "revocation"))
        lawyer.facts.append((kind, interval(rng), rng.random() < 0.4))
    return lawyer


async def store(facts: Facts, firms: list[Firm], lawyers: list[Lawyer]) -> None:
    await facts.connection.copy_records_to_table(
        "firm_periods",
        columns=("period_id", "firm_id", "kind", "region", "parent_firm_id", "from_on", "to_on"),
        records=[
            (uuid4(), f.firm_id, "branch" if f.parent else "individual", f.region, f.parent, *f.period.dates)
            for f in firms
        ],
    )
    await facts.connection.copy_records_to_table(
        "practices",
        columns=("practice_id", "lawyer_id", "firm_id", "region", "category", "from_on", "to_on"),
        records=[
            (uuid4(), lawyer.lawyer_id, p.firm.firm_id, p.firm.region, p.category, *p.interval.dates)
            for lawyer in lawyers
            for p in lawyer.practices
        ],
    )
    await facts.connection.copy_records_to_table(
        "standing_facts",
        columns=("fact_id", "subject_id", "subject_kind", "kind", "from_on", "to_on", "withdrawn", "version"),
        records=[
            (uuid4(), lawyer.lawyer_id, "lawyer", kind, *days.dates, withdrawn, 1)
            for lawyer in lawyers
            for kind, days, withdrawn in lawyer.facts
        ],
    )


def lawyers_in(lawyers: list[Lawyer], day: int, policy: Policy) -> dict[str, int]:
    wanted = range(1, 10) if policy.lawyer_categories == "all" else range(1, 6)
    found = dict.fromkeys(REGIONS, 0)
    for lawyer in lawyers:
        practice = lawyer.practice_on(day, without_suspended=policy.count_suspended == "not-suspended")
        if practice is not None and practice.category in wanted:
            found[practice.firm.region] += 1
    return found


def firms_of_100(firms: list[Firm], lawyers: list[Lawyer], day: int, policy: Policy) -> dict[str, int]:
    own = {firm.firm_id: 0 for firm in firms}
    for lawyer in lawyers:
        practice = lawyer.practice_on(day, without_suspended=policy.count_suspended == "not-suspended")
        if practice is not None and practice.category <= 5:
            own[practice.firm.firm_id] += 1
    found = dict.fromkeys(REGIONS, 0)
    for firm in firms:
        if not firm.period.holds(day) or (firm.parent and not policy.count_branch_as_firm):
            continue
        headcount = own[firm.firm_id]
        if policy.headcount_scope != "head-office-only":
            headcount += sum(own[b.firm_id] for b in firms if b.parent == firm.firm_id and b.period.holds(day))
        found[firm.region] += headcount >= 100
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_queries_agree_with_the_model(facts: Facts, seed: int) -> None:
    rng = random.Random(seed)
    heads = [Firm(uuid4(), rng.choice(REGIONS), None, Interval(0, None)) for _ in range(3)]
    branches = [Firm(uuid4(), rng.choice(REGIONS), head.firm_id, interval(rng)) for head in heads[:2]]
    firms = heads + branches
    lawyers = [career(rng, firms) for _ in range(420)]
    await store(facts, firms, lawyers)
    seen: set[int | float | None] = set()
    for day, suspended in product(rng.sample(range(DAYS), 12), ("licence-held", "not-suspended")):
        on = FIRST + timedelta(day)
        for categories in ("all", "social"):
            policy = Policy.default("H1").overridden({"count_suspended": suspended, "lawyer_categories": categories})
            found = await figures(facts.connection, COMPUTATIONS["H1"], Asked(on, policy))
            assert {region: found.regions[region].value for region in REGIONS} == lawyers_in(lawyers, day, policy)
            assert found.value == sum(lawyers_in(lawyers, day, policy).values())
        for scope, branch in product(("head-office-only", "with-branches-in-province"), (True, False)):
            policy = Policy.default("M05-I1").overridden(
                {"count_suspended": suspended, "headcount_scope": scope, "count_branch_as_firm": branch}
            )
            found = await figures(facts.connection, COMPUTATIONS["M05-I1"], Asked(on, policy))
            expected = firms_of_100(firms, lawyers, day, policy)
            assert {region: found.regions[region].value for region in REGIONS} == expected
            seen.add(found.value)
    # A model in which no firm ever passes the threshold would prove nothing.
    assert len(seen) > 1
