"""Made-up notices (督办) and inspections (考核督查) of this year, in the states that a reader should see."""

from datetime import date
from typing import Any

from yulu.client import Service

_TEAM = [{"organ": "provincial-division", "region": "410000"}, {"organ": "provincial-association", "region": "410000"}]


async def supervise(officer: Service, second: Service, today: date) -> int:
    """How many were entered; 0 where the year has its programme already."""
    if any(each["year"] == today.year for each in await officer.get("/v1/inspection-programmes")):
        return 0
    programme = {
        "year": today.year,
        "document_number": f"示范数据〔{today.year}〕督查",
        "issued_on": today.isoformat(),
    }
    await officer.post("/v1/inspection-programmes", programme)
    await _inspect(officer, "410300", today, found=False)
    await _inspect(officer, "410700", today, found=True)
    await officer.post("/v1/notices", _notice("blue", "410100", "M05"))
    red = await officer.post("/v1/notices", _notice("red", "410200", "M12"))
    await second.post(f"/v1/notices/{red['notice_id']}/issuance", {}, etag=_etag(red))
    withdrawn = await officer.post("/v1/notices", _notice("blue", "410900", "M08"))
    reason = {"reason": "示范数据：重复发出。"}
    await officer.post(f"/v1/notices/{withdrawn['notice_id']}/withdrawal", reason, etag=_etag(withdrawn))
    return 5


async def _inspect(officer: Service, region: str, today: date, *, found: bool) -> None:
    """Completed with its report where nothing is found; else its finding waits to be put right."""
    body = {"region": region, "planned_on": today.isoformat(), "team": _TEAM, "measures": ["M05", "M12"]}
    inspection = await officer.post("/v1/inspections", body)
    path = f"/v1/inspections/{inspection['inspection_id']}"
    inspection = await officer.post(f"{path}/conduct", {"held_on": today.isoformat()}, etag=_etag(inspection))
    if found:
        finding = {
            "measure": "M12",
            "severity": "serious",
            "responsible": "city-bureau",
            "text": "示范数据：投诉受理台账不全。",
        }
        inspection = await officer.post(f"{path}/findings", finding, etag=_etag(inspection))
    report = {"document_number": f"示范数据〔{today.year}〕{region}", "issued_on": today.isoformat()}
    await officer.post(f"{path}/report", report, etag=_etag(inspection))


def _notice(colour: str, region: str, measure: str) -> dict[str, str]:
    return {
        "colour": colour,
        "addressee": "city-bureau",
        "region": region,
        "subject_kind": "measure",
        "subject": measure,
        "text": "示范数据：请说明进展、补救措施和完成日期。",
    }


def _etag(shown: dict[str, Any]) -> str:
    return f'"v{shown["version"]}"'
