"""What officers do with the cases of one lawyer, one request at a time; `pick` decides what."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from . import law, verdict
from .bench import REFUSALS, Bench, check_reason, reason
from .case import Case, Officer, Order
from .orders import CODES, OFFICERS, PEOPLE, REGIONS, STRANGERS, Maker, Pick, officer, steps_from
from .wrongs import foreign_step, wronged

START = date(2024, 6, 3)
LAST = date(2026, 9, 1)
"""The calendar is official a while longer."""
ORGANS = (law.BUREAU, law.BUREAU, law.CITY_ASSOCIATION, law.COUNTY, law.DEPARTMENT, law.ASSOCIATION)


class Play:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.today = START
        self.cases: list[Case] = []
        self.numbers = count(1)
        self.last: tuple[Case, Order, str, httpx.Response] | None = None
        """The last accepted order, its key and the answer."""

    async def open(self, kind: str) -> None:
        organ = (kind, REGIONS[kind], CODES[kind])
        self.cases.append(await self.bench.open(organ, officer(kind), self.today, self.today))

    def others(self, case: Case) -> list[Case]:
        return [each for each in self.cases if each is not case]

    async def _give(self, case: Case, order: Order) -> None:
        key = uuid4().hex
        answer = await self.bench.try_order(case, order, self.today, self.others(case), key)
        if answer.status_code == 200:
            self.last = case, order, key, answer

    async def lawful_step(self, pick: Pick, wrong: int = 0) -> None:
        live = [each for each in self.cases if not each.has_ended]
        case, maker = pick(live * 4 + self.cases), Maker(pick, self.numbers)
        step = maker.step(case, self.others(case))
        if wrong and pick([True, False]):
            step = pick(steps_from(case) or [step])
        order = maker.make(case, step)
        self.today = max(self.today, min(order.on, LAST))
        if wrong:
            order = wronged(case, order, self.today, pick, wrong, self.others(case))
        await self._give(case, order)

    async def any_step(self, pick: Pick) -> None:
        case = pick(self.cases)
        await self._give(case, Maker(pick, self.numbers).make(case, foreign_step(case, pick)))

    async def repeat(self, pick: Pick) -> None:
        """The same request with its key is answered as before and does nothing; another one with that key is refused."""
        if self.last is None:
            return
        case, order, key, first = self.last
        before = await self.bench.before()
        if pick([True, False]):
            again = await self.bench.send(case, order, key)
            assert (again.status_code, again.content) == (first.status_code, first.content), f"{order}\n{again.text}"
        else:
            other = Order(order.step, order.on, order.by, order.version, order.document, "另外的话", order.details)
            again = await self.bench.send(case, other, key)
            assert again.status_code in (409, 422), f"{other}\n{again.text}"
        await self.bench.unchanged(before, f"repeated: {order}")

    async def recuse(self, pick: Pick) -> None:
        case = pick(self.cases)
        by: Officer = pick([each for each in OFFICERS if case.owns(each)] * 4 + OFFICERS + STRANGERS)
        who = pick([by.subject, *PEOPLE[:4]])
        version = pick([case.version] * 4 + [None, case.version - 1])
        self.bench.on(self.today)
        faults = verdict.recusal_faults(case, who, by, version)
        before = await self.bench.before()
        answer = await self.bench.post(
            f"/v1/proceedings/{case.name}/recusals", {"officer": who, "reason": "与当事人有利害关系"}, by, version
        )
        told = f"recusal of {who} by {by}, {version}\n{case}\n{sorted(faults)}\n{answer.text}"
        if faults:
            assert answer.status_code in REFUSALS, told
            check_reason(faults, answer, told)
            self.bench.refused[f"recusal {reason(answer)}"] += 1
            await self.bench.unchanged(before, told)
            return
        assert answer.status_code == 200, told
        verdict.recuse(case, who)
        self.bench.accepted[f"{case.kind} recusal"] += 1
        self.bench.forget()

    async def publish_too_early(self, pick: Pick) -> None:
        """D26: what is not served, or not in effect, has nothing that could be published or withdrawn."""
        case = pick([each for each in self.cases if not each.has_sanction] or [None])
        if case is None:
            return
        before = await self.bench.before()
        kind, region, code = case.organ
        by = Officer(kind, region, code or "zz", f"{code or 'zz'}.1")
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("publication", {}),
            ("withdrawal", {"ground": "revoked", "document_number": "豫复〔2024〕1号", "withdrawn_on": self.today}),
        ]
        name, body = pick(bodies)
        answer = await self.bench.post(f"/v1/sanctions/{case.name}/{name}", body, by, 1)
        assert answer.status_code in (403, 404), f"{case}\n{answer.text}"
        self.bench.refused[f"{name} {answer.status_code}"] += 1
        await self.bench.unchanged(before, f"{name} of {case}")

    def time_passes(self, days: int) -> None:
        self.today = min(self.today + timedelta(days=days), LAST)
