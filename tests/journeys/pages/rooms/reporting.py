"""The rooms of the plan: what is reported, asked, decided and published."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from common.local_time import SHANGHAI
from contracts.plan import plan
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.journeys.actors import Caller, eventually
from tests.journeys.ledger import run
from tests.journeys.made_up import ZHENGZHOU, days_ago, document_number, today
from tests.journeys.pages.rooms.people import BUREAU, Keys, People, at

Thing = dict[str, Any]
_NAMES = {"filled_by": "张三", "checked_by": "李四", "responsible": "王五"}


def reporting(people: People) -> Keys:
    officer, region = people.plan(), {"region": ZHENGZHOU}
    owed, sent, confirmed = _reports(people)
    _declared(officer)
    return {
        "due": owed,
        "overview": "",
        "reports": sent,
        "scans-owed": confirmed,
        "notices": _notice(people),
        "inspections": _inspection(people),
        "programmes": "",
        "deliverables": _deliverable(people, region),
        "light-overrides": _override(officer),
        "light-declarations": "",
        "readings": "",
        "region-targets": _region_target(officer),
        "statistics": _table(officer),
        "editions": _edition(people),
        "closing": _closing(people),
        "backfills": _backfill(officer),
    }


def _reporter(people: People) -> Caller:
    return people.by("plan-reporter", subject="rooms-reporter", **BUREAU)


def _reports(people: People) -> tuple[str, str, str]:
    """One to be filled in, one that was sent without its stamped scan, and one that is confirmed."""
    reporter = _reporter(people)
    owed, sent, *_ = eventually(lambda: _open(reporter))
    path = f"/v1/reports/{sent}"
    form = reporter.read("progress", path)
    items = {item["key"]: _plain(item) for item in form["items"]}
    form = reporter.put("progress", f"{path}/draft", {"items": items, **_NAMES}, If_Match=at(form))
    reporter.done("progress", f"{path}/submission", {}, If_Match=at(form))
    return owed, sent, sent


def _open(reporter: Caller) -> list[str]:
    """None while there are not two to be filled in."""
    due = reporter.read("progress", "/v1/reports/due")["items"]
    found = [line["report_id"] for line in due if line["state"]["code"] == "open"]
    return found if len(found) > 1 else []


def _plain(item: Mapping[str, Any]) -> Thing:
    if "yes" in item["fields"]:
        return {"yes": False}
    if "numerator" in item["fields"]:
        return {"numerator": 1, "denominator": 2, "explanation": "本期新设机构。"}
    return {"kind": "nil", "explanation": "本期没有发生。"}


def _notice(people: People) -> str:
    """Issued and answered."""
    officer = people.plan()
    body = {
        "colour": "red", "addressee": "city-bureau", "region": ZHENGZHOU, "subject_kind": "measure",
        "subject": "M05", "text": "请说明进展、补救措施和完成日期。",
    }  # fmt: skip
    notice = officer.done("progress", "/v1/notices", body)
    path = f"/v1/notices/{notice['notice_id']}"
    notice = people.plan("rooms-plan-2").done("progress", f"{path}/issuance", {}, If_Match=at(notice))
    answer = {"text": "已印发培育计划。", "evidence": [{"kind": "document", "reference": document_number("郑司文")}]}
    _reporter(people).done("progress", f"{path}/answers", answer, If_Match=at(notice))
    return str(notice["notice_id"])


def _inspection(people: People) -> str:
    officer = people.plan()
    year = {"year": today().year, "document_number": document_number("豫司督"), "issued_on": days_ago(20).isoformat()}
    if not any(each["year"] == today().year for each in officer.read("progress", "/v1/inspection-programmes")):
        officer.done("progress", "/v1/inspection-programmes", year)
    team = [{"organ": "provincial-division", "region": "410000"}]
    body = {"region": ZHENGZHOU, "planned_on": days_ago(5).isoformat(), "team": team, "measures": ["M05", "M12"]}
    inspection = officer.done("progress", "/v1/inspections", body)
    path = f"/v1/inspections/{inspection['inspection_id']}"
    held = {"held_on": days_ago(4).isoformat()}
    inspection = officer.done("progress", f"{path}/conduct", held, If_Match=at(inspection))
    finding = {"measure": "M12", "severity": "serious", "responsible": "city-bureau", "text": "投诉受理台账不全。"}
    inspection = officer.done("progress", f"{path}/findings", finding, If_Match=at(inspection))
    report = {"document_number": document_number("豫司督"), "issued_on": days_ago(1).isoformat()}
    officer.done("progress", f"{path}/report", report, If_Match=at(inspection))
    return str(inspection["inspection_id"])


def _deliverable(people: People, region: Mapping[str, str]) -> str:
    """Of Zhengzhou, with a milestone, evidence and a state."""
    officer = people.plan()
    key = next(
        item["id"] for item in officer.read("progress", "/v1/deliverables")["items"] if item["region"] == ZHENGZHOU
    )
    path = f"/v1/deliverables/{key}"
    paper = {"number": document_number("豫司文"), "issuer": "河南省司法厅", "dated_on": days_ago(60).isoformat()}
    milestone = {
        "title": "印发实施方案",
        "due_on": days_ago(-20).isoformat(),
        "document": paper,
        "regions": [ZHENGZHOU],
    }
    officer.done("progress", f"{path}/milestones", milestone)
    evidence = {
        "kind": "document", "dated_on": days_ago(9).isoformat(), "document_number": document_number("郑司文"),
        "document_issuer": "郑州市司法局", **region,
    }  # fmt: skip
    found = _reporter(people).done("progress", f"{path}/evidence", evidence)
    state = {"state": "in-progress", "on": days_ago(9).isoformat(), **region}
    _reporter(people).done("progress", f"{path}/states", state, If_Match=at(found))
    return f"{key}@{ZHENGZHOU}"


def _override(officer: Caller) -> str:
    body = {"of": "measure", "id": "M14", "colour": "yellow", "reason": "试点文件尚在会签。"}
    body |= {"expires_on": days_ago(-20).isoformat()}
    return str(officer.done("progress", "/v1/lights/overrides", body)["override_id"])


def _declared(officer: Caller) -> None:
    body = {"of": "deliverable", "id": "M14-D1", "colour": "yellow", "reason": "正在征求意见。"}
    officer.done("progress", "/v1/lights/declarations", body)
    choice = {
        "parameter": "count_suspended_lawyers", "target": "T3", "value": "licence-held",
        "from_on": days_ago(1).isoformat(), "document_number": document_number("豫司文"),
        "document_issuer": "河南省司法厅", "document_date": days_ago(3).isoformat(),
    }  # fmt: skip
    officer.done("progress", "/v1/readings/choices", choice)


def _region_target(officer: Caller) -> str:
    """Entered, and not yet in force."""
    body = {"number": document_number("豫司文"), "issuer": "河南省司法厅", "issued_on": days_ago(3).isoformat()}
    target = {"indicator_id": "H1", "region": ZHENGZHOU, "op": ">=", "value": 20_000}
    body |= {"from_on": days_ago(3).isoformat(), "targets": [target]}
    return str(officer.done("progress", "/v1/region-targets", body)["document_id"])


def _table(officer: Caller) -> str:
    """Entered, and not yet confirmed."""
    body = {
        "year": 2023, "convention": "all-kinds", "title": "2023年度律师工作统计", "issuer": "司法部",
        "citation": document_number("司统"), "published_on": "2024-06-15", "confidence": "low",
        "figures": [{"province": "410000", "lawyers": 36_000}, {"province": "110000", "lawyers": 50_000}],
    }  # fmt: skip
    return str(officer.done("progress", "/v1/statistics", body)["table_id"])


def _edition(people: People) -> str:
    """Drafted and reviewed; nothing is public."""
    drafted = people.plan().done("progress", "/v1/editions", {"period": f"{days_ago(70):%Y-%m}"})
    path = f"/v1/editions/{drafted['edition_id']}"
    people.plan("rooms-reviewer").done("progress", f"{path}/review", None, If_Match=at(drafted))
    return str(drafted["edition_id"])


def _closing(people: People) -> str:
    """By the service itself, whose clock stands on the day after the plan: until it is signed nothing is frozen."""
    after = datetime(plan().meta.period.end_year + 1, 1, 1, 9, tzinfo=SHANGHAI).astimezone(UTC)
    settings = ProgressSettings(
        progress_database_url=people.system.dsn("progress"), oidc_issuer=people.system.issuer_url,
        timer_seconds=3600, data_dir=str(people.system.data_dir),
    )  # fmt: skip
    headers = people.plan().headers | {"Idempotency-Key": f"closing-{today()}-{id(people)}"}

    async def draft() -> Thing:
        app = build_app(settings, clock=lambda: after)
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
            answer = await client.post("http://progress/v1/closing", json={}, headers=headers)
            assert answer.status_code == 201, answer.text
            drafted: Thing = answer.json()
            return drafted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())  # its timers would open the reports of a year to come
        return str(run(draft())["closing_id"])


def _backfill(officer: Caller) -> str:
    """A number of a year that is over, with its document."""
    header = ("指标编号", "地区", "报告期", "数值", "基数", "达成日期", "文号")
    row = ("M18-I2", "郑州市", "2024H1", "900", "1000", "", document_number("豫司统"))
    answer = officer.http("progress").post(
        "/v1/backfills", content="\r\n".join(",".join(each) for each in (header, row)).encode(),
        headers={"Content-Type": "text/csv", "Idempotency-Key": f"backfill-{today()}-{id(officer)}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return str(answer.json()["backfill_id"])
