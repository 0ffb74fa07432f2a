"""What tests of complaints share: a filing, the steps of officers, and the complainant who follows by receipt."""

from typing import Any
from uuid import uuid4

import httpx

ADDRESSEE = "被投诉人冯某特征"
NAME, CONTACT = "投诉人李四独特", "13700001111"
ID_NUMBER = "410101199003071234"
MINOR, THIRD = "未成年人小花特征", "案外人赵六特征"
FACTS = f"律师收了三万元不开票不办事独特标记，证件{ID_NUMBER}，电话{CONTACT}，孩子{MINOR}，邻居{THIRD}"


def filing(**changes: Any) -> dict[str, Any]:
    """A complete body; a change to None leaves the field out."""
    body = {
        "subject": {"kind": "lawyer", "name": ADDRESSEE, "firm_name": "某某律师事务所", "licence_number": "1410120"},
        "region": "410100",
        "hints": ["private-fees"],
        "money_back": True,
        "complainant": {"name": NAME, "contact": CONTACT},
        "happened_from": "2026-03-01",
        "happened_to": "2026-04-01",
        "facts": FACTS,
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


class Complaints:
    def __init__(self, hands: Any, connection: Any) -> None:
        self.hands, self._sql = hands, connection

    async def count(self) -> int:
        return await self._sql.fetchval("SELECT count(*) FROM complaints")

    async def file(self, *, key: str | None = None, **changes: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await self.hands.http.post("/v1/complaints", json=filing(**changes), headers=headers)

    async def filed(self, **changes: Any) -> tuple[str, str]:
        """The receipt, and the id that only officers know."""
        before = {row["complaint_id"] for row in await self._sql.fetch("SELECT complaint_id FROM complaints")}
        answer = await self.file(**changes)
        assert answer.status_code == 201, answer.text
        ids = {row["complaint_id"] for row in await self._sql.fetch("SELECT complaint_id FROM complaints")}
        return answer.json()["receipt"], str((ids - before).pop())

    async def file_and_lose_the_answer(self, key: str) -> httpx.Response:
        """The process dies after the commit, as the answer leaves it."""
        app = self.hands.http._transport.app

        async def breaks(scope: Any, receive: Any, _send: Any) -> None:
            async def broken(_message: Any) -> None:
                raise ConnectionResetError

            await app(scope, receive, broken)

        transport = httpx.ASGITransport(breaks, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://discipline") as http:
            return await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})

    async def session(self, receipt: str) -> httpx.Response:
        return await self.hands.http.post("/v1/complaint-receipts/sessions", json={"receipt": receipt})

    async def follow(self, receipt: str) -> dict[str, Any]:
        answer = await self.followed(receipt)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()

    async def followed(self, receipt: str) -> httpx.Response:
        opened = await self.session(receipt)
        assert opened.status_code == 201, opened.text
        return await self.hands.http.get(
            "/v1/complaint-receipts/case", headers={"Receipt-Session": opened.json()["session"]}
        )

    async def send(
        self, receipt: str, what: str, text: str, *, key: str | None = None, if_match: str | None = None
    ) -> httpx.Response:
        opened = (await self.session(receipt)).json()["session"]
        seen = await self.hands.http.get("/v1/complaint-receipts/case", headers={"Receipt-Session": opened})
        headers = {
            "Receipt-Session": opened,
            "Idempotency-Key": key or str(uuid4()),
            "If-Match": if_match or seen.headers["etag"],
        }
        return await self.hands.http.post(f"/v1/complaint-receipts/{what}", json={"text": text}, headers=headers)

    async def version(self, case: str) -> int:
        return await self._sql.fetchval("SELECT version FROM complaints WHERE complaint_id = $1", case)

    async def try_step(
        self, case: str, name: str, body: Any = None, *, version: int | None = None, key: str | None = None, **who: Any
    ) -> httpx.Response:
        tag = f'"v{await self.version(case) if version is None else version}"'
        headers = self.hands.officer(**who)
        return await self.hands.post(
            f"/v1/complaints/{case}/{name}", body, headers=headers, key=key, **{"If-Match": tag}
        )

    async def step(self, case: str, name: str, body: Any = None, **who: Any) -> dict[str, Any]:
        answer = await self.try_step(case, name, body, **who)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def content(self, case: str, **who: Any) -> httpx.Response:
        headers = self.hands.officer(**who) | {"Access-Purpose": "handling"}
        return await self.hands.http.get(f"/v1/complaints/{case}/content", headers=headers)

    async def seen(self, case: str, **who: Any) -> httpx.Response:
        return await self.hands.http.get(f"/v1/complaints/{case}", headers=self.hands.officer(**who))
