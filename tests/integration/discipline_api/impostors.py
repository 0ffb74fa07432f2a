"""What tests of practice without a licence share."""

from typing import Any
from uuid import uuid4

from common.timers import run_once
from discipline_api.app import TASKS

from .complaints import ID_NUMBER, MINOR, THIRD

COUNTY = {"kind": "county-bureau", "region": "410105", "code": "js"}
SUSPECT, ADDRESS, ACCOUNT = "假律师孙七独特", "金水区某路八号独特", "抖音号独特888"
INFORMANT, CONTACT = "举报人周八独特", "13800002222"
FACTS = f"自称律师收费两万元独特标记，证件{ID_NUMBER}，孩子{MINOR}，邻居{THIRD}"
TASK, RECEIVER, RESULT, ANSWER = "请核查独特标记", "签收人吴九独特", "部门反馈独特标记", "答复举报人独特标记"
ACKNOWLEDGED = {"acknowledged_on": "2026-06-11", "number": "金公收〔2026〕5号", "received_by": RECEIVER}


def clue(**changes: Any) -> dict[str, Any]:
    body = {
        "region": "410100",
        "county": "410105",
        "suspect": {"kind": "person", "name": SUSPECT, "address": ADDRESS, "accounts": ACCOUNT},
        "conduct": ["in-lawyers-name"],
        "facts": FACTS,
        "informant": {"name": INFORMANT, "contact": CONTACT},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


class Impostors:
    def __init__(self, hands, connection):
        self.hands, self.sql = hands, connection

    async def report(self, *, key=None, **changes):
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await self.hands.http.post("/v1/impostor-clues", json=clue(**changes), headers=headers)

    async def reported(self, **changes):
        answer = await self.report(**changes)
        assert answer.status_code == 201, answer.text
        case = await self.sql.fetchval("SELECT case_id FROM impostor_cases ORDER BY reported_at DESC, case_id LIMIT 1")
        return answer.json()["receipt"], str(case)

    async def session(self, receipt):
        return await self.hands.http.post("/v1/impostor-receipts/sessions", json={"receipt": receipt})

    async def follow(self, receipt):
        opened = await self.session(receipt)
        assert opened.status_code == 201, opened.text
        headers = {"Receipt-Session": opened.json()["session"]}
        answer = await self.hands.http.get("/v1/impostor-receipts/case", headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()

    async def try_step(self, case, name, body, *, version=None, key=None, **who):
        if version is None:
            version = await self.sql.fetchval("SELECT version FROM impostor_cases WHERE case_id = $1", case)
        headers = self.hands.officer(**(COUNTY | who))
        path = f"/v1/impostor-cases/{case}/{name}"
        return await self.hands.post(path, body, headers=headers, key=key, **{"If-Match": f'"v{version}"'})

    async def step(self, case, name, body, **who):
        answer = await self.try_step(case, name, body, **who)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def get(self, path, **who):
        headers = self.hands.officer(**(COUNTY | who)) | {"Access-Purpose": "handling"}
        return await self.hands.http.get(path, headers=headers)

    async def tick(self):
        await run_once(self.hands.http._transport.app.state.database, self.hands.now, TASKS)


def decision(**changes: Any) -> dict[str, Any]:
    return {
        "document_number": "金水司罚决字〔2026〕1号", "notified_on": "2026-06-10", "decided_on": "2026-06-10",
        "served_on": "2026-06-10", "gains_yuan": "20000", "fine_yuan": "40000",
    } | changes  # fmt: skip
