"""A file is checked against the register, shown to another officer, and applied as he saw it."""

import csv
import io

from python_calamine import CalamineWorkbook
from registry_api.imports import runner as runner_module
from registry_api.imports.runner import ImportRunner

from .conftest import Desk, good, problem
from .test_imports import LAWYERS, LUOYANG, ZHENGZHOU, counts, firms, lawyer, table

CARD, OTHER_CARD = "11010519491231002X", "110105194912310070"


async def checked(desk: Desk, content: bytes, kind: str = "lawyers", **more) -> dict:
    accepted = good(await desk.upload(content, kind, **more), 202)
    assert accepted["needs_approval"]
    return await desk.import_stepped(accepted["import_id"])


async def decide(desk: Desk, state: dict, what: str = "approve", body=None, headers=None):
    path = f"/v1/imports/{state['import_id']}/{what}"
    return await desk.post(path, body, headers=headers or desk.officer(desk="-second"))


async def changes(desk: Desk, state: dict, **more) -> list[dict]:
    return good(await desk.get(f"/v1/imports/{state['import_id']}/changes", **more))["items"]


async def test_the_diff_tells_new_changed_gone_and_conflicting(desk: Desk):
    await firms(desk)
    await desk.imported(table(LAWYERS, *(lawyer(serial) for serial in (1, 2, 3, 4))), "lawyers")
    rows = [lawyer(1), lawyer(2, firm=LUOYANG), lawyer(3, "李四"), lawyer(9), lawyer(8, 首次执业日期="昨天")]
    state = await checked(desk, table(LAWYERS, *rows), snapshot="true")
    assert (state["state"], state["conflicts"], state["gone"]) == ("checked", 1, 1)
    assert counts(state)[:4] == (1, 1, 1, 2)
    assert await desk.count("lawyers") == 4, "a check writes nothing"
    (new,) = await changes(desk, state, change="new")
    assert (new["number"], new["entity_id"], new["row"]) == (lawyer(9)[1], None, 5)
    (moved,) = await changes(desk, state, change="changed")
    assert {item["field"]: (item["before"], item["after"]) for item in moved["fields"]} == {
        "licence_number": (lawyer(2)[1], lawyer(2, firm=LUOYANG)[1]),
        "institution": (f"郑州所 {ZHENGZHOU[1]}", f"洛阳所 {LUOYANG[1]}"),
        "region": ("郑州市", "洛阳市"),
    }
    (gone,) = await changes(desk, state, change="gone")
    assert (gone["number"], gone["row"]) == (lawyer(4)[1], None)
    (conflict,) = await changes(desk, state, change="conflicting")
    assert conflict["fields"] == [{"field": "name", "before": "张三", "after": "李四"}]


async def test_another_officer_approves_and_what_was_shown_is_done(desk: Desk):
    await firms(desk)
    state = await checked(desk, table(LAWYERS, lawyer(1), lawyer(2, 地区="商州")))
    problem(await decide(desk, state, headers=desk.officer()), 409, "own-import")
    problem(await decide(desk, state, headers=desk.officer("bureau", "410300")), 403, "forbidden")
    problem(await decide(desk, state, headers=desk.licensing_system()), 403, "forbidden")
    approved = good(await decide(desk, state))
    assert (approved["state"], approved["phase"], approved["checked_counts"]["created"]) == ("queued", "apply", 1)
    problem(await decide(desk, state), 409, "import-not-awaiting-decision")
    done = await desk.import_stepped(state["import_id"])
    assert (done["state"], *counts(done)) == ("done", 1, 0, 0, 1, 0)
    assert await desk.count("lawyers") == 1
    assert await desk.count("import_lines") == 0
    events = await desk.connection.fetch("SELECT bytes FROM outbox WHERE event_type LIKE '%lawyer.licensed%'")
    assert len(events) == 1


async def test_what_changed_meanwhile_is_a_conflict_and_not_overwritten(desk: Desk, monkeypatch):
    monkeypatch.setattr(runner_module, "CHUNK_ROWS", 2)
    await firms(desk)
    await desk.imported(table(LAWYERS, *(lawyer(serial) for serial in (1, 2, 3))), "lawyers")
    dated = [lawyer(serial, 首次执业日期="2012-04-01") for serial in (1, 2)]
    state = await checked(desk, table(LAWYERS, *dated, lawyer(3), lawyer(4)))
    daily = [lawyer(1, 首次执业日期="2012-05-01"), lawyer(3, 首次执业日期="2012-05-01"), lawyer(4)]
    await desk.imported(table(LAWYERS, *daily), "lawyers", headers=desk.licensing_system())
    good(await decide(desk, state))
    done = await desk.import_stepped(state["import_id"])
    assert (done["state"], *counts(done), done["conflicts"]) == ("done", 0, 1, 1, 2, 0, 2)
    found = good(await desk.get(f"/v1/imports/{state['import_id']}/report"))["items"]
    assert [(item["row"], item["severity"]) for item in found] == [(2, "error"), (4, "error")]
    dates = await desk.connection.fetch("SELECT first_licensed_on FROM lawyers ORDER BY licence_number")
    assert [str(row[0]) for row in dates] == ["2012-05-01", "2012-04-01", "2012-05-01", "2012-03-01"]


async def test_rejected_withdrawn_and_forgotten_imports_leave_no_rows_behind(desk: Desk):
    await firms(desk)
    content = table(LAWYERS, lawyer(1))
    state = await checked(desk, content)
    problem(await decide(desk, state, "withdraw"), 409, "import-of-another")
    rejected = good(await decide(desk, state, "reject", {"reason": "名册过期"}))
    assert (rejected["state"], rejected["decision_reason"]) == ("rejected", "名册过期")
    state = await checked(desk, content)
    assert good(await decide(desk, state, "withdraw", headers=desk.officer()))["state"] == "withdrawn"
    assert await desk.count("import_lines") == 0
    state = await checked(desk, content)
    runner = ImportRunner(desk.database)
    await desk.connection.execute("UPDATE imports SET checked_at = '2026-05-20', created_at = '2026-05-20'")
    await runner.tidy()
    assert await desk.count("import_lines") == 1
    await desk.connection.execute("UPDATE imports SET checked_at = '2026-05-01'")
    await runner.tidy()
    state = good(await desk.get(f"/v1/imports/{state['import_id']}"))
    assert (state["state"], await desk.count("import_lines")) == ("expired", 0)
    assert await desk.count("import_changes") == 6
    await desk.connection.execute("UPDATE imports SET finished_at = '2025-11-01'")
    await runner.tidy()
    assert await desk.count("import_changes") == await desk.count("import_findings") == 0
    listed = good(await desk.get("/v1/imports", limit=2))
    assert len(listed["items"]) == 2
    assert len(good(await desk.get("/v1/imports", limit=3, cursor=listed["next_cursor"]))["items"]) == 2
    assert good(await desk.get("/v1/imports", desk.officer("bureau", "410300")))["items"] == []


async def test_nothing_to_decide_where_nothing_would_change(desk: Desk):
    await firms(desk)
    content = table(LAWYERS, lawyer(1))
    await desk.imported(content, "lawyers")
    accepted = good(await desk.upload(content, "lawyers"), 202)
    assert (await desk.import_stepped(accepted["import_id"]))["state"] == "done"


async def test_the_report_has_a_sheet_per_class_and_no_id_number(desk: Desk):
    await firms(desk)
    header = [*LAWYERS, "身份证号"]
    await desk.imported(table(header, [*lawyer(1), CARD]), "lawyers")
    rows = [[*lawyer(1), OTHER_CARD], [*lawyer(2), CARD], [*lawyer(3), ""]]
    state = await checked(desk, table(header, *rows))
    path = f"/v1/imports/{state['import_id']}/report"
    answer = await desk.get(path, format="xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert list(sheets) == [
        "概况 summary", "错误 error", "警告 warning", "新增 new", "变更 changed", "文件中没有 gone", "冲突 conflicting",
    ]  # fmt: skip
    assert sheets["变更 changed"][1][4:] == ["身份证号 ID number", "***", "*** ***"]
    assert sheets["冲突 conflicting"][1][2] == lawyer(2)[1]
    assert {row[4] for row in sheets["新增 new"][1:]} >= {"姓名或名称 name", "执业机构 institution"}
    told = str(sheets) + (await desk.get(path, format="csv")).text + str(await changes(desk, state))
    assert CARD not in told
    assert OTHER_CARD not in told
    table_of = list(csv.reader(io.StringIO((await desk.get(path, format="csv")).content.decode("utf-8-sig"))))
    assert [row[1] for row in table_of if row[1].endswith(("new", "changed", "conflicting"))].count("变更 changed") == 1
