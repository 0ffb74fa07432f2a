"""Load over HTTP with a model of its own: every write is repeated with its own key until it is acknowledged."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from contracts.working_days import months_after

from tests.faults.laboratory import Window
from tests.journeys.actors import complaint
from tests.journeys.made_up import FOUNDERS, ZHENGZHOU, credit_code, days_ago, document_number, licence_number, today
from tests.support.system import System

REGIONS = (ZHENGZHOU, "410300", "410200")
ORGAN = {"kind": "bureau", "region": ZHENGZHOU, "code": "zz-sfj"}
PATIENCE_SECONDS = 300


class Refused(AssertionError):
    """An answer that no fault explains."""


@dataclass
class Model:
    """What must be true, from acknowledged writes alone; plain dictionaries, nothing of the system's own code."""

    region_of: dict[str, str] = field(default_factory=dict)
    """Lawyers who hold a licence."""
    suspended: set[str] = field(default_factory=set)
    events: Counter[str] = field(default_factory=Counter)
    """By the last part of the event type's name."""

    @property
    def writes(self) -> int:
        """Acknowledged; standing is recorded by the registry itself."""
        return self.events.total() - self.events["lawyer.standing-recorded"]

    def lawyers(self, policy: str) -> int:
        return len(self.region_of) - (len(self.suspended) if policy == "not-suspended" else 0)

    def in_region(self, region: str) -> int:
        return sum(1 for at in self.region_of.values() if at == region)


class Officers:
    """A few officers, each with lawyers of his own, so that nobody waits for another's."""

    def __init__(self, system: System, seed: int, model: Model | None = None) -> None:
        self.model = model or Model()
        self._random = random.Random(seed)
        self._seed = seed
        department = system.token("registry-officer", "rights-officer", organisation_id="hn-sft")
        bureau = system.token(
            "discipline-officer", region=ZHENGZHOU, organisation_kind="bureau", organisation_id=ORGAN["code"]
        )
        second = system.token("registry-officer", organisation_id="hn-sft", subject="second officer")
        self._clients = {
            name: httpx.AsyncClient(
                base_url=system.url(service), timeout=10, trust_env=False, headers={"Authorization": f"Bearer {token}"}
            )
            for name, service, token in (
                ("registry", "registry", department), ("approval", "registry", second),
                ("discipline", "discipline", bureau), ("rights", "rights_public", department),
            )
        }  # fmt: skip
        self.windows = {name: Window() for name in self._clients}
        self.failures: Counter[str] = Counter()
        """Statuses, and TransportError where there was no answer."""
        self._firms: dict[str, dict[str, Any]] = {}
        self._stopping = asyncio.Event()

    async def work(self, officers: int = 4) -> None:
        """Until `stop`; every write begun is acknowledged before this returns."""
        for region in REGIONS:
            self._firms[region] = await self._registers_firm(region)
        async with asyncio.TaskGroup() as group:
            for number in range(officers):
                group.create_task(self._office(random.Random(f"{self._seed}/{number}")))

    def stop(self) -> None:
        self._stopping.set()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def _office(self, rng: random.Random) -> None:
        mine: list[dict[str, Any]] = []
        cases: list[tuple[dict[str, Any], dict[str, Any]]] = []
        while not self._stopping.is_set():
            lot = rng.random()
            if lot < 0.45 or not mine:
                mine.append(await self._registers(rng))
            elif lot < 0.65:
                await self._moves(rng, rng.choice(mine))
            elif lot < 0.72:
                await self._ends(mine.pop(rng.randrange(len(mine))))
            elif lot < 0.82:
                lawyer = mine.pop(rng.randrange(len(mine)))
                cases.append((lawyer, await self._suspends(lawyer)))
            elif lot < 0.9 and cases:
                await self._withdraws(*cases.pop(rng.randrange(len(cases))))
            else:
                await self._post("rights", "/v1/complaints", complaint(), self._key(rng))
                self.model.events["complaint.filed"] += 1
            await asyncio.sleep(rng.uniform(0, 0.05))

    @staticmethod
    def _key(rng: random.Random) -> str:
        return UUID(int=rng.getrandbits(128)).hex

    async def _registers_firm(self, region: str) -> dict[str, Any]:
        code = credit_code()
        body = {
            "credit_code": code, "name": f"河南第{code[-9:]}律师事务所", "kind": "general-partnership",
            "region": region, "established_on": "2010-03-01", "founders": FOUNDERS, "capital_yuan": 300_000,
        }  # fmt: skip
        firm: dict[str, Any] = await self._changes("/v1/firms", body, self._random)
        self.model.events["firm.established"] += 1
        return firm

    async def _registers(self, rng: random.Random) -> dict[str, Any]:
        region = rng.choice(REGIONS)
        number = licence_number(region)
        body = {
            "name": f"林{number[-6:]}", "licence_number": number, "firm_id": self._firms[region]["firm_id"],
            "first_licensed_on": "2015-07-01",
        }  # fmt: skip
        lawyer: dict[str, Any] = await self._changes("/v1/lawyers", body, rng)
        self.model.region_of[lawyer["lawyer_id"]] = region
        self.model.events["lawyer.licensed"] += 1
        return lawyer

    async def _moves(self, rng: random.Random, lawyer: dict[str, Any]) -> None:
        here = self.model.region_of[lawyer["lawyer_id"]]
        region = rng.choice([other for other in REGIONS if other != here])
        body = {"firm_id": self._firms[region]["firm_id"], "effective_on": today().isoformat()}
        moved = await self._changes(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", body, rng)
        lawyer["licence_number"] = moved["licence_number"]
        self.model.region_of[lawyer["lawyer_id"]] = region
        self.model.events["lawyer.moved"] += 1

    async def _ends(self, lawyer: dict[str, Any]) -> None:
        body = {"ground": "own-request", "ended_on": today().isoformat()}
        await self._changes(f"/v1/lawyers/{lawyer['lawyer_id']}/licence-end", body, self._random)
        del self.model.region_of[lawyer["lawyer_id"]]
        self.model.events["lawyer.licence-ended"] += 1

    async def _suspends(self, lawyer: dict[str, Any]) -> dict[str, Any]:
        began = days_ago(1)
        body = {
            "organ": ORGAN,
            "document_number": document_number(),
            "subject": {
                "kind": "lawyer", "licence_number": lawyer["licence_number"], "name": lawyer["name"],
                "firm_name": "河南某律师事务所",
            },
            "conduct_code": "L49.4",
            "penalties": [{"kind": "suspension", "suspension_months": 6}],
            "filed_on": days_ago(90).isoformat(),
            "decided_on": days_ago(40).isoformat(),
            "served_on": began.isoformat(),
            "from_on": began.isoformat(),
            "to_on": months_after(began, 6).isoformat(),
            "reasons": "提供虚假证据。",
        }  # fmt: skip
        case: dict[str, Any] = await self._post("discipline", "/v1/sanctions", body, self._key(self._random))
        self.model.suspended.add(lawyer["lawyer_id"])
        self.model.events["sanction.decided"] += 1
        self.model.events["lawyer.standing-recorded"] += 1
        return case

    async def _withdraws(self, lawyer: dict[str, Any], case: dict[str, Any]) -> None:
        body = {"ground": "revoked", "document_number": document_number(), "withdrawn_on": today().isoformat()}
        path = f"/v1/sanctions/{case['case_id']}/withdrawal"
        await self._post("discipline", path, body, self._key(self._random), etag=f'"v{case["version"]}"')
        self.model.suspended.discard(lawyer["lawyer_id"])
        self.model.events["sanction.withdrawn"] += 1
        self.model.events["lawyer.standing-recorded"] += 1

    async def _changes(self, path: str, body: Any, rng: random.Random) -> Any:
        """Proposed by one officer, approved by another."""
        proposal = await self._post("registry", path, body, self._key(rng))
        approval = f"/v1/proposals/{proposal['proposal_id']}/approve"
        return (await self._post("approval", approval, None, self._key(rng)))["result"]

    async def _post(self, service: str, path: str, body: Any, key: str, etag: str | None = None) -> Any:
        """The same key until there is an answer: a lost one leaves open whether the write took place."""
        headers = {"Idempotency-Key": key} | ({"If-Match": etag} if etag else {})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            begun = time.monotonic()
            try:
                answer = await self._clients[service].post(path, json=body, headers=headers)
            except httpx.TransportError as error:
                reason, failure = repr(error), "TransportError"
            else:
                if answer.is_success:
                    self.windows[service].succeeded()
                    return answer.json()
                if answer.status_code not in (429, 500, 502, 503, 504):
                    raise Refused(f"{service} {path}: {answer.status_code} {answer.text[:500]}")
                reason, failure = f"{answer.status_code} {answer.text[:300]}", str(answer.status_code)
            self.windows[service].failed(begun)
            self.failures[failure] += 1
            if time.monotonic() > deadline:
                raise Refused(f"{service} {path}: no acknowledgement in {PATIENCE_SECONDS} s; last: {reason}")
            await asyncio.sleep(0.2)
