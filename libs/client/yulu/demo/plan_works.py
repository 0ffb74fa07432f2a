"""Made-up work on deliverables and made-up targets of regions, the same each time, marked so by their documents.

Not everything is done: some milestones are missed, some evidence is old, and of some deliverables nobody has said a
word, so that every colour of light and every reason can be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from contracts.deliverables import scopes
from contracts.plan import Deliverable, plan

from yulu.client import ApiProblem, Service
from yulu.demo.province import WEIGHTS

_ISSUER = "示范数据（非真实文件）"
_DAYS_BEFORE_DUE = 60
_FRESH_DAYS = 80
_LEAST = {"W1-I1": 3.0}
"""What the plan asks of each locality is asked of each."""
_SHARED = {"H1": 45_500, "M05-I1": 44, "M10-I1": 210}
"""Province-wide numbers shared out by the regions' weights; a little more than the plan asks."""

_Piece = tuple[date, str | None]
"""The day that a piece of evidence is of, and the milestone it completes."""


def _draw(*what: object) -> int:
    """0 to 99."""
    return crc32("/".join(map(str, what)).encode()) % 100


def region_targets() -> dict[str, Any]:
    """One document with targets of all regions, as the API takes it."""
    whole = sum(WEIGHTS.values())
    shared = [
        {"indicator_id": indicator, "region": code, "op": ">=", "value": round(total * weight / whole)}
        for indicator, total in _SHARED.items()
        for code, weight in WEIGHTS.items()
    ]
    each = [
        {"indicator_id": indicator, "region": code, "op": ">=", "value": value}
        for indicator, value in _LEAST.items()
        for code in WEIGHTS
    ]
    head = {"number": "示范数据〔2024〕1号", "issuer": _ISSUER, "issued_on": "2024-03-01", "from_on": "2024-03-01"}
    return head | {"targets": [*shared, *each]}


async def issue_region_targets(officer: Service, second: Service) -> bool:
    """False where they have been issued before."""
    try:
        entered = await officer.post("/v1/region-targets", region_targets())
    except ApiProblem as problem:
        if not problem.type.endswith("document-known"):
            raise
        return False
    where = f"/v1/region-targets/documents/{entered['document_id']}/confirmation"
    await second.post(where, etag=f'"v{entered["version"]}"')
    return True


def _due_days(deliverable: Deliverable) -> list[date]:
    if deliverable.recurrence == "once":
        return [date(2024, 6, 30) + timedelta(days=9 * _draw(deliverable.id, "due"))]
    return [date(year, 12, 20) for year in (2024, 2025, 2026)]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who works: the department's two officers, and one of each region."""

    officer: Service
    second: Service
    of_region: Callable[[str], Service]
    today: date
    deliverables: tuple[Deliverable, ...] = plan().deliverables()

    async def set_milestones(self) -> int:
        """Of deliverables that have none yet, for everybody who owes them; how many were set."""
        listed = (await self.officer.get("/v1/deliverables"))["items"]
        begun = {item["id"] for item in listed if item["milestones"]}
        made = 0
        for deliverable in self.deliverables:
            if deliverable.id in begun:
                continue
            for due_on in _due_days(deliverable):
                body = {
                    "title": f"{deliverable.title_zh}（{due_on.year}年）",
                    "due_on": due_on.isoformat(),
                    "document": {"number": "示范数据〔2024〕2号", "issuer": _ISSUER, "dated_on": "2024-03-01"},
                }
                made += len(await self.officer.post(f"/v1/deliverables/{deliverable.id}/milestones", body))
        return made

    async def work(self) -> int:
        """Evidence and states of whatever nobody has worked on yet; in how many scopes something was done."""
        done = 0
        for deliverable in self.deliverables:
            for scope in scopes(deliverable.id):
                done += await self._work_on(deliverable, scope)
        return done

    async def _work_on(self, deliverable: Deliverable, region: str | None) -> bool:
        where, draw = f"/v1/deliverables/{deliverable.id}", _draw(deliverable.id, region)
        own = self.officer if region is None else self.of_region(region)
        found = await own.get(where, region=region)
        if found["evidence_count"] or found["state"] or draw < 8:
            return False
        told = [self._told(deliverable, region, milestone) for milestone in found["milestone_list"]]
        evidence: list[_Piece] = [piece for piece in told if piece is not None]
        if deliverable.recurrence != "once" and draw < 85:
            evidence.append((self.today - timedelta(days=draw * _FRESH_DAYS // 100), None))
        for number, (dated_on, completes) in enumerate(sorted(evidence, key=lambda piece: piece[0]), 1):
            body = {
                "kind": "document",
                "region": region,
                "dated_on": dated_on.isoformat(),
                "completes": completes,
                "document_number": f"示范数据〔{dated_on.year}〕{deliverable.id}-{number}号",
                "document_issuer": _ISSUER,
            }
            found = await own.post(f"{where}/evidence", body)
        if deliverable.target is None:
            await self._say(deliverable, region, found, [day for day, _ in evidence])
        return bool(evidence) or deliverable.target is None

    def _told(
        self, deliverable: Deliverable, region: str | None, milestone: dict[str, Any]
    ) -> tuple[date, str | None] | None:
        """Evidence that completes a milestone some days before it is due; now and then there is none."""
        due_on = date.fromisoformat(milestone["due_on"])
        draw = _draw(deliverable.id, region, due_on)
        if due_on > self.today or draw < 12:
            return None
        return due_on - timedelta(days=draw * _DAYS_BEFORE_DUE // 100), milestone["milestone_id"]

    async def _say(self, deliverable: Deliverable, region: str | None, found: dict[str, Any], days: list[date]) -> None:
        where, own = f"/v1/deliverables/{deliverable.id}/states", self.officer
        if region is not None:
            own = self.of_region(region)

        async def say(service: Service, state: str, on: date) -> None:
            nonlocal found
            body = {"region": region, "state": state, "on": on.isoformat()}
            found = await service.post(where, body, etag=f'"v{found["version"]}"')

        if not days:
            await say(own, "planned", date(2024, 3, 1))
            return
        await say(own, "in-progress", min(days))
        if deliverable.recurrence == "once":
            await say(own, "delivered", max(days))
            if _draw(deliverable.id, region, "verified") < 70:
                await say(self.second, "verified", min(self.today, max(days) + timedelta(days=20)))
