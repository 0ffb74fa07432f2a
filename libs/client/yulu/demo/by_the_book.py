"""Measure 12 in a few steps: a case as the law prescribes it, its publication, an objection, and the log's proof."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import orjson
import typer

from yulu.client import Yulu
from yulu.demo.province import DemoFirm, DemoLawyer
from yulu.disclosure_log import fetch_head, fetch_record
from yulu.transparency import check_record, read_proof

# (step, days before today, what it says); each needs what came before it.
_WARNING = {"conduct_code": "L48.2", "penalties": [{"kind": "warning"}]}
_STEPS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("accept", 38, {}),
    ("file", 36, {"act_on": 60, "discovered_on": 40}),
    (
        "investigate",
        20,
        {"investigators": [{"officer": f"officer-{n}", "certificate_number": f"豫A-000{n}"} for n in (1, 2)]},
    ),
    ("notify", 15, _WARNING | {"hearing_offered": False}),
    ("defend", 14, {}),
    ("decide", 2, _WARNING | {"outcome": "penalty"}),
    ("serve", 1, {"service_way": "direct"}),
)
_REASONED = frozenset({"investigate", "notify", "defend", "decide"})
_WRITTEN = frozenset({"file", "notify", "decide", "serve"})


@dataclass(frozen=True, slots=True)
class ByTheBook:
    """The bureau's case against one lawyer, who answers for himself."""

    bureau: Yulu
    himself: Yulu
    public: Yulu
    organ: dict[str, str]
    today: date

    async def decide(self, lawyer: DemoLawyer, firm: DemoFirm) -> str:
        """From the clue to the service of the decision; the id of the penalty."""
        discipline = self.bureau.discipline
        case = await discipline.post(
            "/v1/proceedings",
            {
                "kind": "administrative",
                "organ": self.organ,
                "origin": "own-initiative",
                "received_on": self._day(40),
                "subject": {
                    "kind": "lawyer",
                    "licence_number": lawyer.number,
                    "name": lawyer.name,
                    "firm_name": firm.name,
                },
                "reason": "示范数据：无正当理由不按时出庭。",
            },
        )
        path, passed = f"/v1/proceedings/{case['proceeding_id']}", [case["state"]["zh"]]
        for step, days, details in _STEPS:
            body: dict[str, Any] = {"step": step, "on": self._day(days), "details": self._dated(details)}
            if step in _REASONED:
                body["reason"] = "示范数据。"
            if step in _WRITTEN:
                body["document_number"] = f"司案〔{self.today.year}〕{uuid4().int % 100_000}号"
            case = await discipline.post(f"{path}/steps", body, etag=f'"v{case["version"]}"')
            if case["state"]["zh"] != passed[-1]:
                passed.append(case["state"]["zh"])
        typer.echo(f"  {' → '.join(passed)}")
        penalty: str = case["sanction"]["case_id"]
        return penalty

    async def publish(self, penalty: str) -> Any:
        """The record as the public reads it."""
        discipline, path = self.bureau.discipline, f"/v1/sanctions/{penalty}"
        await discipline.post(f"{path}/publication", {}, etag=await discipline.etag(path))
        shown = await self._shown(penalty)
        typer.echo(f"  {shown['disappears']['zh']}\n  {shown['disappears']['en']}")
        return shown

    async def object(self, penalty: str) -> Any:
        """The marks that stand beside the record from then on."""
        body = {"ground": "wrong-content", "text": "示范数据：公示的出庭日期有误。"}
        await self.himself.discipline.post(f"/v1/disclosures/{penalty}/objections", body)
        return (await self._shown(penalty))["marks"]

    async def prove(self, penalty: str) -> int:
        """Raises NotProven unless the record is what the log commits to; how many leaves the log has."""
        head = (await fetch_head(self.public.discipline)).head
        record, proof = await fetch_record(self.public.discipline, penalty, head.tree_size)
        check_record(record, read_proof(orjson.loads(proof)), head)
        return head.tree_size

    async def _shown(self, penalty: str) -> Any:
        return await self.public.discipline.get(f"/v1/public/disclosures/{penalty}")

    def _day(self, days: int) -> str:
        return (self.today - timedelta(days=days)).isoformat()

    def _dated(self, details: dict[str, Any]) -> dict[str, Any]:
        """Days before today become days."""
        return {name: self._day(value) if name.endswith("_on") else value for name, value in details.items()}
