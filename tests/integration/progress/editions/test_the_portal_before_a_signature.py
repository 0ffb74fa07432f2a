"""Before anything is signed, the portal shows the plan itself, from the real service."""

import httpx
from fastapi import FastAPI
from portal.app import build_app
from portal.settings import PortalSettings
from yulu_local.assets import build_assets


async def test_before_an_edition_is_signed_the_portal_shows_the_plan_without_values(app, tmp_path) -> None:
    build_assets()
    settings = PortalSettings(database_url="postgresql://nobody@127.0.0.1:1", data_dir=str(tmp_path))
    portal: FastAPI = build_app(settings, transports={"progress": httpx.ASGITransport(app)})
    client = httpx.AsyncClient(transport=httpx.ASGITransport(portal), base_url="http://portal")
    async with portal.router.lifespan_context(portal), client as browser:
        plan = await browser.get("/plan")
        editions = await browser.get("/plan/editions")
        measure = await browser.get("/plan/measures/M12")
    assert (plan.status_code, editions.status_code, measure.status_code) == (200, 200, 200)
    assert "尚未签发任何一期" in plan.text
    assert plan.text.count('href="/plan/measures/M') == 23
    assert "到2026年,全省律师达到4.5万名以上" in plan.text
    assert "尚未签发任何一期" in editions.text
    assert "尚未签发任何一期，以下只有方案内容" in measure.text
