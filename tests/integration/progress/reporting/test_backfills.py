"""Back-fill: tried, taken in at once, never over a confirmed number without a second officer, and never a duty."""

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import httpx
from contracts.plan import plan
from contracts.report_events import ReportedValueConfirmed, ReportRequested
from contracts.reporting import reported
from progress_api.figures import figures_on
from yulu.client import Service
from yulu.demo.plan import Officers, back_fill
from yulu.demo.plan_history import history_csv

from tests.integration.progress.reporting.desk import (
    BUREAU,
    COLLEAGUE,
    KAIFENG,
    KAIFENG_BUREAU,
    OFFICER,
    PARTY,
    PROVINCE,
    ZHENGZHOU,
    Desk,
    Person,
    filled,
)
from tests.integration.progress.reporting.workbooks import XLSX, table

HEADER = ("指标编号", "地区", "报告期", "数值", "基数", "达成日期", "文号")
JULY = date(2026, 7, 1)
READER = Person("reader", ("plan-reader",), "department", PROVINCE)
DOCUMENT = "豫司统〔2024〕9号"


def csv(*rows: tuple[Any, ...]) -> bytes:
    return "\r\n".join(",".join(str(cell) for cell in row) for row in (HEADER, *rows)).encode("gb18030")


async def send(
    desk: Desk, data: bytes, who: Person = OFFICER, expect: int = 201, path: str = "", kind: str = ""
) -> Any:
    return await desk.send(f"/backfills{path}", who, data, kind or "text/csv", expect=expect)


async def test_a_past_number_is_confirmed_with_its_document_and_becomes_the_value(desk: Desk) -> None:
    desk.at(JULY)
    data = csv(
        ("M18-I2", "郑州市", "2024H1", 900, 1000, "", DOCUMENT),
        ("M18-I2", "410200", "2024H1", 300, 500, "", DOCUMENT),
        ("M01-I2", "郑州", "2024H2", "是", "", "2024-11-05", DOCUMENT),
    )
    tried = await send(desk, data, path="/dry-runs", expect=200)
    assert (len(tried["new"]), tried["unchanged"], tried["conflicts"]) == (3, 0, [])
    assert await desk.events() == []
    done = await send(desk, data)
    assert (done["rows"], done["confirmed"], done["unchanged"], done["conflicts"]) == (3, 3, 0, 0)
    told = await desk.events()
    assert {type(event) for event in told} == {ReportedValueConfirmed}  # nobody owed them: no duty, no receipt
    await desk.project()
    figures = await desk.figures("M18-I2", date(2024, 7, 30))
    assert (figures.numerator, figures.denominator) == (1200, 1500)
    assert (await desk.figures("M01-I2", JULY)).regions[ZHENGZHOU].value
    duties = await desk.connection.fetchval("SELECT count(*) FROM report_duties")
    assert duties == 0
    row = await desk.connection.fetchrow("SELECT DISTINCT document_number, backfill_id FROM backfilled_values")
    assert row is not None
    assert (row["document_number"], str(row["backfill_id"])) == (DOCUMENT, done["backfill_id"])
    value = await desk.get(f"/reported-values/{tried['new'][0]['value_id']}", OFFICER)
    assert [(each["document_number"], each["backfill_id"]) for each in value["versions"]] == [
        (DOCUMENT, done["backfill_id"])
    ]
    # The same again changes nothing.
    again = await send(desk, data)
    assert (again["confirmed"], again["unchanged"]) == (0, 3)
    assert len(await desk.events()) == 3


async def test_its_report_is_shown_as_back_filled_and_can_be_corrected(desk: Desk) -> None:
    desk.at(JULY)
    await send(desk, csv(("M18-I2", ZHENGZHOU, "2024H1", 900, 1000, "", DOCUMENT)))
    form = await desk.find(BUREAU, "2024H1")
    assert (form["state"]["zh"], form["overdue"], form["in_time"]) == ("已补录", False, None)
    answers = {item["key"]: item["answer"] for item in form["items"]}
    assert answers["M18-I2"]["numerator"] == 900
    assert await desk.get("/reports/due", BUREAU) == {"as_of": "2026-07-01", "items": []}
    begun = await desk.act(form, "corrections", BUREAU, {"reason": "漏统"}, expect=201)
    draft = await desk.save(begun, filled(form, {"M18-I2": {"numerator": 950, "denominator": 1000}}), BUREAU)
    sent = await desk.act(draft, "submission", BUREAU)
    await desk.act(sent, "confirmation", OFFICER)
    told = [event for event in await desk.events(ReportedValueConfirmed) if event.indicator_id == "M18-I2"]
    assert [(event.version, event.amount) for event in told] == [(1, 900), (2, 950)]
    # The next form starts from it.
    await send(desk, csv(("M18-I2", KAIFENG, "2025H2", 300, 500, "", DOCUMENT)))
    await desk.days_pass(JULY)
    kaifeng = await desk.client.get("/v1/reports?period=2026H1&region=410200", headers=desk.headers(OFFICER))
    [bureau] = [each for each in kaifeng.json()["items"] if each["reporter"]["code"] == "city-bureau"]
    opened = await desk.get(f"/reports/{bureau['report_id']}", OFFICER)
    last = next(item["last"] for item in opened["items"] if item["key"] == "M18-I2")
    assert (last["period"], last["answer"]["numerator"]) == ("2025H2", 300)


async def test_a_period_that_is_asked_for_stays_owed(desk: Desk) -> None:
    """The number counts; punctuality is told by the report alone."""
    desk.at(JULY)
    await send(desk, csv(("M18-I2", ZHENGZHOU, "2026H1", 900, 1000, "", DOCUMENT)))
    assert len(await desk.events(ReportRequested)) > 18
    form = await desk.find(BUREAU, "2026H1")
    assert (form["state"]["code"], form["received_on"]) == ("open", None)
    await desk.confirm(BUREAU, "2026H1", M18_I2={"numerator": 910, "denominator": 1000})
    told = [event for event in await desk.events(ReportedValueConfirmed) if event.indicator_id == "M18-I2"]
    assert [(event.version, event.amount) for event in told] == [(1, 900), (2, 910)]
    await desk.project()
    received = await desk.connection.fetchval("SELECT count(*) FROM report_duties WHERE received_on IS NOT NULL")
    assert received == 1


async def test_a_confirmed_number_gives_way_to_a_second_officers_decision_only(desk: Desk) -> None:
    await desk.days_pass(JULY)
    await desk.confirm(BUREAU, "2026H1", M18_I2={"numerator": 900, "denominator": 1000})
    before = len(await desk.events())
    data = csv(
        ("M18-I2", ZHENGZHOU, "2026H1", 950, 1000, "", DOCUMENT),
        ("M18-I3", KAIFENG, "2026H1", 7, "", "", DOCUMENT),
    )
    done = await send(desk, data)
    assert (done["confirmed"], done["conflicts"]) == (1, 1)
    [conflict] = done["conflicting"]
    assert (conflict["confirmed"]["amount"], conflict["value"]["amount"]) == (900, 950)
    assert len(await desk.events()) == before + 1
    path = f"/{done['backfill_id']}/decision"
    own = await desk.call("POST", f"/backfills{path}", OFFICER, body={"override": True}, expect=403)
    assert own["type"].endswith("own-backfill")
    decided = await desk.call("POST", f"/backfills{path}", COLLEAGUE, body={"override": True})
    assert (decided["overrides"], decided["decided_by"]) == (True, COLLEAGUE.subject)
    assert decided["conflicting"][0]["overridden"] is True
    *_, last = await desk.events(ReportedValueConfirmed)
    assert (last.indicator_id, last.version, last.amount) == ("M18-I2", 2, 950)
    await desk.call("POST", f"/backfills{path}", COLLEAGUE, body={"override": True}, expect=409)
    assert (await desk.get(f"/backfills/{done['backfill_id']}", OFFICER)) == decided
    [line] = (await desk.get("/backfills", OFFICER))["items"]
    assert line["backfill_id"] == done["backfill_id"]


async def test_what_changed_meanwhile_or_is_not_wanted_stays(desk: Desk) -> None:
    desk.at(JULY)

    def row(amount: int) -> bytes:
        return csv(("M18-I3", ZHENGZHOU, "2025H1", amount, "", "", DOCUMENT))

    await send(desk, row(10))
    second, third = await send(desk, row(20)), await send(desk, row(30))
    override = {"override": True}
    await desk.call("POST", f"/backfills/{third['backfill_id']}/decision", COLLEAGUE, body=override)
    late = await desk.call("POST", f"/backfills/{second['backfill_id']}/decision", COLLEAGUE, body=override)
    assert late["conflicting"][0]["overridden"] is False
    fourth = await send(desk, row(40))
    kept = await desk.call("POST", f"/backfills/{fourth['backfill_id']}/decision", COLLEAGUE, body={"override": False})
    assert (kept["overrides"], kept["conflicting"][0]["overridden"]) == (False, False)
    assert [event.amount for event in await desk.events(ReportedValueConfirmed)] == [10, 30]


async def test_a_correction_starts_from_what_stands_not_from_what_was_overridden(desk: Desk) -> None:
    await desk.days_pass(JULY)
    confirmed = await desk.confirm(BUREAU, "2026H1", M18_I2={"numerator": 900, "denominator": 1000})
    done = await send(desk, csv(("M18-I2", ZHENGZHOU, "2026H1", 950, 1000, "", DOCUMENT)))
    path = f"/backfills/{done['backfill_id']}/decision"
    await desk.call("POST", path, COLLEAGUE, body={"override": True})
    begun = await desk.act(confirmed, "corrections", BUREAU, {"reason": "另一项漏统"}, expect=201)
    form = await desk.find(BUREAU, "2026H1")
    answers = {item["key"]: item["answer"] for item in form["items"]}
    assert answers["M18-I2"]["numerator"] == 950
    assert begun["version"] == form["version"]
    rows = filled(form, {"M18_I2": {"numerator": 950, "denominator": 1000}, "M18_I3": {"amount": 5}})
    sent = await desk.act(await desk.save(form, rows, BUREAU), "submission", BUREAU)
    await desk.act(sent, "confirmation", OFFICER)
    told = [event.amount for event in await desk.events(ReportedValueConfirmed) if event.indicator_id == "M18-I2"]
    assert told == [900, 950], "two officers decided on it"


async def test_a_report_that_is_being_corrected_is_not_overridden(desk: Desk) -> None:
    """The correction started from the number before, and would put it back."""
    await desk.days_pass(JULY)
    confirmed = await desk.confirm(BUREAU, "2026H1", M18_I2={"numerator": 900, "denominator": 1000})
    done = await send(desk, csv(("M18-I2", ZHENGZHOU, "2026H1", 950, 1000, "", DOCUMENT)))
    await desk.act(confirmed, "corrections", BUREAU, {"reason": "另一项漏统"}, expect=201)
    path = f"/backfills/{done['backfill_id']}/decision"
    decided = await desk.call("POST", path, COLLEAGUE, body={"override": True})
    assert decided["conflicting"][0]["overridden"] is False
    told = [event.amount for event in await desk.events(ReportedValueConfirmed) if event.indicator_id == "M18-I2"]
    assert told == [900]


async def test_two_tables_at_once_confirm_a_number_once(desk: Desk) -> None:
    desk.at(JULY)
    data = csv(("M18-I3", ZHENGZHOU, "2025H1", 10, "", "", DOCUMENT))
    done = await asyncio.gather(*(send(desk, data) for _ in range(4)))
    assert sorted((each["confirmed"], each["unchanged"]) for each in done) == [(0, 1), (0, 1), (0, 1), (1, 0)]
    assert len(await desk.events(ReportedValueConfirmed)) == 1


async def test_where_a_number_comes_from_is_told_to_its_reporter_and_the_department(desk: Desk) -> None:
    desk.at(JULY)
    await send(desk, csv(("M18-I3", ZHENGZHOU, "2025H1", 10, "", "", DOCUMENT)))
    [event] = await desk.events(ReportedValueConfirmed)
    path = f"/reported-values/{event.value_id}"
    for who in (BUREAU, OFFICER):
        assert (await desk.get(path, who))["region"] == ZHENGZHOU
    for who, expect in ((KAIFENG_BUREAU, 404), (PARTY, 404), (READER, 403), (None, 401)):
        await desk.get(path, who, expect=expect)
    await desk.get(f"/reported-values/{uuid4()}", OFFICER, expect=404)
    # Whoever reckons another's id from its parts learns nothing from the answer.
    others, none = [
        await desk.get(f"/reported-values/{of}", KAIFENG_BUREAU, expect=404) for of in (event.value_id, uuid4())
    ]
    assert {key: others[key] for key in ("type", "title", "detail")} == {
        key: none[key] for key in ("type", "title", "detail")
    }


async def test_every_fault_is_told_by_its_cell_and_nothing_is_written(desk: Desk) -> None:
    desk.at(JULY)
    rows = (
        ("M99-I1", "郑州", "2024H1", 1, "", "", DOCUMENT),
        ("H1", "郑州", "2024", 1, "", "", DOCUMENT),
        ("M18-I2", "北京", "2024H1", 1, 2, "", DOCUMENT),
        ("M18-I2", "郑州", "2024Q1", 1, 2, "", DOCUMENT),
        ("M18-I2", "郑州", "2026H2", 1, 2, "", DOCUMENT),
        ("M18-I2", "郑州", "2024H1", 3, 2, "", DOCUMENT),
        ("M18-I3", "郑州", "2024H1", "三", "", "", DOCUMENT),
        ("M18-I4", "郑州", "2024H1", -1, "", "", DOCUMENT),
        ("M17-I1", "郑州", "2024H1", 1.5, "", "", DOCUMENT),
        ("M15-I1", "郑州", "2024H1", 1, 2, "", DOCUMENT),
        ("M16-I2", "郑州", "2024H1", 1, "", "", ""),
        ("M16-I3", "郑州", "2024H1", "", "", "", DOCUMENT),
        ("W1-I3", "郑州", "2024H1", 5, "", "", DOCUMENT),
        ("M01-I2", "郑州", "2024H1", 1, "", "2024-09-01", DOCUMENT),
        ("M07-I1", "开封", "2024H1", 1, "", "", DOCUMENT),
        ("M18-I2", "郑州", "2024H1", 1, 2, "", DOCUMENT),
        ("M18-I3", "开封", "2024H1", 1, "", "", DOCUMENT),
    )
    for path, expect in (("/dry-runs", 422), ("", 422)):
        problem = await send(desk, table([HEADER, *rows], name="补录"), path=path, expect=expect, kind=XLSX)
        told = {error["field"]: error["zh"] for error in problem["errors"]}
        assert told == {
            "补录!A2": "未知的指标，或不是报送的指标",
            "补录!A3": "未知的指标，或不是报送的指标",
            "补录!B4": "不是河南省18个地区之一，也不是省直",
            "补录!C5": "没有这个报告期，应为 2024H1 至 2026H2 之一",
            "补录!C6": "该期尚未结束，不能补录",
            "补录!D7": "分子大于分母2",
            "补录!D8": "应为数字，而不是文字",
            "补录!D9": "不得为负数",
            "补录!D10": "应为整数",
            "补录!E11": "该指标没有此项",
            "补录!G12": "必须填写",
            "补录!D13": "必须填写",
            "补录!D14": "至多为4",
            "补录!F15": "晚于本期截止日2024-06-30，应在下一期报送",
            "补录!B16": "该指标不由开封市报送",
            "补录!A17": "与补录!A7重复",
        }
    assert await desk.connection.fetchval("SELECT count(*) FROM reports") == 0
    assert await desk.events() == []
    for data, kind in (
        (b"", "file-malformed"), (b"PK\x03\x04 not a workbook", "file-malformed"),
        ("指标编号,地区\r\nM18-I2,郑州".encode(), "header-missing"), (csv(), "file-empty"),
    ):  # fmt: skip
        assert (await send(desk, data, expect=422))["type"].endswith(kind)


async def test_the_department_alone_back_fills(desk: Desk) -> None:
    desk.at(JULY)
    data = csv(("M18-I3", ZHENGZHOU, "2025H1", 1, "", "", DOCUMENT))
    done = await send(desk, data)
    for who, expect in ((BUREAU, 403), (PARTY, 403), (READER, 403), (None, 401)):
        await desk.send("/backfills", who, data, "text/csv", expect=expect)
        await desk.send("/backfills/dry-runs", who, data, "text/csv", expect=expect)
        await desk.get("/backfills", who, expect=expect)
        await desk.get(f"/backfills/{done['backfill_id']}", who, expect=expect)
        await desk.call(
            "POST", f"/backfills/{done['backfill_id']}/decision", who, body={"override": True}, expect=expect
        )


async def test_nothing_of_a_frozen_plan_is_back_filled(desk: Desk) -> None:
    desk.at(date(2027, 2, 1))
    await desk.connection.execute(
        "INSERT INTO plan_freezes (plan_id, frozen_on) VALUES ($1, $2)", plan().meta.id, date(2026, 12, 31)
    )
    problem = await send(desk, csv(("M18-I3", ZHENGZHOU, "2025H1", 1, "", "", DOCUMENT)), expect=409)
    assert problem["type"].endswith("plan-frozen")


async def test_three_made_up_years_give_every_reported_indicator_a_value(desk: Desk) -> None:
    today = date(2026, 11, 26)
    await desk.days_pass(today)
    table_of_years = history_csv(today)
    assert table_of_years == history_csv(today)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(desk.app), base_url="http://progress", headers=desk.headers(OFFICER)
    ) as http:
        officer = SimpleNamespace(progress=Service("progress", http))
        officers = cast(Officers, SimpleNamespace(officer=officer, today=today))
        rows = table_of_years.count(b"\r\n") - 1
        assert (await back_fill(officers)).startswith(f"确认 {rows} 项，未变 0 项，冲突 0 项")
        assert (await back_fill(officers)).startswith(f"确认 0 项，未变 {rows} 项，冲突 0 项")
    assert rows > 2500
    await desk.project()
    async with desk.connection.transaction(isolation="repeatable_read"):
        found = await figures_on(desk.connection, today, list(reported()))
    assert [indicator_id for indicator_id, figures in found.items() if figures.value is None] == []
