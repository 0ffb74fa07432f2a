"""One of each thing that somebody enters, of 郑州 or the department, after the plan's last day; and how one knocks."""

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from contracts.plan import plan
from fastapi import FastAPI
from progress_api.reporting.timers import open_reports
from pypdf import PdfWriter

from tests.conftest import RunningIssuer
from tests.integration.progress.editions.conftest import plant
from tests.integration.progress.national_tables.test_tables import body as national

from .asking import ANSWER, FINDING, INSPECTION, NOTICE, PROGRAMME
from .callers import (
    CALLERS,
    ELSEWHERE,
    HERE,
    INSPECTED,
    NOTIFIED,
    OFFICERS,
    OWNER,
    READS_ELSEWHERE,
    READS_HERE,
    Caller,
)
from .steering import CHOICE, EVIDENCE, MILESTONE, OVERRIDE, TARGETS

BUILT, ASKED = datetime(2026, 11, 12, 2, tzinfo=UTC), datetime(2027, 1, 5, 2, tzinfo=UTC)
FILLER, TITLE, ASIDE, ABROAD = "填报人独特", "统计表题名独特", "调整理由独特", 407291
TEXT_OF_ANSWER = "台账已补全独特"
OF_ITEM, OF_DECLARED = "郑律协〔2026〕78号", "郑州自报独特"

SECRETS = {
    NOTICE["text"]: NOTIFIED,
    FINDING["text"]: INSPECTED,
    TEXT_OF_ANSWER: INSPECTED,
    FILLER: OFFICERS | OWNER,
    TITLE: OFFICERS,
    ASIDE: OFFICERS,
    "豫司文〔2026〕92号": OFFICERS,  # of targets that wait to be confirmed
    "豫司文〔2026〕93号": OFFICERS,  # of a reading that waits to be confirmed
    OF_ITEM: READS_HERE,
    OF_DECLARED: READS_HERE,
    str(ABROAD): READS_ELSEWHERE,
}
"""What is planted, and who alone may ever read it, whatever he asks."""

Things = dict[str, Any]


@dataclass
class World:
    app: FastAPI
    http: httpx.AsyncClient
    issuer: RunningIssuer
    connection: asyncpg.Connection
    clock: "Clock"
    things: Things = field(default_factory=dict)

    def token(self, name: str, caller: Caller | None) -> dict[str, str]:
        if caller is None:
            return {}
        return self.issuer.headers(
            roles=(caller.role, *caller.roles),
            organisation_kind=caller.kind,
            region=caller.region,
            organisation_id=f"{caller.kind}-{caller.region}",
            subject=f"caller-{name}",
            lifetime_seconds=-600 if caller.expired else 3600,
        )

    async def done(self, path: str, body: Any, by: str = "officer", *, method: str = "POST", subject: str = "") -> Any:
        """By a colleague of one of the callers, so that every caller is a second officer."""
        headers = self.token(subject or f"colleague-{by}", CALLERS[by]) | {
            "Idempotency-Key": uuid4().hex,
            "If-Match": "*",
        }
        answer = await self.http.request(method, f"/v1{path}", json=body, headers=headers)
        assert answer.status_code in (200, 201, 202), (path, answer.text)
        return answer.json()

    async def built(self) -> None:
        self.clock.now = BUILT
        await plant(self.connection)
        await self.connection.execute(
            "INSERT INTO reported_values VALUES ($1, 1, 'M18-I3', $2, $3, $4, $5, $6)",
            uuid4(), ELSEWHERE, date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 5), ABROAD,
        )  # fmt: skip
        things = await self._decided() | await self._asked() | await self._worked()
        edition = await self.done("/editions", {"period": "2026-10"})
        issued = await self._issued(await self.done("/editions", {"period": "2026-09"}))
        self.clock.now = ASKED
        self.things = things | {
            "edition_id": edition["edition_id"],
            "issued_id": issued,
            "closing_id": (await self.done("/closing", {}))["closing_id"],
            "rebuild_id": (await self.done("/rebuilds", {"switch": False}, "operator"))["rebuild_id"],
            "absent_id": str(uuid4()),
            "value_id": str(uuid4()),
            "plan_id": plan().meta.id,
            "measure_id": "M12",
            "indicator_id": "M18-I3",
            "closed_id": "M12-I1",
            "rights_id": "M15-I1",
            "deliverable_id": "M08-D1",
            "target_id": "T1",
            "of": "measure",
            "item_id": "M18",
            "kind": "bulletin",
            "form": "docx",
            "number": "1",
            "hour": "2026-11-12T02:00:00Z",
            "topic": "registry.events",
            "partition": "0",
            "file": "一,二\r\n".encode(),
            "paper": _paper(),
            "fields": {"table": '{"year": 2024}'},
        }

    async def _issued(self, edition: dict[str, Any]) -> str:
        at = f"/editions/{edition['edition_id']}"
        await self.done(f"{at}/review", None, "signer", subject="reviewer")
        await self.done(f"{at}/issue", {"document_number": "豫司文〔2026〕12号"}, "signer")
        return str(edition["edition_id"])

    async def _decided(self) -> Things:
        targets = await self.done("/region-targets", TARGETS | {"number": "豫司文〔2026〕92号"})
        choice = await self.done("/readings/choices", CHOICE | {"document_number": "豫司文〔2026〕93号"})
        override = await self.done("/lights/overrides", OVERRIDE | {"reason": ASIDE, "expires_on": "2027-01-20"})
        await self.done(
            "/lights/declarations",
            {"of": "measure", "id": "M18", "region": HERE, "colour": "green", "reason": OF_DECLARED}, "bureau",
        )  # fmt: skip
        return {
            "document_id": targets["document_id"],
            "choice_id": choice["choice_id"],
            "override_id": override["override_id"],
            "table_id": (await self.done("/statistics", national(title=TITLE)))["table_id"],
        }

    async def _asked(self) -> Things:
        notice = await self.done("/notices", NOTICE)
        await self.done("/inspection-programmes", PROGRAMME)
        inspection = await self.done("/inspections", INSPECTION)
        at = f"/inspections/{inspection['inspection_id']}"
        await self.done(f"{at}/conduct", {"held_on": "2026-11-10"})
        found = await self.done(f"{at}/findings", FINDING)
        finding = found["findings"][0]["finding_id"]
        await self.done(f"{at}/findings/{finding}/answers", ANSWER | {"text": TEXT_OF_ANSWER}, "bureau")
        await open_reports(self.app.state.database, self.clock.now)
        report = await self.connection.fetchval(
            "SELECT report_id FROM public.reports WHERE reporter = 'city-bureau' AND region = $1 AND state = 'open' "
            "ORDER BY until_on LIMIT 1",
            HERE,
        )
        assert report is not None, "the bureau owes none"
        await self.done(f"/reports/{report}/draft", {"items": {}, "filled_by": FILLER}, "bureau", method="PUT")
        return {
            "notice_id": notice["notice_id"],
            "inspection_id": inspection["inspection_id"],
            "finding_id": finding,
            "report_id": str(report),
        }

    async def _worked(self) -> Things:
        await self.done("/deliverables/M08-D1/milestones", MILESTONE)
        shown = await self.done(
            "/deliverables/M08-D1/evidence", EVIDENCE | {"document_number": OF_ITEM}, "city-association"
        )
        return {
            "evidence_id": shown["evidence_list"][0]["evidence_id"],
            "milestone_id": shown["milestone_list"][0]["milestone_id"],
        }


@dataclass
class Clock:
    now: datetime = BUILT

    def __call__(self) -> datetime:
        return self.now


def _paper() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return out.getvalue()
