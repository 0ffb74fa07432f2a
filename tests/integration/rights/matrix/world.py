"""One of each thing, all of 郑州's association, at one instant; and how somebody knocks on a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.integration.rights.conferring import AGREED, MINUTES, TOPIC, Meetings, to_do
from tests.integration.rights.conftest import BODIES, CONTACT, FACTS, LICENCE_NUMBER, NAME, filing
from tests.integration.rights.duty.conftest import ADDRESSES, EMAIL
from tests.integration.rights.linkage.conftest import ANSWER, ONLINE, UNIT
from tests.integration.rights.meetings.conftest import CENTRE, CENTRE_NAME, WORDS, refusal
from tests.integration.rights.test_assessments import ASSESSMENT
from tests.integration.rights.test_facilities import CONTENT, PLACE

from .callers import CALLERS, ELSEWHERE, HERE, THERE, Caller

DAY, AT = "2026-03-12", "2026-03-12 10:00"
SEALED_NAME, SEALED_FACTS = "李四光独特保密", "拒绝阅卷并恐吓独特保密"
FILE_NAME, MESSAGE, NOTE = "会见笔录独特文件名.pdf", "我补充一点独特留言", "夜班接到来电独特交接"
ON_CALL = ADDRESSES["sms"]
LETTER = "反映你单位窗口以未预约为由不安排律师会见独特函件。请核实并依法纠正。"
IDENTITY = (NAME, LICENCE_NUMBER, CONTACT, SEALED_NAME)
SECRETS = (
    *IDENTITY, FACTS, SEALED_FACTS, FILE_NAME, MESSAGE, NOTE, ON_CALL, EMAIL, LETTER, ANSWER, WORDS, CENTRE_NAME, TOPIC,
    MINUTES, AGREED,
)  # fmt: skip
"""Whoever is not told reads none of these: who complains, of what, in whose words; and whom one wakes at night."""

NEVER_SHOWN = {LETTER, WORDS, CENTRE_NAME}
"""No row reads them out: a letter comes as PDF, and of a refused meeting the matrix asks for metadata alone."""

Things = dict[str, Any]


@dataclass
class World:
    http: httpx.AsyncClient
    issuer: Any
    sql: asyncpg.Connection
    officer: Callable[..., dict[str, str]]

    def token(self, name: str, caller: Caller) -> dict[str, str]:
        if not caller.kind:
            return {}
        return self.issuer.headers(
            roles=caller.roles,
            organisation_kind=caller.kind,
            region=caller.region,
            organisation_id=caller.code,
            subject=f"caller-{name}",
            lifetime_seconds=-600 if caller.expired else 3600,
        )

    async def send(
        self, method: str, path: str, body: Any = None, by: str = "handler", *, at: int | None = None, **headers: str
    ) -> httpx.Response:
        sent = self.token(by, CALLERS[by]) | {"Idempotency-Key": uuid4().hex} | headers
        if at is not None:
            sent["If-Match"] = f'"v{at}"'
        answer = await self.http.request(method, f"/v1/{path}", json=body, headers=sent)
        assert answer.is_success, (path, answer.text)
        return answer

    async def done(self, path: str, body: Any = None, by: str = "handler", **more: Any) -> Any:
        return (await self.send("POST", path, body, by, **more)).json()

    async def built(self) -> Things:
        things = await self._duty() | await self._cases() | await self._meetings() | await self._registers()
        return things | {
            "region": HERE,
            "there": THERE,
            "elsewhere": ELSEWHERE,
            "day": DAY,
            "quarter": "2025Q4",
            "month": "2026-02",
            "indicator": "coverage",
            "year": "2025",
            "number": "1",
            "hour": "2026-03-12T02:00:00Z",
            "delivery_id": str(uuid4()),
            "digest": "00" * 32,
            "pdf": b"%PDF-1.7",
        }

    async def _duty(self) -> Things:
        """First: whoever is on duty is woken by what comes later."""
        for on, who in ((DAY, "handler"), ("2026-03-13", "colleague")):
            await self.done("duty/rosters", {"on_duty": f"caller-{who}", "from_on": on, "to_on": on})
        contact = {"subject": "caller-handler", "addresses": ADDRESSES}
        await self.send("PUT", "duty/contacts", contact, at=0)
        note = await self.done("duty/hand-overs", {"on": DAY, "note": NOTE})
        return {"hand_over_id": note["hand_over_id"]}

    async def _filed(self, **changes: Any) -> tuple[str, str]:
        before = {row[0] for row in await self.sql.fetch("SELECT complaint_id FROM complaints")}
        told = await self.http.post("/v1/complaints", json=filing(**changes), headers={"Idempotency-Key": uuid4().hex})
        assert told.status_code == 201, told.text
        [new] = {row[0] for row in await self.sql.fetch("SELECT complaint_id FROM complaints")} - before
        await self.done(f"complaints/{new}/assignments", {})
        await self.done(f"complaints/{new}/recusals", {"subject": "caller-recused", "ground": "interest"})
        return str(new), told.json()["receipt"]

    async def _walked(self, case: str, *steps: str) -> None:
        for at, step in enumerate(steps, 1):
            body = {key: DAY if value == "today" else value for key, value in BODIES.get(step, {}).items()}
            await self.done(f"complaints/{case}/{step}", body or None, at=at)

    async def _cases(self) -> Things:
        plain, receipt = await self._filed()
        urgent, _ = await self._filed(right="LIBERTY")
        await self.done(f"complaints/{urgent}/assignments", {}, "association-there")
        sealed, sealed_receipt = await self._filed(
            identity_mode="sealed", facts=SEALED_FACTS,
            complainant={"name": SEALED_NAME, "licence_number": LICENCE_NUMBER, "contact": CONTACT},
        )  # fmt: skip
        await self.done(f"complaints/{sealed}/assignments", {}, "bureau")
        session = await self._session(receipt)
        await self.done("receipts/case/messages", {"text": MESSAGE}, "nobody", **session)
        return (
            {"complaint_id": plain, "urgent_id": urgent, "sealed_id": sealed, "receipt": receipt}
            | {"alarm_id": str(await self._alarm(urgent))}
            | await self._attachments(plain, session, await self._session(sealed_receipt))
            | await self._letters()
            | await self._reviewed()
        )

    async def _alarm(self, urgent: str) -> Any:
        """The one that reached the owner; the place where it happened has one of its own."""
        mine = (
            "SELECT alarm_id FROM alarms WHERE owner_id = $1 AND organ_kind = 'city-association' AND organ_region = $2"
        )
        return await self.sql.fetchval(mine, UUID(urgent), HERE)

    async def _session(self, receipt: str) -> dict[str, str]:
        opened = await self.http.post("/v1/receipts/sessions", json={"receipt": receipt})
        assert opened.status_code == 201, opened.text
        return {"Receipt-Session": opened.json()["session"]}

    async def _attachments(self, plain: str, session: dict[str, str], of_sealed: dict[str, str]) -> Things:
        """All of them begun only: no scanner has to see them before somebody knocks."""
        upload = {"media_type": "application/pdf", "length": 8, "name": FILE_NAME}
        begun = await self.done(f"complaints/{plain}/attachments", upload)
        own, sealed = [
            await self.done("receipts/case/attachments", upload, "nobody", **each) for each in (session, of_sealed)
        ]
        return {
            "attachment_id": begun["attachment_id"],
            "own_attachment_id": own["attachment_id"],
            "sealed_attachment_id": sealed["attachment_id"],
        }

    async def _letters(self) -> Things:
        """To a court that has an account, which has answered; and to a justice organ, about itself."""
        units = {
            "court": UNIT | ONLINE,
            "justice": UNIT | ONLINE | {"organ_kind": "JUSTICE", "region": HERE, "organisation_id": "zz-sfj"}
            | {"organ_name": "郑州市司法局"},
        }  # fmt: skip
        sent = {}
        against = {
            "court": {"respondent": "COURT", "right": "FILE"},
            "justice": {"respondent": "JUSTICE", "right": "OTHER", "incident_region": HERE},
        }
        for name, matter in against.items():
            case, _ = await self._filed(**matter)
            await self._walked(case, "acceptance")
            unit = await self.done("complaint-units", units[name], "association")
            wanted = {"unit_id": unit["unit_id"], "text": LETTER}
            task = await self.done(f"complaints/{case}/linkage-tasks", wanted, at=2)
            sent |= {f"{name}_case_id": case, f"{name}_task_id": task["task_id"], f"{name}_unit_id": unit["unit_id"]}
        here = await self.done("complaint-units", UNIT | {"region": HERE, "organ_name": "郑州市中级人民法院"})
        answer = {"document_number": "洛中法函〔2026〕8号", "document_date": DAY, "text": ANSWER}
        await self.done(f"linkage-tasks/{sent['court_task_id']}/replies", answer, "court", at=1)
        return sent | {"unit_id": here["unit_id"]}

    async def _reviewed(self) -> Things:
        """A case whose complainant has objected to the reply."""
        case, receipt = await self._filed()
        await self._walked(case, "acceptance", "letter", "decision", "reply")
        session = await self._session(receipt)
        await self.done("receipts/case/objection", {"text": "答复未回应"}, "nobody", **session)
        return {"review_id": case, "other_receipt": receipt}

    async def _meetings(self) -> Things:
        asked = {"asked_at": "2026-03-12T08:00:00+08:00", "refused_at": "2026-03-12T09:00:00+08:00"}
        told = await self.http.post(
            "/v1/refused-meetings", json=refusal(**asked, ground="no-room"), headers={"Idempotency-Key": uuid4().hex}
        )
        assert told.status_code == 201, told.text
        watch = await self.sql.fetchval("SELECT meeting_id FROM refused_meetings")
        meetings = Meetings(self.http, self.officer)
        issued = await meetings.issue("2026-03-11T09:00:00+08:00", DAY, resolutions=[to_do()])
        planned = await meetings.plan(planned="2026-03-12T09:30:00+08:00")
        await planned.item(kind="topic", text=TOPIC)
        item = (await planned.read()).json()["agenda"][0]["item_id"]
        drafted = await meetings.hold("2026-03-11T15:00:00+08:00", "joint-conference")
        assert (await drafted.drafted()).status_code == 200
        [resolution] = await meetings.resolutions()
        return {
            "watch_id": str(watch), "meeting_receipt": told.json()["receipt"], "issued_id": issued.id,
            "planned_id": planned.id, "item_id": item, "drafted_id": drafted.id,
            "resolution_id": resolution["resolution_id"],
        }  # fmt: skip

    async def _registers(self) -> Things:
        place = await self.done("facility-organs", PLACE)
        facility = await self.done("facilities", CONTENT | {"organ_code": place["organ_code"], "kind": "meeting-room"})
        began = {"reason": "maintenance", "began_at": "2026-03-11T09:00:00+08:00"}
        out = await self.done(f"facilities/{facility['facility_id']}/outages", began, at=1)
        figures = {"month": "2026-02", "meetings": 100, "meetings_in_time": 90, "source": "月报"}
        await self.done(f"facility-organs/{place['organ_code']}/figures", figures)
        centre = await self.done("detention-centres", CENTRE | {"region": HERE})
        await self.done("impact-assessments", ASSESSMENT, "association")
        edition = await self.done("statistics/editions", {"year": 2025}, "association")
        invited = {"form": "overall", "organ": "court", "lawyers": 3, "officials": 3}
        codes = await self.done("evaluations", invited)
        return {
            "organ_code": place["organ_code"], "facility_id": facility["facility_id"],
            "outage_id": out["outage"]["outage_id"], "centre_id": centre["centre_id"],
            "edition_id": edition["edition_id"], "code": codes["lawyers_codes"][0],
        }  # fmt: skip

    async def sessions(self, things: Things) -> Things:
        """Opened last: they last for fifteen minutes."""
        opened = {}
        for name in ("", "other_", "meeting_"):
            opened[f"{name}session"] = (await self._session(things[f"{name}receipt"]))["Receipt-Session"]
        return opened
