"""Complaint units in the directory, letters to them, and the accounts of those that have one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pypdf import PdfReader

from tests.integration.rights.conftest import Time

LETTER = "反映你单位窗口以未预约为由不安排律师会见。请核实并依法纠正。"
ANSWER = "经核实已安排会见并对窗口人员批评教育独特标记"
CASE = {"respondent": "COURT", "right": "FILE", "incident_region": "410300"}
COURT = {"kind": "court", "region": "410300", "organisation_id": "ly-court", "roles": ["linked-organ"]}

UNIT = {
    "organ_kind": "COURT",
    "level": "city",
    "region": "410300",
    "organ_name": "洛阳市中级人民法院",
    "unit_name": "立案信访投诉窗口",
    "duty": "complaints",
    "address": "洛阳市洛龙区开元大道1号",
    "phone": "0379-65000000",
    "channel": "letter",
}
ONLINE = {"channel": "account", "organisation_id": "ly-court"}


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


@dataclass
class Linkage:
    """What officers and organs do, each time with a fresh key; `at` is the version that was read."""

    http: httpx.AsyncClient
    officer: Callable[..., dict[str, str]]
    etags: dict[str, str] = field(default_factory=dict)

    async def post(self, path: str, body: Any, *, at: int | None = None, **who: Any) -> httpx.Response:
        headers = self.officer(**who) | {"Idempotency-Key": uuid4().hex}
        if at is not None:
            headers["If-Match"] = f'"v{at}"'
        return await self.http.post(f"/v1/{path}", json=body, headers=headers)

    async def get(self, path: str, **who: Any) -> httpx.Response:
        return await self.http.get(f"/v1/{path}", headers=self.officer(**who))

    async def unit(self, *, keeper: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        who = keeper or {"kind": "association", "region": "410000"}
        answer = await self.post("complaint-units", UNIT | changes, **who)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def change(self, unit: dict[str, Any], *, at: int | None, **changes: Any) -> httpx.Response:
        body = {name: unit[name] for name in UNIT} | {"organisation_id": unit["organisation_id"]} | changes
        headers = self.officer("association", "410000")
        if at is not None:
            headers["If-Match"] = f'"v{at}"'
        return await self.http.put(f"/v1/complaint-units/{unit['unit_id']}", json=body, headers=headers)

    async def send(self, case: UUID, unit: dict[str, Any], *, at: int = 2, **more: Any) -> httpx.Response:
        who = more.pop("who", {})
        return await self.post(
            f"complaints/{case}/linkage-tasks", {"unit_id": unit["unit_id"], "text": LETTER} | more, at=at, **who
        )

    async def sent(self, case: UUID, unit: dict[str, Any], *, at: int = 2, **more: Any) -> dict[str, Any]:
        answer = await self.send(case, unit, at=at, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def linkage(http, officer) -> Linkage:
    return Linkage(http, officer)


@pytest.fixture
def case(file, sql, walk, time: Time):
    """A case that awaits its letter, at version 2."""

    async def case(**changes: Any) -> UUID:
        if time.now is None:
            time.at("2026-03-02 10:00")
        answer = await file(**CASE | changes)
        assert answer.status_code == 201, answer.text
        complaint_id: UUID = await sql.fetchval("SELECT complaint_id FROM complaints WHERE status = 'TRIAGE'")
        await walk(complaint_id, "acceptance")
        return complaint_id

    return case
