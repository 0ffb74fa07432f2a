"""One of each thing, all of 郑州, on a day on which everything can be asked for; and how somebody knocks on a row."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty
from contracts.linkages import links
from discipline_api.linkages.domain import Linkage
from discipline_api.linkages.store import SqlLinkages

from tests.integration.discipline_api.cases import ALLEGED, Handled
from tests.integration.discipline_api.cases import LAWYER as SUBJECT
from tests.integration.discipline_api.complaints import ADDRESSEE, CONTACT, FACTS, Complaints
from tests.integration.discipline_api.complaints import NAME as COMPLAINANT
from tests.integration.discipline_api.conftest import CREDIT, FIRM_NAME, LICENCE, NAME, REASONS, Hands
from tests.integration.discipline_api.impostors import FACTS as CLUE
from tests.integration.discipline_api.impostors import INFORMANT, SUSPECT, Impostors
from tests.integration.discipline_api.papers import TITLE, scan
from tests.integration.discipline_api.readers import undertakes
from tests.integration.discipline_api.test_conduct_records import ARTICLE, COURT, JUDGMENT, conviction
from tests.integration.discipline_api.test_proceedings import voted

from .callers import CALLERS, COUNTY, HERE, Caller

DAY = "2026-08-10T12:00:00"
OBJECTED, STATED, NOTED = "公示所称收费系代交独特", "本人已退还全部费用独特。", "提醒其规范收费独特"
SECRETS = (
    NAME, LICENCE, CREDIT, FIRM_NAME, REASONS, ALLEGED, OBJECTED, STATED, NOTED, TITLE, COMPLAINANT, CONTACT, ADDRESSEE,
    FACTS, CLUE, INFORMANT, SUSPECT, COURT, JUDGMENT, ARTICLE, "郑司罚决字", "郑律惩字",
)  # fmt: skip
"""Whoever is refused reads none of these: names, numbers, numbers of decisions, texts."""

Things = dict[str, Any]


@dataclass
class World:
    hands: Hands
    connection: asyncpg.Connection
    things: Things = field(default_factory=dict)

    def token(self, name: str, caller: Caller | None) -> dict[str, str]:
        if caller is None:
            return {}
        return self.hands.issuer.headers(
            roles=caller.roles,
            organisation_kind=caller.kind,
            region=caller.region,
            organisation_id=caller.code,
            subject=f"caller-{name}",
            lifetime_seconds=-600 if caller.expired else 3600,
        )

    def by(self, name: str) -> dict[str, str]:
        return self.token(name, CALLERS[name])

    async def done(self, path: str, body: Any, by: str, **headers: str) -> Any:
        answer = await self.hands.post(path, body, headers=self.by(by), **{"If-Match": "*"} | headers)
        assert answer.status_code in (200, 201), (path, answer.text)
        return answer.json()

    async def built(self) -> Things:
        self.hands.on("2026-06-10T12:00:00")
        things = await self._sanctions() | await self._complaints() | await self._clues() | await self._cases()
        self.hands.on(DAY)
        things |= await self._remarks(things["published_id"]) | await self._systems() | await self._papers(things)
        return things | {
            "licence_number": LICENCE,
            "credit_code": CREDIT,
            "name": NAME,
            "firm_name": FIRM_NAME,
            "class_code": "warning",
            "machine": "administrative",
            "way": "direct",
            "hour": "2026-06-10T04:00:00Z",
            "topic": "discipline.events",
            "partition": "0",
            "absent_id": str(uuid4()),
            "cursor": "none",
        }

    async def _sanctions(self) -> Things:
        hands = self.hands
        association = {"kind": "city-association", "region": HERE, "code": "zzlx"}
        industry = hands.decision(
            organ=association, penalties=[{"kind": "public-censure"}], to_on=None, document_number="郑律惩字〔2026〕1号"
        )
        decided, published = await hands.recorded(), await hands.published()
        linkage = Linkage(
            linkage_id=uuid4(),
            case_id=UUID(decided["case_id"]),
            link_id=links()[0].id,
            consequence=Penalty.MEMBERSHIP_SUSPENSION,
            keeper=OrganKind.CITY_ASSOCIATION,
            region=HERE,
            from_on=date(2026, 5, 6),
            to_on=date(2026, 8, 6),
        )
        async with hands.http._transport.app.state.database.begin() as tx:
            assert await SqlLinkages(tx).add(linkage, hands.now)
        talk = {
            "kind": "reminder", "addressee": "lawyer", "licence_number": LICENCE, "topics": ["fees"],
            "held_on": "2026-06-09", "notes": NOTED,
        }  # fmt: skip
        bureau, county = ({"kind": k, "region": r, "code": c} for k, r, c in (
            ("bureau", HERE, "zz"), ("county-bureau", COUNTY, "zm")))  # fmt: skip
        return {
            "decided_id": decided["case_id"],
            "published_id": published["case_id"],
            "industry_id": (await self.done("/v1/sanctions", industry, "city-association"))["case_id"],
            "conduct_id": (await self.done("/v1/conduct-records", conviction(), "bureau"))["record_id"],
            "conviction": conviction(document_number="（2026）豫01刑终13号"),
            "linkage_id": str(linkage.linkage_id),
            "talk_id": (await self.done("/v1/talks", talk | {"organ": bureau}, "bureau"))["talk_id"],
            "county_talk_id": (await self.done("/v1/talks", talk | {"organ": county}, "county"))["talk_id"],
            "decision": hands.decision(),
            "decision_of_county": hands.decision(organ=county),
            "decision_of_city_association": industry | {"document_number": "郑律惩字〔2026〕2号"},
        }

    async def _complaints(self) -> Things:
        complaints = Complaints(self.hands, self.connection)
        receipt, mine = await complaints.filed()
        (_, other), (_, sent) = await complaints.filed(), await complaints.filed()
        for each in (mine, sent):
            await self.done(f"/v1/complaints/{each}/assignment", {"officer": "caller-bureau"}, "bureau")
        recused = {"officer": "caller-recused", "ground": "interest"}
        await self.done(f"/v1/complaints/{mine}/recusals", recused, "bureau")
        onward = {"to": "city-association", "region": HERE, "text": "请处理"}
        await self.done(f"/v1/complaints/{sent}/forwarding", onward, "bureau")
        return {"receipt": receipt, "complaint_id": mine, "other_complaint_id": other, "forwarded_id": sent}

    async def _clues(self) -> Things:
        impostors = Impostors(self.hands, self.connection)
        _, countys = await impostors.reported(county=COUNTY)
        before = {row[0] for row in await self.connection.fetch("SELECT case_id FROM impostor_cases")}
        receipt, _ = await impostors.reported(county=None)
        after = {row[0] for row in await self.connection.fetch("SELECT case_id FROM impostor_cases")}
        citys = str((after - before).pop())
        await self.done(f"/v1/impostor-cases/{citys}/opening", {"conduct": ["in-lawyers-name"]}, "bureau")
        task = {"kind": "joint-action", "department": "police", "text": "请核查"}
        referral = await self.done(f"/v1/impostor-cases/{citys}/referrals", task, "bureau")
        return {
            "clue_receipt": receipt,
            "impostor_id": citys,
            "county_impostor_id": countys,
            "referral_id": referral["referral_id"],
        }

    async def _cases(self) -> Things:
        mine, countys, proposed, industry = [
            await self._case(*of)
            for of in (
                ("bureau", HERE, "zz", "bureau"),
                ("county-bureau", COUNTY, "zm", "county"),
                ("county-bureau", COUNTY, "zm", "county"),
                ("city-association", HERE, "zzlx", "city-association"),
            )
        ]
        on = {"on": "2026-06-10", "details": {}}
        recused = {"officer": "caller-recused", "reason": "利害关系"}
        await self.done(f"/v1/proceedings/{mine}/recusals", recused, "bureau")
        await self.done(f"/v1/proceedings/{proposed}/steps", on | {"step": "accept"}, "county")
        proposal = on | {"step": "propose", "document_number": "牟司建〔2026〕1号", "reason": "建议处罚"}
        await self.done(f"/v1/proceedings/{proposed}/steps", proposal, "county")
        return {
            "proceeding_id": mine,
            "county_id": countys,
            "proposed_id": proposed,
            "industry_proceeding_id": industry,
            "reviewed_id": await self._reviewed(),
        }

    async def _reviewed(self) -> str:
        """An association's decision, served, whose review has been asked for."""
        case = await Handled(self.hands, ("city-association", HERE, "zzlx")).opened("2026-03-02")
        await voted(case)
        await case.step("decide", "2026-04-27", document_number="郑律惩字〔2026〕3号", reason=REASONS)
        await case.step("serve", "2026-04-29", document_number=case.document(), details={"service_way": "mail"})
        await case.step("request-review", "2026-05-06", reason="申请复查")
        self.hands.on("2026-06-10T12:00:00")
        return case.id

    async def _case(self, kind: str, region: str, code: str, by: str) -> str:
        body = {
            "kind": "industry" if kind == "city-association" else "administrative",
            "organ": {"kind": kind, "region": region, "code": code},
            "origin": "own-initiative",
            "received_on": "2026-06-10",
            "subject": SUBJECT,
            "conduct_code": "L48.1",
            "reason": ALLEGED,
        }
        return (await self.done("/v1/proceedings", body, by))["proceeding_id"]

    async def _papers(self, things: Things) -> Things:
        async def made() -> str:
            body = {"type": "filing-approval", "title": TITLE}
            path = f"/v1/proceedings/{things['proceeding_id']}/documents"
            return (await self.done(path, body, "bureau"))["document_id"]

        draft, final, data = await made(), await made(), scan()
        numbered = await self.hands.post(
            "/v1/document-numbers", {"document_id": final}, headers=self.by("bureau"), **{"If-Match": "*"}
        )
        assert numbered.status_code in (201, 422), numbered.text
        headers = self.by("bureau") | {"Content-Type": "application/pdf", "If-Match": "*"}
        answer = await self.hands.http.put(f"/v1/documents/{final}/original", content=data, headers=headers)
        assert answer.status_code == 200, answer.text
        return {"document_id": draft, "final_id": final, "scan": data}

    async def _remarks(self, record_id: str) -> Things:
        on = f"/v1/disclosures/{record_id}"
        objection = await self.done(f"{on}/objections", {"ground": "wrong-content", "text": OBJECTED}, "lawyer")
        repair = await self.done(f"{on}/repairs", {"commitment_version": "2026-1"}, "lawyer")
        statement = await self.done(f"{on}/statements", {"text": STATED}, "lawyer")
        return {
            "objection_id": objection["objection_id"],
            "repair_id": repair["repair_id"],
            "statement_id": statement["statement_id"],
        }

    async def _systems(self) -> Things:
        given = (await undertakes(self.hands, self.by("reader"))).json()
        text = (await self.hands.http.get("/v1/disclosure-undertakings/text")).json()
        key = {"Idempotency-Key": uuid4().hex}
        result = await self.hands.http.post("/v1/public/query-results", json={"licence_number": LICENCE}, headers=key)
        return {
            "undertaking_id": given["undertaking_id"],
            "text_version": text["version"],
            "result_code": result.headers["location"].rpartition("/")[2],
            "authorisation": (await self.done("/v1/extract-authorisations", None, "lawyer"))["authorisation"],
            "watch_id": (await self.done("/v1/watches", {"what": "all"}, "reader"))["watch_id"],
            "own_watch_id": (await self.done("/v1/watches", {"what": "subject"}, "lawyer"))["watch_id"],
        }

    async def sessions(self, things: Things) -> Things:
        """Opened last: they last fifteen minutes of the day that the tests set."""
        opened = {}
        for name, kind in (("session", "complaint"), ("clue_session", "impostor")):
            receipt = things["receipt" if kind == "complaint" else "clue_receipt"]
            answer = await self.hands.http.post(f"/v1/{kind}-receipts/sessions", json={"receipt": receipt})
            opened[name] = answer.json()["session"]
        return opened
