"""A case as its officers move it: one request after another, each with the version read last."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME, Hands

ALLEGED = "投诉人刘小红反映其私自收取现金三万元"
INVESTIGATORS = [
    {"officer": "investigator-1", "certificate_number": "豫A-0001"},
    {"officer": "investigator-2", "certificate_number": "豫A-0002"},
]
SUSPENSION = [{"kind": "suspension", "suspension_months": 3}]
LAWYER = {"kind": "lawyer", "licence_number": LICENCE, "name": NAME, "firm_name": FIRM_NAME}
FIRM = {"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME}


@dataclass
class Handled:
    """One case, its organ's officer, and the day it is for them."""

    hands: Hands
    organ: tuple[str, str, str] = ("bureau", "410100", "zz")
    case: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.case["proceeding_id"]

    @property
    def path(self) -> str:
        return f"/v1/proceedings/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        return self.hands.officer(*self.organ)

    async def open(self, day: str = "2026-03-02", **changes: Any) -> httpx.Response:
        self.hands.on(f"{day}T10:00:00")
        kind, region, code = self.organ
        industry = kind in ("association", "city-association")
        body = {
            "kind": "industry" if industry else "administrative",
            "organ": {"kind": kind, "region": region, "code": code},
            "origin": "own-initiative",
            "received_on": day,
            "subject": LAWYER,
            "conduct_code": "L48.1",
            "reason": ALLEGED,
        } | changes
        answer = await self.hands.post("/v1/proceedings", body, headers=self.headers)
        if answer.status_code == 201:
            self.case = answer.json()
        return answer

    async def opened(self, day: str = "2026-03-02", **changes: Any) -> "Handled":
        answer = await self.open(day, **changes)
        assert answer.status_code == 201, answer.text
        return self

    async def attempt(
        self, step: str, day: str, *, headers: dict[str, str] | None = None, version: int | None = None, **body: Any
    ) -> httpx.Response:
        self.hands.on(f"{day}T12:00:00")
        sent = {"step": step, "on": day, "details": {}} | body
        tag = f'"v{self.case["version"] if version is None else version}"'
        who = self.headers if headers is None else headers
        return await self.hands.post(f"{self.path}/steps", sent, headers=who, **{"If-Match": tag})

    async def step(self, step: str, day: str, *, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
        answer = await self.attempt(step, day, headers=headers, **body)
        assert answer.status_code == 200, (step, answer.text)
        self.case = answer.json()
        return self.case

    async def read(self, *, headers: dict[str, str] | None = None, what: str = "", **query: Any) -> httpx.Response:
        return await self.hands.http.get(self.path + what, params=query, headers=headers or self.headers)

    def document(self) -> str:
        return f"郑司文〔2026〕{next(self.hands.numbers)}号"

    # Administrative, as far as the name says.

    async def filed(self, **details: Any) -> "Handled":
        if self.case["state"]["code"] == "CLUE":
            await self.step("accept", "2026-03-04")
        act = {"act_on": "2026-02-01", "discovered_on": "2026-03-02"} | details
        await self.step("file", "2026-03-06", document_number=self.document(), details=act)
        return self

    async def investigated(self, **details: Any) -> "Handled":
        await self.filed()
        found = {"investigators": INVESTIGATORS} | details
        await self.step("investigate", "2026-03-20", reason="查明收取三万元", details=found)
        return self

    async def notified(self, day: str = "2026-03-24", **details: Any) -> "Handled":
        if self.case["state"]["code"] == "CLUE":
            await self.investigated()
        told = {"conduct_code": "L48.1", "penalties": SUSPENSION, "hearing_offered": True} | details
        await self.step("notify", day, document_number=self.document(), reason="拟处罚的事实和依据", details=told)
        return self

    async def decided(self, day: str = "2026-04-20", penalties: Any = None, **details: Any) -> "Handled":
        penalties = penalties or SUSPENSION
        if self.case["state"]["code"] == "CLUE":
            await self.notified(penalties=penalties)
        if self.case["state"]["code"] == "NOTIFIED":
            people = ["head-1", "head-2", "head-3"]
            await self.step("deliberate", "2026-04-10", reason="集体讨论意见", details={"participants": people})
        made = {"outcome": "penalty", "conduct_code": "L48.1", "penalties": penalties} | details
        await self.step("decide", day, document_number=self.document(), reason="决定的事实、理由", details=made)
        return self

    async def served(self, day: str = "2026-04-24", **details: Any) -> "Handled":
        if self.case["state"]["code"] != "DECIDED":
            await self.decided()
        given = {"service_way": "direct", "from_on": day} | details
        await self.step("serve", day, document_number=self.document(), details=given)
        return self
