"""The province before the hour: its register imported, its year of assessment open, its systems and officers there."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

import httpx
from yulu.client import Service
from yulu.demo import province as made
from yulu.imports import run_import

from tests.journeys.made_up import ZHENGZHOU, days_ago, today
from tests.load.acts import BUREAU, Acts, Roles
from tests.load.cast import Cast
from tests.load.hearing import organ, subject
from tests.load.lags import Lags

PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Imported:
    lawyers: int
    firms: int
    seconds: float


async def populate(cast: Cast, province: made.Province) -> Imported:
    """The register, as a licensing system sends it; of a province that is there already nothing is sent."""
    officer = await cast.officer("registry-officer")
    if (await officer.get("registry", "/v1/firms", credit_code=province.firms[0].code)).json()["items"]:
        return Imported(len(province.lawyers), len(province.firms), 0.0)
    token = cast.system.token("licensing-system", organisation_kind="system")
    began = time.monotonic()
    async with httpx.AsyncClient(
        base_url=cast.system.url("registry"), headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
    ) as http:
        for kind, content in (("firms", made.firms_csv(province)), ("lawyers", made.lawyers_csv(province))):
            done = await run_import(Service("registry", http), f"{kind}.csv", content, kind)
            if done.state != "done" or done.errors:
                raise RuntimeError(f"the import of {kind} ended with {done}")
    return Imported(len(province.lawyers), len(province.firms), time.monotonic() - began)


async def caught_up(lags: Lags, patience_seconds: float = PATIENCE_SECONDS) -> float:
    """Seconds until every consumer has applied everything. Raises TimeoutError, telling who has not."""
    began = time.monotonic()
    while behind := {name: lag.events for name, lag in (await lags.read()).items() if lag.events}:
        if time.monotonic() - began > patience_seconds:
            raise TimeoutError(f"after {patience_seconds:.0f} s there are still events not applied: {behind}")
        await asyncio.sleep(0.25)
    return time.monotonic() - began


async def actors(cast: Cast, systems: int) -> Roles:
    court = {"organisation_kind": "court", "region": "410000"}
    desks = ("registry-officer", "discipline-officer", "rights-officer")
    return Roles(
        registrar=await cast.officer("registry-officer", organisation_id="hn-sft"),
        second=await cast.officer("registry-officer", organisation_id="hn-sft", subject="second"),
        bureau=await cast.officer(
            "discipline-officer", region=ZHENGZHOU, organisation_kind="bureau", organisation_id=BUREAU["code"]
        ),
        desk=await cast.officer(*desks, organisation_id="hn-sft"),
        association=await cast.officer(
            "registry-officer", organisation_kind="association", organisation_id="henan-lx", subject="assessor"
        ),
        licensing=await cast.officer("licensing-system", organisation_kind="system"),
        reader=await cast.officer("plan-reader", *desks, organisation_id="hn-sft"),
        systems=[
            await cast.officer("stream-client", **court, organisation_id=organ(number), subject=subject(number))
            for number in range(systems)
        ],
        reader_at_the_portal=await cast.at_the_portal("plan-reader"),
        officer_at_the_portal=await cast.at_the_portal("registry-bureau"),
    )


async def opened(acts: Acts) -> None:
    """What must be there before the first arrival: the year's campaign, and an assessment of the impact."""
    registrar = acts.roles.registrar
    acts.year = today().year - 1
    held = {one["year"] for one in (await registrar.get("registry", "/v1/assessments")).json()["items"]}
    while acts.year in held and await _has_results(acts):  # of an earlier run over the same data
        acts.year -= 1
    if acts.year not in held:
        days = {"opens_on": days_ago(30).isoformat(), "closes_on": (today() + timedelta(days=30)).isoformat()}
        await registrar.post("registry", "/v1/assessments", {"year": acts.year} | days)
    assessment = {
        "organ": BUREAU, "scope": ["administrative"], "purpose": "依法公示", "risks": "当事人名誉",
        "measures": "到期停止公示", "conclusion": "lawful-with-measures", "document_number": acts.paper("评"),
        "assessed_on": days_ago(30).isoformat(),
    }  # fmt: skip
    await acts.roles.bureau.post("discipline", "/v1/impact-assessments", assessment)


async def _has_results(acts: Acts) -> bool:
    page = await acts.roles.association.get("registry", f"/v1/assessments/{acts.year}/results", limit=1)
    return bool(page.json()["items"])
