"""What those who come do: one function for each kind of `province.yaml`."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yulu.demo.province import DemoFirm, DemoLawyer, Province, lawyers_csv

from tests.journeys.actors import complaint
from tests.journeys.made_up import ZHENGZHOU, days_ago, licence_number, today
from tests.load.arrivals import Failed
from tests.load.cast import Cast, Door

BUREAU = {"kind": "bureau", "region": ZHENGZHOU, "code": "zhengzhou-sfj"}
PER_ASSESSMENT = 50
PER_IMPORT = 200
NEW_PER_IMPORT = 2
LOOK_UPS_AT_ONCE = 32
INDICATORS = ("H1", "M05-I1", "M12-I1", "M14-I2", "M21-I4")
DESKS = (
    ("registry", "/v1/lawyers"), ("registry", "/v1/firms"), ("registry", "/v1/proposals"),
    ("rights", "/v1/complaints"), ("rights", "/v1/desk/deadlines"), ("discipline", "/v1/complaints"),
    ("discipline", "/v1/sanctions"), ("exchange", "/v1/inbox"),
)  # fmt: skip
PAGES_OF_DESKS = ("/desk", "/desk/registry/lawyers", "/desk/registry/proposals", "/desk/registry/assessments")


@dataclass
class Roles:
    """Doors of those with a desk or a system."""

    registrar: Door
    second: Door
    bureau: Door
    desk: Door
    association: Door
    licensing: Door
    reader: Door
    systems: list[Door]
    reader_at_the_portal: Door
    officer_at_the_portal: Door


@dataclass
class Acts:
    cast: Cast
    roles: Roles
    province: Province
    year: int = 0
    """Of the assessment, once it is open."""
    receipts: deque[str] = field(default_factory=lambda: deque(maxlen=500))
    """Of complaints filed, for those who follow theirs."""
    cursors: dict[int, str] = field(default_factory=dict)
    """Where each connected system has got to."""
    _assessed: int = 0
    _moved: int = 0

    def all(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """By the kinds of `province.yaml`."""
        return {
            "page-of-a-lawyer": self._page_of_a_lawyer,
            "page-on-grades-day": self._page_of_a_lawyer,
            "search-page": self._search_page,
            "home-page": lambda: self._page("/"),
            "look-up": self._look_up,
            "search": self._search,
            "verification": self._verification,
            "statistics": lambda: self._page("/statistics"),
            "disclosures-page": lambda: self._page("/disclosures"),
            "disclosure-search": self._disclosure_search,
            "plan-page": lambda: self._page("/plan"),
            "dashboard-page": self._dashboard_page,
            "indicator": self._indicator,
            "desk": self._desk,
            "register-change": self._register_change,
            "assessment": self._assessment,
            "import": self._import,
            "rights-complaint": self._rights_complaint,
            "receipt": self._receipt,
            "complaint": self._complaint,
            "sanction": self._sanction,
            "pull": self._pull,
            "transfer": self._transfer,
            "document": self._document,
        }

    def paper(self, organ: str) -> str:
        """A number of a document that no earlier run over the same data has used."""
        return f"{organ}〔{today().year}〕{self.cast.key()[:12]}号"

    # The public

    async def look_up_each(self) -> None:
        """Every lawyer that is shown to the public, once: so many are kept in memory after a night of data users."""
        numbers = sorted({self._at_a_firm(at).number for at in range(len(self.province.lawyers))})
        for first in range(0, len(numbers), LOOK_UPS_AT_ONCE):
            at_once = numbers[first : first + LOOK_UPS_AT_ONCE]
            await asyncio.gather(
                *(self.cast.visitor().get("registry", f"/v1/public/lawyers/{number}") for number in at_once)
            )

    def _lawyer(self) -> DemoLawyer:
        """Of a firm: only those are shown to the public."""
        return self._at_a_firm(self.cast.rng.randrange(len(self.province.lawyers)))

    async def _page(self, path: str, **params: str) -> None:
        await self.cast.visitor().get("portal", path, **params)

    async def _page_of_a_lawyer(self) -> None:
        await self._page(f"/lawyers/{self._lawyer().number}")

    async def _search_page(self) -> None:
        await self._page("/lawyers", name=self._lawyer().name)

    async def _look_up(self) -> None:
        await self.cast.visitor().get("registry", f"/v1/public/lawyers/{self._lawyer().number}")

    async def _search(self) -> None:
        await self.cast.visitor().get("registry", "/v1/public/search/lawyers", name=self._lawyer().name)

    async def _verification(self) -> None:
        lawyer = self._lawyer()
        body = {"licence_number": lawyer.number, "name": lawyer.name}
        await self.cast.visitor().post("registry", "/v1/verifications", body)

    async def _disclosure_search(self) -> None:
        lawyer = self._lawyer()
        body = {"name": lawyer.name, "firm_name": lawyer.institution}
        await self.cast.visitor().post("discipline", "/v1/public/disclosures/search", body)

    # Readers of the plan, and desks

    async def _dashboard_page(self) -> None:
        await self.roles.reader_at_the_portal.get("portal", "/dashboard")

    async def _indicator(self) -> None:
        path = f"/v1/indicators/{self.cast.rng.choice(INDICATORS)}"
        await self.roles.reader.get("progress", path)
        await self.roles.reader.get("progress", f"{path}/evidence", limit=50)

    async def _desk(self) -> None:
        if self.cast.rng.random() < 0.5:
            await self.roles.officer_at_the_portal.get("portal", self.cast.rng.choice(PAGES_OF_DESKS))
        else:
            service, path = self.cast.rng.choice(DESKS)
            await self.roles.desk.get(service, path)

    # What officers write

    async def _change(self, path: str, body: Any) -> Any:
        proposal = (await self.roles.registrar.post("registry", path, body)).json()
        approval = f"/v1/proposals/{proposal['proposal_id']}/approve"
        return (await self.roles.second.post("registry", approval)).json()["result"]

    def _firm(self) -> DemoFirm:
        return self.cast.rng.choice([firm for firm in self.province.firms if firm.size > 0])

    async def _register_change(self) -> None:
        """Each lawyer moves once: from the end of the register, where assessments come last."""
        self._moved += 1
        lawyer, firm = self._at_a_firm(-self._moved), self._firm()
        while firm.code == lawyer.code:
            firm = self._firm()
        found = (await self.roles.registrar.get("registry", "/v1/lawyers", licence_number=lawyer.number)).json()
        to = (await self.roles.registrar.get("registry", "/v1/firms", credit_code=firm.code)).json()
        body = {"firm_id": to["items"][0]["firm_id"], "effective_on": today().isoformat()}
        await self._change(f"/v1/lawyers/{found['items'][0]['lawyer_id']}/moves", body)

    def _at_a_firm(self, at: int) -> DemoLawyer:
        # Those of firms come first in a province that is made up.
        firms = sum(firm.size for firm in self.province.firms)
        return self.province.lawyers[at % firms]

    async def _assessment(self) -> None:
        graded: list[DemoLawyer] = []
        while len(graded) < PER_ASSESSMENT:
            lawyer = self._at_a_firm(self._assessed)
            self._assessed += 1
            if lawyer.first_licensed_on < date(self.year, 9, 1):  # for three months at the year's end
                graded.append(lawyer)
        grade = self.cast.rng.choices(("competent", "basically-competent"), (98, 2))[0]
        entries = [
            {"number": lawyer.number, "grade": grade, "document_number": self.paper("律考")} for lawyer in graded
        ]
        await self.roles.association.post("registry", f"/v1/assessments/{self.year}/lawyers", {"entries": entries})

    async def _import(self) -> None:
        """A file of a city: nearly all of it is known already."""
        rng, lawyers = self.cast.rng, self.province.lawyers
        first = rng.randrange(len(lawyers) - PER_IMPORT)
        content = lawyers_csv(Province((), lawyers[first : first + PER_IMPORT - NEW_PER_IMPORT]))
        made = [self._new_row() for _ in range(NEW_PER_IMPORT)]
        content += "".join(",".join(row) + "\r\n" for row in made).encode()
        answer = await self.roles.licensing.ask(
            "POST", "registry", "/v1/imports", files={"file": ("名册.csv", content)}, data={"kind": "lawyers"},
            headers={"Idempotency-Key": self.cast.key()},
        )  # fmt: skip
        path = f"/v1/imports/{answer.json()['import_id']}"
        for _ in range(240):
            state = (await self.roles.licensing.get("registry", path)).json()
            if state["state"] not in ("queued", "running"):
                break
            await asyncio.sleep(0.5)
        if state["state"] not in ("done", "checked"):
            raise Failed(f"the import is {state['state']}")

    def _new_row(self) -> tuple[str, ...]:
        firm = self._firm()
        number = licence_number(firm.region.code, year=2026)
        return (
            f"林{number[-3:]}", number, "专职律师", "女", firm.name, firm.code, firm.region.name_zh,
            days_ago(1).isoformat(), "执业",
        )  # fmt: skip

    async def _sanction(self) -> None:
        lawyer, day = self._lawyer(), days_ago(1).isoformat()
        body = {
            "organ": BUREAU, "document_number": self.paper("郑司罚决字"),
            "subject": {
                "kind": "lawyer", "licence_number": lawyer.number, "name": lawyer.name,
                "firm_name": lawyer.institution,
            },
            "conduct_code": "L47.1", "penalties": [{"kind": "warning"}], "filed_on": days_ago(90).isoformat(),
            "decided_on": days_ago(40).isoformat(), "served_on": day, "from_on": day, "reasons": "提供虚假证据。",
        }  # fmt: skip
        case = (await self.roles.bureau.post("discipline", "/v1/sanctions", body)).json()
        shown = {"facts": "提供虚假证据。", "checked_for_third_parties": True}
        path, etag = f"/v1/sanctions/{case['case_id']}/publication", f'"v{case["version"]}"'
        await self.roles.bureau.post("discipline", path, shown, headers={"If-Match": etag})

    # Complaints

    async def _rights_complaint(self) -> None:
        answer = await self.cast.visitor().post("rights_public", "/v1/complaints", complaint())
        self.receipts.append(answer.json()["receipt"])

    async def _receipt(self) -> None:
        if not self.receipts:
            await self._rights_complaint()
        visitor, receipt = self.cast.visitor(), self.cast.rng.choice(self.receipts)
        opened = await visitor.post("rights_public", "/v1/receipts/sessions", {"receipt": receipt})
        session = {"Receipt-Session": opened.json()["session"]}
        await visitor.ask("GET", "rights_public", "/v1/receipts/case", headers=session)

    async def _complaint(self) -> None:
        lawyer = self._lawyer()
        body = {
            "subject": {
                "kind": "lawyer", "name": lawyer.name, "firm_name": lawyer.institution,
                "licence_number": lawyer.number,
            },
            "region": ZHENGZHOU, "hints": ["private-fees"], "money_back": True,
            "complainant": {"name": "林投诉", "contact": "0371-00000000"}, "happened_from": days_ago(200).isoformat(),
            "happened_to": days_ago(100).isoformat(), "facts": "私自收费，不开发票。" * 20,
        }  # fmt: skip
        await self.cast.visitor().post("discipline", "/v1/complaints", body)

    # Connected systems

    async def _pull(self) -> None:
        number = self.cast.rng.randrange(len(self.roles.systems))
        after = self.cursors.get(number)
        answer = await self.roles.systems[number].get(
            "exchange", "/v1/events", limit=200, **({"after": after} if after else {})
        )
        self.cursors[number] = answer.json().get("next") or after or ""

    def _number(self) -> str:
        return self.cast.key()

    async def _transfer(self) -> None:
        body = {"sender_number": self._number(), "about": "own-rights", "complaint": complaint()}
        await self.cast.rng.choice(self.roles.systems).post("exchange", "/v1/inbound/transfers", body)

    async def _document(self) -> None:
        body = {
            "sender_number": self._number(), "kind": "conviction", "region": ZHENGZHOU,
            "document_number": "（2026）豫刑终1号", "issued_on": "2026-01-05", "effective_on": "2026-01-20",
            "subject_name": "林甲", "subject_number": "14101201010765432", "summary": "判处有期徒刑。",
        }  # fmt: skip
        await self.roles.systems[0].post("exchange", "/v1/inbound/documents", body)
