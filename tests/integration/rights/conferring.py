"""Meetings as their hosts and parties go through them."""

from typing import Any
from uuid import uuid4

import httpx

FOUR = ("court", "procuratorate", "justice", "association")
HOST = {"kind": "city-association", "region": "410100"}
BUREAU = {"kind": "bureau", "region": "410100"}
TOPIC = "商定会见预约办法独特议题"
MINUTES = "会议听取了情况通报独特纪要"
AGREED = "改进律师会见预约窗口独特事项"


class Meeting:
    """One meeting, at the version its host read last."""

    def __init__(self, http: httpx.AsyncClient, officer: Any, line: dict[str, Any], host: dict[str, Any]) -> None:
        self.http, self.officer, self.line, self.host = http, officer, line, host

    @property
    def id(self) -> str:
        return self.line["meeting_id"]

    async def send(self, method: str, path: str, body: Any = None, **who: Any) -> httpx.Response:
        headers = self.officer(**(who or self.host)) | {"If-Match": f'"v{self.line["version"]}"'}
        if method == "POST":
            headers["Idempotency-Key"] = uuid4().hex
        answer = await self.http.request(method, f"/v1/consultations/{self.id}/{path}", json=body, headers=headers)
        if answer.is_success:
            self.line = answer.json()
        return answer

    async def do(self, method: str, path: str, body: Any = None, **who: Any) -> dict[str, Any]:
        answer = await self.send(method, path, body, **who)
        assert answer.is_success, answer.text
        return self.line

    async def item(self, **item: Any) -> httpx.Response:
        return await self.send("POST", "agenda-items", item)

    async def held(self, at: str, parties: tuple[str, ...] = FOUR) -> httpx.Response:
        attendance = [{"party": party, "delegates": ["副职负责人"]} for party in parties]
        return await self.send("POST", "holding", {"held_at": at, "attendance": attendance})

    async def drafted(self, **minutes: Any) -> httpx.Response:
        return await self.send("PUT", "minutes", {"text": MINUTES} | minutes)

    async def sign_all(self, on: str) -> None:
        for party in [party for party in self.line["unsigned"] if party not in ("justice", "association")]:
            paper = {"party": party, "document_number": f"{party}〔2026〕7号", "signed_on": on}
            await self.do("POST", "signatures", paper)
        await self.do("POST", "signatures", {}, **HOST | {"region": self.line["region"]})
        await self.do("POST", "signatures", {}, **BUREAU | {"region": self.line["region"]})

    async def read(self, path: str = "", **who: Any) -> httpx.Response:
        headers = self.officer(**(who or self.host))
        return await self.http.get(f"/v1/consultations/{self.id}{path}", headers=headers)


class Meetings:
    def __init__(self, http: httpx.AsyncClient, officer: Any) -> None:
        self.http, self.officer = http, officer

    async def post(self, body: str, planned: str, *, parties: Any = None, **who: Any) -> httpx.Response:
        plan = {"body": body, "planned_at": planned} | ({"parties": parties} if parties else {})
        headers = self.officer(**(HOST | who)) | {"Idempotency-Key": uuid4().hex}
        return await self.http.post("/v1/consultations", json=plan, headers=headers)

    async def plan(
        self, body: str = "four-party", planned: str = "2026-03-10T09:00:00+08:00", *, parties: Any = None, **who: Any
    ) -> Meeting:
        answer = await self.post(body, planned, parties=parties, **who)
        assert answer.status_code == 201, answer.text
        assert answer.headers["etag"] == '"v1"'
        return Meeting(self.http, self.officer, answer.json(), HOST | who)

    async def hold(self, at: str = "2026-03-10T09:00:00+08:00", body: str = "four-party", **who: Any) -> Meeting:
        """With one topic, and what is still open before it."""
        meeting = await self.plan(body, at, **who)
        open_matters = (await meeting.read("/open-matters")).json()
        for kind, name in (("resolutions", "resolution_id"), ("meetings", "earlier_meeting_id")):
            for each in open_matters[kind]:
                answer = await meeting.item(kind="rectification", text="正在整改", **{name: each})
                assert answer.status_code == 201, answer.text
        assert (await meeting.item(kind="topic", text=TOPIC)).status_code == 201
        answer = await meeting.held(at)
        assert answer.status_code == 200, answer.text
        return meeting

    async def issue(self, at: str = "2026-03-10T09:00:00+08:00", on: str = "2026-03-12", **minutes: Any) -> Meeting:
        meeting = await self.hold(at)
        answer = await meeting.drafted(**minutes)
        assert answer.status_code == 200, answer.text
        await meeting.sign_all(on)
        await meeting.do("POST", "issue")
        return meeting

    async def resolutions(self, query: str = "", **who: Any) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/v1/resolutions{query}", headers=self.officer(**(HOST | who)))
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def fulfil(self, resolution: dict[str, Any], on: str, **who: Any) -> httpx.Response:
        headers = self.officer(**(HOST | who)) | {"Idempotency-Key": uuid4().hex}
        headers["If-Match"] = f'"v{resolution["version"]}"'
        body = {"document_number": "郑中法函〔2026〕8号", "fulfilled_on": on, "note": "窗口已增设独特落实"}
        return await self.http.post(
            f"/v1/resolutions/{resolution['resolution_id']}/fulfilment", json=body, headers=headers
        )


def to_do(owner: str = "court", due_on: str = "2026-06-30", **more: Any) -> dict[str, Any]:
    return {"owner": owner, "text": AGREED, "due_on": due_on} | more
