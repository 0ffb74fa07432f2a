"""The story: import, a move, a merger, a suspension and its withdrawal, a case by the book, a complaint; numbers too.

Every expectation is checked against what the API says, so the demo is also a test of the whole system.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import typer
from contracts.legal_day import legal_today

from yulu.cli.plan import show_targets
from yulu.client import Yulu, connect
from yulu.demo.by_the_book import ByTheBook
from yulu.demo.province import ZHENGZHOU, DemoFirm, DemoLawyer, Province, firms_csv, lawyers_csv
from yulu.imports import run_import
from yulu.settings import ClientSettings
from yulu.transparency import NotProven

T = TypeVar("T")
PATIENCE_SECONDS = 60
BUREAU = "zhengzhou-sfj"
"""The Zhengzhou bureau, which decides the suspension."""
_ORGAN = {"kind": "bureau", "region": ZHENGZHOU, "code": BUREAU}
POLICIES = ("licence-held", "not-suspended")
_ACCUSED = 98
"""Lawyers of the firm of which one is penalised by the book."""


@dataclass(slots=True)
class Counts:
    """The numbers that the story moves, under both readings of 律师 under suspension."""

    h1: dict[str, int]
    firms_100: dict[str, int]

    def __str__(self) -> str:
        return f"H1 律师 lawyers {self._both(self.h1)};  M05-I1 百人以上律所 firms of 100+ {self._both(self.firms_100)}"

    @staticmethod
    def _both(values: dict[str, int]) -> str:
        return " / ".join(f"{values[policy]:,} ({policy})" for policy in POLICIES)


class Story:
    def __init__(
        self,
        province: Province,
        *,
        licensing: Yulu,
        officer: Yulu,
        second: Yulu,
        bureau: Yulu,
        reader: Yulu,
        himself: Yulu,
        public: Yulu,
    ) -> None:
        self._province = province
        self._licensing, self._officer, self._second, self._bureau = licensing, officer, second, bureau
        self._reader, self._himself, self._public = reader, himself, public
        self._today = legal_today()
        self.failures: list[str] = []

    async def play(self) -> None:
        if await self._played_before():
            self.failures.append(
                "示范省份已导入过；请换一个 --seed,或清空 DATA_DIR 后重试 / this province has been imported before: "
                "choose another --seed, or begin with an empty DATA_DIR"
            )
            return
        await self._import()
        await self._scene("调动：一名律师由郑州转往洛阳 / A move from Zhengzhou to Luoyang", self._move)
        await self._scene("合并：60 人所并入 99 人所 / A firm of 60 merges into one of 99", self._merger)
        await self._scene("停止执业：百人所的一名律师 / A suspension at a firm of exactly 100", self._suspension)
        await self._scene(
            "惩戒：依法办案、公示、异议、核验 / A case by the book, published and proven", self._by_the_book
        )
        await self._scene("维权：投诉、受理、答复、办结 / A complaint, from filing to closing", self._complaint)
        await show_targets(self._reader)

    # Scenes

    async def _import(self) -> None:
        typer.echo(f"导入 {len(self._province.firms):,} 家律所、{len(self._province.lawyers):,} 名律师 / importing")
        before = (await self._counts()).h1["licence-held"]
        started = time.monotonic()
        for kind, content in (("firms", firms_csv(self._province)), ("lawyers", lawyers_csv(self._province))):
            done = await run_import(self._licensing.registry, f"{kind}.csv", content, kind)
            typer.echo(f"  {kind}: " + ", ".join(f"{number:,} {zh} {en}" for zh, en, number in done.counts()))
            self._check(f"no errors in the {kind} file", done.errors == 0)
            created = done.created
        typer.echo(f"  {time.monotonic() - started:.1f} s")
        await self._until("H1 counts the imported lawyers", lambda c: c.h1["licence-held"] == before + created)

    async def _played_before(self) -> bool:
        page = await self._officer.registry.get("/v1/firms", credit_code=self._province.firms[0].code)
        return bool(page["items"])

    async def _move(self) -> None:
        lawyer = self._province.lawyers_of(self._province.firms[0])[0]
        target = next(f for f in self._province.firms if f.region.code == "410300" and f.size > 0)
        record = await self._lawyer(lawyer)
        before = await self._counts()
        moved = await self._change(
            f"/v1/lawyers/{record['lawyer_id']}/moves",
            {"firm_id": (await self._firm(target))["firm_id"], "effective_on": self._today.isoformat()},
        )
        typer.echo(
            f"  {lawyer.number} → {moved['licence_number']}: 证号改写，人不变 / the number changes, the person stays"
        )
        found = await self._public.registry.get(f"/v1/public/lawyers/{lawyer.number}")
        self._check("the old number still finds him", found["licence_number"] == moved["licence_number"])
        await self._until("H1 is unchanged by a move", lambda c: c.h1 == before.h1)

    async def _merger(self) -> None:
        absorbing, absorbed = self._province.firm_of_size(99), self._province.firm_of_size(60)
        before = await self._counts()
        await self._change(
            "/v1/mergers",
            {
                "absorbed_firm_id": (await self._firm(absorbed))["firm_id"],
                "absorbing_firm_id": (await self._firm(absorbing))["firm_id"],
                "effective_on": self._today.isoformat(),
                "document_number": f"豫司律合〔{self._today.year}〕{uuid4().int % 10_000}号",
            },
        )
        after = {policy: count + 1 for policy, count in before.firms_100.items()}
        await self._until("one firm of 100+ more, lawyers as before", lambda c: c == Counts(before.h1, after))

    async def _suspension(self) -> None:
        firm = self._province.firm_of_size(100)
        lawyer = self._province.lawyers_of(firm)[0]
        before = await self._counts()
        case = await self._decide(lawyer, firm)
        lowered = Counts(
            before.h1 | {"not-suspended": before.h1["not-suspended"] - 1},
            before.firms_100 | {"not-suspended": before.firms_100["not-suspended"] - 1},
        )
        await self._until("only the counts that leave suspended lawyers out go down", lambda c: c == lowered)
        path = f"/v1/sanctions/{case['case_id']}"
        await self._publish(path)
        shown = await self._public.discipline.get(f"/v1/public/disclosures/{case['case_id']}")
        self._check("published is not dishonest while remedies are open", shown["credit"]["dishonest"] is False)
        typer.echo("  撤销处罚决定 / the decision is withdrawn")
        await self._bureau.discipline.post(
            f"{path}/withdrawal",
            {
                "ground": "revoked",
                "document_number": f"豫司撤〔{self._today.year}〕{uuid4().int % 10_000}号",
                "withdrawn_on": self._today.isoformat(),
            },
            etag=await self._bureau.discipline.etag(path),
        )
        await self._until("every count is as it was", lambda c: c == before)

    async def _by_the_book(self) -> None:
        told = ByTheBook(self._bureau, self._himself, self._public, _ORGAN, self._today)
        penalty = await told.decide(_accused(self._province), self._province.firm_of_size(_ACCUSED))
        shown = await told.publish(penalty)
        self._check("the page says until when it is shown, and by which rule", bool(shown["disappears"]["rule"]))
        self._check("an objection is marked beside it at once", "objection" in await told.object(penalty))
        try:
            leaves = await told.prove(penalty)
        except NotProven as error:
            self._check(f"the record is what the log commits to: {error}", holds=False)
        else:
            self._check(f"the record is what the signed log of {leaves:,} leaves commits to", holds=True)

        async def published() -> list[str | None]:
            rows = self._reader.progress.pages("/v1/indicators/M12-I1/evidence")
            return [row["published_on"] async for row in rows if row["case_id"] == penalty]

        await self._eventually("M12-I1 counts its publication", published, lambda on: on == [self._today.isoformat()])

    async def _decide(self, lawyer: DemoLawyer, firm: DemoFirm) -> Any:
        day = self._today
        return await self._bureau.discipline.post(
            "/v1/sanctions",
            {
                "organ": _ORGAN,
                "document_number": f"司罚决〔{day.year}〕{uuid4().int % 100_000}号",
                "subject": {
                    "kind": "lawyer",
                    "licence_number": lawyer.number,
                    "name": lawyer.name,
                    "firm_name": firm.name,
                },
                "conduct_code": "L49.4",
                "penalties": [{"kind": "suspension", "suspension_months": 6}],
                "filed_on": (day - timedelta(days=60)).isoformat(),
                "decided_on": (day - timedelta(days=2)).isoformat(),
                "served_on": (day - timedelta(days=1)).isoformat(),
                "from_on": (day - timedelta(days=1)).isoformat(),
                "to_on": _months_later(day - timedelta(days=1), 6).isoformat(),
                "reasons": "示范数据：提供虚假证据。",
            },
        )

    async def _publish(self, path: str) -> None:
        """After the impact assessment without which an organ publishes nothing (个人信息保护法 55)."""
        await self._bureau.discipline.post(
            "/v1/impact-assessments",
            {
                "organ": _ORGAN,
                "scope": ["administrative"],
                "purpose": "示范数据：依法公示行政处罚决定。",
                "risks": "示范数据：当事人名誉。",
                "measures": "示范数据：到期自动停止公示。",
                "conclusion": "lawful-with-measures",
                "document_number": f"司评〔{self._today.year}〕{uuid4().int % 100_000}号",
                "assessed_on": self._today.isoformat(),
            },
        )
        discipline = self._bureau.discipline
        await discipline.post(f"{path}/publication", {}, etag=await discipline.etag(path))
        typer.echo("  影响评估已登记，处罚已公示 / the impact is assessed, the penalty is published")

    async def _complaint(self) -> None:
        lawyer = self._province.lawyers[0]
        filed = await self._public.rights_public.post(
            "/v1/complaints",
            {
                "kind": "RIGHTS_APP",
                "identity_mode": "named",
                "right": "MEET",
                "respondent": "DETENTION",
                "respondent_level": "city",
                "criminal": True,
                "registration_region": ZHENGZHOU,
                "incident_region": ZHENGZHOU,
                "incident_at": (datetime.now(UTC) - timedelta(hours=3)).isoformat(),
                "facts": "示范数据：看守所以未预约为由拒绝会见。",
                "complainant": {
                    "name": lawyer.name,
                    "licence_number": lawyer.number,
                    "contact": "0371-00000000",
                },
            },
        )
        typer.echo(f"  回执只显示一次 / the receipt is shown once: {filed['receipt']}")
        new = [item async for item in self._officer.rights.pages("/v1/complaints", status="TRIAGE")]
        path = f"/v1/complaints/{max(new, key=lambda item: item['filed_at'])['complaint_id']}"
        on = self._today.isoformat()
        letter = {"document_number": "郑律函〔2026〕1号", "document_date": on, "organ": "郑州市第一看守所"}
        answer = {"decided_on": on, "received_on": on, "organ": "郑州市第一看守所", "summary": "已安排会见。"}
        await self._officer.rights.post(f"{path}/assignments", {})
        await self._steps(path, acceptance={}, letter=letter, decision=answer, reply={"text": "可随时会见。"})
        opened = await self._public.rights_public.post("/v1/receipts/sessions", {"receipt": filed["receipt"]})
        await self._public.rights_public.post(
            "/v1/receipts/case/reply-accepted", {"satisfied": True}, session=opened["session"]
        )
        await self._steps(path, closure={"outcome": "corrected", "evidence": letter})
        typer.echo("  受理、致函、回函、答复、认可、办结 / accepted, letter, decision, answer, closed")

    # Plumbing

    async def _steps(self, path: str, **bodies: dict[str, Any]) -> None:
        for step, body in bodies.items():
            await self._officer.rights.post(f"{path}/{step}", body, etag=await self._officer.rights.etag(path))

    async def _change(self, path: str, body: dict[str, Any]) -> Any:
        """Proposed by one officer, approved by another."""
        proposal = await self._officer.registry.post(path, body)
        approved = await self._second.registry.post(f"/v1/proposals/{proposal['proposal_id']}/approve")
        typer.echo(f"  {proposal['kind_zh']}：一人提出，另一人批准 / proposed by one officer, approved by another")
        return approved["result"]

    async def _scene(self, title: str, scene: Callable[[], Awaitable[None]]) -> None:
        typer.echo(f"\n{title}\n  前 before: {await self._counts()}")
        await scene()
        typer.echo(f"  后 after:  {await self._counts()}")

    async def _counts(self) -> Counts:
        async def under(indicator: str, policy: str) -> int:
            body = await self._reader.progress.get(f"/v1/indicators/{indicator}", count_suspended=policy)
            value: int = body["value"]
            return value

        return Counts(
            {policy: await under("H1", policy) for policy in POLICIES},
            {policy: await under("M05-I1", policy) for policy in POLICIES},
        )

    async def _until(self, expectation: str, holds: Callable[[Counts], bool]) -> None:
        await self._eventually(expectation, self._counts, holds)

    async def _eventually(self, expectation: str, read: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> None:
        started = time.monotonic()
        while not holds(found := await read()):
            if time.monotonic() - started > PATIENCE_SECONDS:
                self._check(f"{expectation}; it is {found}", holds=False)
                return
            await asyncio.sleep(0.1)
        self._check(f"{expectation} ({time.monotonic() - started:.2f} s)", holds=True)

    def _check(self, expectation: str, holds: bool) -> None:
        typer.echo(f"  {'✓' if holds else '✗'} {expectation}")
        if not holds:
            self.failures.append(expectation)

    async def _lawyer(self, lawyer: DemoLawyer) -> Any:
        page = await self._officer.registry.get("/v1/lawyers", licence_number=lawyer.number)
        return page["items"][0]

    async def _firm(self, firm: DemoFirm) -> Any:
        return (await self._officer.registry.get("/v1/firms", credit_code=firm.code))["items"][0]


def _accused(province: Province) -> DemoLawyer:
    return province.lawyers_of(province.firm_of_size(_ACCUSED))[0]


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))


async def tell(settings: ClientSettings, province: Province) -> bool:
    """True where every expectation held."""
    async with AsyncExitStack() as stack:
        officer = await stack.enter_async_context(
            connect(settings, "registry-officer", "discipline-officer", "rights-officer")
        )
        licensing = await stack.enter_async_context(connect(settings, "licensing-system", organisation_kind="system"))
        second = await stack.enter_async_context(connect(settings, "registry-officer", subject="second-officer"))
        bureau = await stack.enter_async_context(
            connect(
                settings,
                "discipline-officer",
                region=ZHENGZHOU,
                organisation_kind="bureau",
                organisation_id=BUREAU,
            )
        )
        reader = await stack.enter_async_context(
            connect(settings, "plan-reader", "registry-officer", "discipline-officer", "rights-officer")
        )
        himself = await stack.enter_async_context(
            connect(
                settings,
                "lawyer",
                region=ZHENGZHOU,
                organisation_kind="lawyer",
                organisation_id=_accused(province).number,
            )
        )
        public = await stack.enter_async_context(connect(settings))
        story = Story(
            province,
            licensing=licensing,
            officer=officer,
            second=second,
            bureau=bureau,
            reader=reader,
            himself=himself,
            public=public,
        )
        await story.play()
    for failure in story.failures:
        typer.echo(f"✗ {failure}", err=True)
    return not story.failures
