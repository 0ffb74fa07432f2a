"""One set of rows is shown, drawn and downloaded."""

import io

from portal.look.sheets import Column, Sheet, download, workbook
from python_calamine import CalamineWorkbook

ROWS = [["=1+1", 8507, 12.5, "2026-11-27", "2026-11-27T03:25:00Z", True], [None, None, None, None, None, None]]
COLUMNS = [
    Column("名称"), Column("人", "number"), Column("比例", "percent"), Column("截至", "day"), Column("时间", "instant"),
    Column("计入"),
]  # fmt: skip


def _read(content):
    return CalamineWorkbook.from_filelike(io.BytesIO(content))


def test_a_workbook_holds_numbers_days_and_beijing_time_and_no_formula():
    sheet = Sheet("regions", "各地区：全省[律师]/人数", COLUMNS, ROWS, note="另有 3 条不在权限内。")
    book = _read(workbook(sheet))
    assert book.sheet_names == ["各地区：全省律师人数"]
    head, first, empty, *_, last = book.get_sheet_by_index(0).to_python()
    assert head == [column.title for column in COLUMNS]
    name, count, share, on, at, counted = first
    assert (name, count, share, counted) == ("=1+1", 8507, 12.5, "是")
    assert (on.isoformat(), at.isoformat()) == ("2026-11-27", "2026-11-27T11:25:00")
    assert set(empty) == {""}
    assert last[0] == sheet.note


def test_a_download_is_named_in_chinese_and_never_kept():
    answer = download("亮灯 2026-11-27", Sheet("lights", "灯", COLUMNS, ROWS), Sheet("more", "又", COLUMNS))
    assert answer.headers["cache-control"] == "no-store"
    assert 'filename="lights.xlsx"' in answer.headers["content-disposition"]
    assert _read(answer.body).sheet_names == ["灯", "又"]
