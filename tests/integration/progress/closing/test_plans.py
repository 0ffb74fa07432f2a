"""A successor plan is data beside this one: its catalogue under its own id, this plan untouched."""

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml
from contracts.package_data import load_yaml
from contracts.plan import PlanUnreadable, plan, plans
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.closing.officers import DRAFTER, PLAN, Desk

NEXT = "TEST-PLAN-2027-2029"


def successor() -> dict[str, Any]:
    """Small, made up: one measure under an id that this plan uses, too."""
    data: dict[str, Any] = copy.deepcopy(load_yaml("plan.yaml"))
    measure = data["measures"][0] | {"title_zh": "测试举措", "title_en": "A measure of the test"}
    data["meta"] |= {
        "id": NEXT,
        "title_zh": "测试方案（2027—2029年）",
        "title_en": "Test plan 2027-2029",
        "period": {"start_year": 2027, "end_year": 2029},
        "default_due": "2029-12-31",
    }
    data |= {"measures": [measure], "groups": data["groups"][:1], "work_requirements": [], "headline_indicators": []}
    return data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    (folder / "next.yaml").write_text(yaml.safe_dump(successor(), allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture
async def public(issuer: RunningIssuer, progress_dsn: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())
        app = build_app(
            ProgressSettings(
                progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off", plans_dir=folder
            )
        )
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress/v1") as client,
        ):
            yield client


async def test_its_catalogue_is_served_under_its_id_and_ids_do_not_collide(
    desk: Desk, public: httpx.AsyncClient
) -> None:
    await desk.frozen()
    before = await desk.kept()
    told = (await public.get("/plans")).json()["plans"]
    assert [(each["id"], each["computed"]) for each in told] == [(PLAN, True), (NEXT, False)]
    there = (await public.get(f"/plans/{NEXT}")).json()
    assert (there["default_due"], len(there["plan"]["measures"])) == ("2029-12-31", 1)
    own = (await public.get(f"/plans/{PLAN}")).json()
    assert own["plan"] == plan().model_dump(mode="json")
    shared = there["plan"]["measures"][0]["id"]
    titles = [
        (await public.get(f"/plans/{each}/measures/{shared}")).json()["measure"]["title_zh"] for each in (PLAN, NEXT)
    ]
    assert titles == [plan().measure(shared).title_zh, "测试举措"]
    assert (await public.get(f"/measures/{shared}")).json()["measure"]["title_zh"] == titles[0]
    for missing in ("/plans/NONE", f"/plans/{NEXT}/measures/M23", "/plans/NONE/measures/M01"):
        assert (await public.get(missing)).status_code == 404
    # Rows of the successor under the same ids stand beside those of this plan, and no read of this plan sees them.
    work = "INSERT INTO deliverable_works (work_id, plan_id, deliverable_id, version) VALUES ($1, $2, 'M12-D1', $3)"
    for plan_id, version in ((PLAN, 3), (NEXT, 7)):
        await desk.connection.execute(work, uuid4(), plan_id, version)
    shown = await desk.call("GET", "/deliverables/M12-D1", DRAFTER, expect=200)
    assert shown.headers["etag"] == '"v3"'
    await desk.connection.execute(
        "INSERT INTO plan_freezes (plan_id, frozen_on) VALUES ($1, '2029-12-31')", NEXT
    )  # and it is frozen for itself
    assert await desk.kept() == before
    assert (await public.get(f"/closing/{PLAN}/report.json")).status_code == 200
    assert (await public.get(f"/closing/{NEXT}/report.json")).status_code == 404


def test_a_file_that_is_no_plan_or_takes_another_id_ends_the_start(tmp_path: Path) -> None:
    for name, data, said in (
        ("same", successor() | {"meta": successor()["meta"] | {"id": PLAN}}, PLAN),
        ("broken", {"meta": {}}, "broken.yaml"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        with pytest.raises(PlanUnreadable, match=said):
            plans(folder)
    (tmp_path / "odd.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(PlanUnreadable, match=r"odd\.yaml"):
        plans(tmp_path)
    assert list(plans()) == [PLAN]
