"""Reports as workbooks: out, filled in, back in; and everything that is not taken, by name."""

import io
import zipfile
from datetime import date
from typing import Any

from contracts.plan import plan

from tests.integration.progress.reporting.desk import (
    ASSOCIATION,
    BUREAU,
    DIVISION,
    KAIFENG_BUREAU,
    OFFICER,
    PARTY,
    ZHENGZHOU,
    Desk,
    Person,
    filled,
)
from tests.integration.progress.reporting.workbooks import XLSX, refilled, row_of, rows_of, table

JULY = date(2026, 7, 1)
READER = Person("reader", ("plan-reader",), "department", "410000")


async def _opened(desk: Desk, who: Person = BUREAU, period: str = "2026H1") -> tuple[str, bytes]:
    form = await desk.find(who, period)
    path = f"/reports/{form['report_id']}/sheet"
    return path, await desk.download(path, who)


async def test_a_workbook_comes_out_is_filled_in_and_becomes_the_draft(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk)
    share, count, nil, reached = (row_of(out, key) for key in ("M18-I2", "M18-I3", "M17-I1", "M21-I3"))
    back = refilled(
        out,
        {
            f"E{share}": 1980, f"F{share}": 2000, f"E{count}": 45, f"K{count}": "=1+1", f"G{nil}": "是",
            f"E{reached}": 1, f"I{reached}": "2026-05-06", f"J{reached}": "郑司〔2026〕12号",
        },
    )  # fmt: skip
    line = await desk.send(path, BUREAU, back, XLSX)
    assert (line["state"]["code"], line["version"]) == ("draft", 2)
    form = await desk.find(BUREAU, "2026H1")
    answers = {item["key"]: item["answer"] for item in form["items"]}
    assert (answers["M18-I2"]["numerator"], answers["M18-I2"]["denominator"]) == (1980, 2000)
    assert (answers["M18-I3"]["amount"], answers["M18-I3"]["remark"]) == (45, "=1+1")
    assert answers["M17-I1"]["kind"]["code"] == "nil"
    assert (answers["M21-I3"]["reached_on"], answers["M21-I3"]["document_number"]) == ("2026-05-06", "郑司〔2026〕12号")
    assert answers["M15-I1"] is None  # left empty: missing, not nil
    # What it says comes out again, in the next version; a text that looks like a formula is a text.
    _, again = await _opened(desk)
    rows = rows_of(again)
    assert rows[share - 1][4:6] == ["1980", "2000"]
    assert rows[count - 1][10] == "=1+1"
    with zipfile.ZipFile(io.BytesIO(again)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


async def test_names_in_the_foot_are_the_signatories(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk)
    foot = next(at for at, row in enumerate(rows_of(out), 1) if "填报人" in row[2])
    await desk.send(path, BUREAU, refilled(out, {f"D{foot}": "张三", f"D{foot + 1}": "李四"}), XLSX)
    form = await desk.find(BUREAU, "2026H1")
    assert form["signatories"] == {"filled_by": "张三", "checked_by": "李四", "responsible": None}


async def _problem(desk: Desk, path: str, data: bytes, who: Person = BUREAU, expect: int = 422) -> Any:
    return await desk.send(path, who, data, XLSX, expect=expect)


async def test_every_fault_is_told_by_its_cell_and_nothing_is_written(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk)
    at = {
        key: row_of(out, key) for key in ("M18-I2", "M18-I3", "M18-I4", "M17-I1", "M15-I1", "M16-I2", "M21-I3", "W1-I3")
    }
    back = refilled(
        out,
        {
            f"E{at['M18-I2']}": 3, f"F{at['M18-I2']}": 2,
            f"E{at['M18-I3']}": "十二", f"E{at['M18-I4']}": 12.5, f"E{at['M17-I1']}": -1,
            f"E{at['M15-I1']}": 4, f"G{at['M15-I1']}": "是", f"F{at['M16-I2']}": 9,
            f"I{at['M21-I3']}": "2026-02-30", f"E{at['W1-I3']}": 5,
            f"A{at['M16-I2'] + 1}": "M99-I9",
        },
    )  # fmt: skip
    moved = rows_of(out)[at["M16-I2"]][0]
    problem = await _problem(desk, path, back)
    assert problem["type"].endswith("sheet-faulty")
    told = {error["field"]: error["zh"] for error in problem["errors"]}
    assert told[f"表1!E{at['M18-I2']}"] == "分子大于分母2"
    assert told[f"表1!E{at['M18-I3']}"] == "应为数字，而不是文字"
    assert told[f"表1!E{at['M18-I4']}"] == "应为整数"
    assert told[f"表1!E{at['M17-I1']}"] == "不得为负数"
    assert told[f"表1!E{at['M15-I1']}"] == "“零报告”不应填写该项"
    assert told[f"表1!F{at['M16-I2']}"] == "该指标没有此项"
    assert told[f"表1!I{at['M21-I3']}"].startswith("应为日期")
    assert told[f"表1!E{at['W1-I3']}"] == "至多为4"
    assert told[f"表1!A{at['M16-I2'] + 1}"] == "未知的指标：M99-I9"
    assert [zh for zh in told.values() if zh == f"缺少指标所在行：{moved}"]
    assert len(told) == 10, told
    form = await desk.find(BUREAU, "2026H1")
    assert (form["state"]["code"], form["version"]) == ("open", 1)


async def test_rows_twice_or_of_another_report_are_told(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk)
    first, second = row_of(out, "M18-I2"), row_of(out, "M18-I3")
    problem = await _problem(desk, path, refilled(out, {f"A{second}": "M18-I2"}))
    assert {"field": f"表1!A{second}", "zh": "指标重复：M18-I2", "en": "the indicator stands twice: M18-I2"} in problem[
        "errors"
    ]
    problem = await _problem(desk, path, refilled(out, {f"A{first}": "M02-I1"}))
    assert problem["errors"][0]["zh"] == "本报表没有这一行：M02-I1"


async def test_the_sheet_of_another_region_period_or_report_is_named(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, own = await _opened(desk)
    _, kaifeng = await _opened(desk, KAIFENG_BUREAU)
    _, quarter = await _opened(desk, period="2026Q1")
    _, association = await _opened(desk, ASSOCIATION)
    for data, field, zh in (
        (kaifeng, "表1!F3", "这是另一地区（开封市）的报表，本报表属于郑州市"),
        (quarter, "表1!H3", "这是另一报告期（2026Q1）的报表，本报表为2026H1"),
        (association, "表1!C2", "这是另一份报表"),
    ):
        problem = await _problem(desk, path, data)
        assert [(error["field"], error["zh"]) for error in problem["errors"]] == [(field, zh)]
    problem = await _problem(desk, path, refilled(own, {"H3": "2026H2"}))
    assert problem["errors"][0]["field"] == "表1!J2"
    # And nobody reads or writes another region's report, whatever the sheet says.
    for who, expect in ((KAIFENG_BUREAU, 404), (PARTY, 404), (READER, 403), (None, 401), (OFFICER, 200)):
        await desk.download(path, who, expect=expect)
    await _problem(desk, path, own, KAIFENG_BUREAU, expect=404)
    await _problem(desk, path, own, PARTY, expect=404)
    await _problem(desk, path, own, OFFICER, expect=403)


async def test_an_old_version_is_refused(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, old = await _opened(desk)
    form = await desk.find(BUREAU, "2026H1")
    await desk.save(form, filled(form, {}), BUREAU)
    problem = await _problem(desk, path, old)
    assert problem["errors"][0]["field"] == "表1!F2"
    assert "版本不符：表中为1，现为2" in problem["errors"][0]["zh"]


def _with_macros(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0")
    return out.getvalue()


def _bomb(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b" " * (40 << 20))
    return out.getvalue()


async def test_what_is_no_form_is_refused_by_name(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk)
    for data, kind, zh in (
        (b"", "file-malformed", "不是可读的 XLSX 文件"),
        (out[: len(out) // 2], "file-malformed", "不是可读的 XLSX 文件"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "file-malformed", "旧版 XLS"),
        (_with_macros(out), "file-with-macros", "XLSM"),
        (_bomb(out), "file-malformed", "解压后过大"),
        (table([["x"]], name="别的表"), "sheet-missing", "没有工作表“表1”"),
    ):
        problem = await _problem(desk, path, data)
        assert problem["type"].endswith(kind)
        assert zh in problem["detail"]
    # Nor is what is too large; it is not even read.
    problem = await _problem(desk, path, bytes(3 << 20), expect=413)
    assert problem["type"].endswith("content-too-large")


async def test_a_sent_report_takes_no_sheet(desk: Desk) -> None:
    await desk.days_pass(JULY)
    await desk.submit(BUREAU, "2026H1")
    path, out = await _opened(desk)
    assert (await _problem(desk, path, out, expect=409))["type"].endswith("report-state")


async def test_a_frozen_plan_takes_no_sheet(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk)
    await desk.connection.execute(
        "INSERT INTO plan_freezes (plan_id, frozen_on) VALUES ($1, $2)", plan().meta.id, date(2026, 12, 31)
    )
    assert (await _problem(desk, path, out, expect=409))["type"].endswith("plan-frozen")


async def test_the_form_of_the_province_has_rows_of_regions(desk: Desk) -> None:
    await desk.days_pass(JULY)
    path, out = await _opened(desk, DIVISION)
    row = row_of(out, f"M10-I4.{ZHENGZHOU}")
    await desk.send(path, DIVISION, refilled(out, {f"E{row}": 3}), XLSX)
    form = await desk.find(DIVISION, "2026H1")
    assert {item["key"]: item["answer"] for item in form["items"]}[f"M10-I4.{ZHENGZHOU}"]["amount"] == 3
