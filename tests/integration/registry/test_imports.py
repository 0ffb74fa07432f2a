"""Imports on the real database: good rows in, bad rows told, nothing twice, no crash that matters."""

import asyncio
import csv
import io
import os
import signal
import sys

import httpx
from python_calamine import CalamineWorkbook
from registry_api.imports import runner as runner_module
from registry_api.imports.routes import MAX_BYTES

from tests.support.imports import held_at

from .conftest import Desk, credit_code, good, problem

PATIENCE_SECONDS = 300
"""Far more than anything takes: it only ends a test that would wait for ever."""
LAWYERS = ["姓名", "执业证号", "执业类别", "性别", "执业机构", "统一社会信用代码", "地区", "首次执业日期", "执业状态"]
FIRMS = ["律所名称", "统一社会信用代码", "组织形式", "地区", "设立日期", "状态", "总所统一社会信用代码"]
ZHENGZHOU = ["郑州所", credit_code(1), "普通合伙", "郑州市", "2001-05-01", "正常", ""]
LUOYANG = ["洛阳所", credit_code(2), "个人", "洛阳", "2005-05-01", "正常", ""]
BRANCH = ["郑州所洛阳分所", credit_code(3), "分所", "洛阳市", "2010-05-01", "正常", credit_code(1)]


def table(header: list[str], *rows: list[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode("utf-8-sig")


def lawyer(serial: int, name: str = "张三", firm: list[str] = ZHENGZHOU, **cells: str) -> list[str]:
    city = "4101" if firm is ZHENGZHOU else "4103"
    row = [name, f"1{city}201210{serial:06d}", "专职律师", "男", firm[0], firm[1], firm[3], "2012-03-01", "执业"]
    return [cells.get(title, cell) for title, cell in zip(LAWYERS, row, strict=True)]


def counts(state: dict) -> tuple[int, ...]:
    return tuple(state[name] for name in ("created", "changed", "unchanged", "errors", "warnings"))


async def firms(desk: Desk) -> None:
    state = await desk.imported(table(FIRMS, BRANCH, ZHENGZHOU, LUOYANG), "firms")
    assert counts(state) == (3, 0, 0, 0, 0)


async def report(desk: Desk, state: dict) -> list[tuple]:
    body = good(await desk.get(f"/v1/imports/{state['import_id']}/report"))
    return [(item["row"], item["severity"], item["column"], item["value"]) for item in body["items"]]


async def test_a_branch_may_stand_above_its_head_office(desk: Desk):
    await firms(desk)
    branch = good(await desk.get("/v1/firms", credit_code=BRANCH[1]))["items"][0]
    head = good(await desk.get("/v1/firms", credit_code=ZHENGZHOU[1]))["items"][0]
    assert branch["parent_firm_id"] == head["firm_id"]
    assert counts(await desk.imported(table(FIRMS, BRANCH, ZHENGZHOU, LUOYANG), "firms")) == (0, 0, 3, 0, 0)


async def test_good_rows_go_in_and_bad_ones_are_reported(desk: Desk):
    await firms(desk)
    rows = [
        lawyer(1),
        lawyer(2, 地区="商州"),
        lawyer(3, 统一社会信用代码=credit_code(99)),
        lawyer(1),
        lawyer(4, 首次执业日期="2011-03-01"),
        ["王五", "14101201260000005", "公职律师", "男", "郑州市司法局", "", "郑州", "2012-03-01", ""],
        lawyer(6, 执业状态="注销"),
        lawyer(7, 地区="洛阳"),
    ]
    state = await desk.imported(table(LAWYERS, *rows), "lawyers")
    assert counts(state) == (4, 0, 0, 4, 1)
    assert await report(desk, state) == [
        (3, "error", "地区", "商州"),
        (4, "error", "统一社会信用代码", credit_code(99)),
        (5, "error", "执业证号", "14101201210000001"),
        (6, "warning", "首次执业日期", "2011-03-01"),
        (9, "warning", "执业证号", "14101201210000007"),
        (9, "error", "地区", "洛阳"),
    ]
    assert await desk.count("lawyers") == await desk.count("licence_numbers") == 4
    assert await desk.count("public_lawyers WHERE body IS NOT NULL") == 3
    assert await desk.count("import_lines") == 0
    assert (await desk.look_up("14101201210000006")).json()["status"]["code"] == "ended"
    assert [version for kind, version in await desk.events() if kind.startswith("lawyer.")] == [1, 1, 1, 1, 2]


async def test_the_same_file_again_changes_nothing(desk: Desk):
    await firms(desk)
    content = table(LAWYERS, *(lawyer(serial) for serial in range(50)))
    assert counts(await desk.imported(content, "lawyers")) == (50, 0, 0, 0, 0)
    written = await desk.count("outbox")
    assert counts(await desk.imported(content, "lawyers")) == (0, 0, 50, 0, 0)
    assert await desk.count("outbox") == written


async def test_what_differs_becomes_the_change_that_it_is(desk: Desk):
    await firms(desk)
    before = [lawyer(1), lawyer(2), lawyer(3), lawyer(4), lawyer(5)]
    await desk.imported(table(LAWYERS, *before), "lawyers")
    moved = lawyer(1, firm=LUOYANG)
    part_time = lawyer(2, 执业证号="14101201220000002", 执业类别="兼职")
    dated = lawyer(3, 首次执业日期="2012-04-01")
    ended = lawyer(4, 执业状态="已注销")
    changes = [*LAWYERS, "变更日期"]
    rows = [[*row, "2026-05-01"] for row in (moved, part_time, dated, ended, lawyer(5))]
    state = await desk.imported(table(changes, *rows), "lawyers")
    assert counts(state) == (0, 4, 1, 0, 2)  # warned: two known by serial and name
    assert (await desk.events())[-4:] == [
        ("lawyer.moved.v1", 2),
        ("lawyer.category-changed.v1", 2),
        ("lawyer.details-changed.v1", 2),
        ("lawyer.licence-ended.v1", 2),
    ]
    assert good(await desk.look_up(before[0][1]))["licence_number"] == moved[1]
    assert counts(await desk.imported(table(changes, *rows), "lawyers")) == (0, 0, 5, 0, 0)
    stale = await desk.imported(table(LAWYERS, before[0], before[3]), "lawyers")
    assert counts(stale) == (0, 0, 1, 1, 1)  # a former number is left aside; an ended licence needs a registration
    assert good(await desk.look_up(before[0][1]))["licence_number"] == moved[1]


async def test_a_name_under_another_number_is_not_overwritten(desk: Desk):
    await firms(desk)
    await desk.imported(table(LAWYERS, lawyer(1)), "lawyers")
    state = await desk.imported(table(LAWYERS, lawyer(1, "李四"), lawyer(1, "王五", firm=LUOYANG)), "lawyers")
    assert await report(desk, state) == [(2, "error", "姓名", "李四"), (3, "error", "执业证号", "14103201210000001")]


async def test_a_dry_run_tells_the_same_and_writes_nothing(desk: Desk):
    await firms(desk)
    written = await desk.count("outbox")
    content = table(LAWYERS, lawyer(1), lawyer(2, 地区="商州"), lawyer(1))
    dry = await desk.imported(content, "lawyers", dry_run="true")
    assert (await desk.count("lawyers"), await desk.count("outbox")) == (0, written)
    wet = await desk.imported(content, "lawyers")
    assert counts(dry) == counts(wet) == (1, 0, 0, 2, 0)
    assert await report(desk, dry) == await report(desk, wet)


async def test_the_report_downloads_and_runs_no_formula(desk: Desk):
    state = await desk.imported(table(LAWYERS, lawyer(1, 地区='=HYPERLINK("x")')), "lawyers")
    path = f"/v1/imports/{state['import_id']}/report"
    as_csv = await desk.get(path, format="csv")
    assert "attachment" in as_csv.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert rows[1][:4] == ["2", "错误 error", "地区", '\'=HYPERLINK("x")']
    as_xlsx = await desk.get(path, format="xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx.content)).get_sheet_by_name("错误 error").to_python()
    assert sheet[1][:4] == ["2", "错误 error", "地区", '=HYPERLINK("x")']


async def test_long_reports_are_paged(desk: Desk):
    state = await desk.imported(table(LAWYERS, *(lawyer(serial, 地区="商州") for serial in range(5))), "lawyers")
    path = f"/v1/imports/{state['import_id']}/report"
    first = good(await desk.get(path, limit=3))
    rest = good(await desk.get(path, limit=3, cursor=first["next_cursor"]))
    assert [item["row"] for item in first["items"] + rest["items"]] == [2, 3, 4, 5, 6]


async def test_a_city_imports_its_own_rows_only_and_keeps_its_imports_to_itself(desk: Desk):
    await firms(desk)
    zhengzhou = desk.officer("bureau", "410100")
    content = table(LAWYERS, lawyer(1), lawyer(2, firm=LUOYANG))
    accepted = good(await desk.upload(content, "lawyers", headers=zhengzhou), 202)
    while await runner_module.ImportRunner(desk.database).step():
        pass
    path = f"/v1/imports/{accepted['import_id']}"
    assert counts(good(await desk.get(path, zhengzhou))) == (1, 0, 0, 1, 0)
    problem(await desk.get(path, desk.officer("bureau", "410300")), 403, "forbidden")
    problem(await desk.upload(content, "lawyers", headers=desk.officer("county-bureau", "410100")), 403, "forbidden")


async def test_a_bad_form_or_file_is_refused_before_anything_is_written(desk: Desk):
    content = table(LAWYERS, lawyer(1))
    problem(await desk.upload(content, "judges"), 422, "kind-unknown", "kind")
    problem(await desk.upload(content, "lawyers", colour="red"), 422, "field-unknown", "colour")
    problem(await desk.upload(content, "lawyers", dry_run="perhaps"), 422, "dry-run-malformed", "dry_run")
    problem(await desk.upload(b"PK\x03\x04", "lawyers"), 422, "file-malformed", "file")
    problem(await desk.upload(table(LAWYERS[:3], ["a", "b", "c"]), "lawyers"), 422, "header-missing", "file")
    problem(await desk.post("/v1/imports", {"kind": "lawyers"}), 415, "multipart-required", "file")
    form = desk.officer() | {"Idempotency-Key": "12345678", "Content-Type": "multipart/form-data; boundary=x"}
    problem(await desk.http.post("/v1/imports", content=b"no form", headers=form), 422, "form-malformed", "body")
    assert await desk.count("imports") == await desk.count("import_lines") == await desk.count("outbox") == 0


async def test_two_hundred_megabytes_are_refused_at_the_door(desk: Desk):
    sent = 0

    async def body():
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        while sent < 200_000_000:
            sent += 1_000_000
            yield bytes(1_000_000)

    headers = desk.officer() | {"Idempotency-Key": "12345678", "Content-Type": "multipart/form-data; boundary=x"}
    declared = await desk.http.post("/v1/imports", content=b"x", headers=headers | {"Content-Length": "200000000"})
    assert problem(declared, 413, "content-too-large", "body")["limit_bytes"] == MAX_BYTES
    undeclared = await desk.http.post("/v1/imports", content=body(), headers=headers)
    problem(undeclared, 413, "content-too-large", "body")
    assert sent <= MAX_BYTES + 2_000_000


async def test_progress_is_readable_between_chunks_and_another_process_goes_on(desk: Desk, monkeypatch):
    await firms(desk)
    monkeypatch.setattr(runner_module, "CHUNK_ROWS", 20)
    content = table(LAWYERS, *(lawyer(serial) for serial in range(50)))
    accepted = good(await desk.upload(content, "lawyers", headers=desk.licensing_system()), 202)
    seen = []
    while await runner_module.ImportRunner(desk.database).step():
        state = good(await desk.get(f"/v1/imports/{accepted['import_id']}"))
        seen.append((state["state"], state["rows_done"], state["created"]))
    assert seen == [("running", 20, 20), ("running", 40, 40), ("done", 50, 50)]


async def test_a_chunk_that_cannot_succeed_ends_in_failure_and_not_in_a_loop(desk: Desk):
    await firms(desk)
    content = table(LAWYERS, lawyer(1))
    accepted = good(await desk.upload(content, "lawyers", headers=desk.licensing_system()), 202)
    await desk.connection.execute("ALTER TABLE lawyers ADD CONSTRAINT nobody CHECK (false) NOT VALID")
    try:
        for _ in range(runner_module.GIVE_UP_AFTER):
            assert await runner_module.ImportRunner(desk.database).step() is False
        assert good(await desk.get(f"/v1/imports/{accepted['import_id']}"))["state"] == "failed"
        assert await desk.count("import_lines") == 0, "what it said about persons does not stay behind"
    finally:
        await desk.connection.execute("ALTER TABLE lawyers DROP CONSTRAINT nobody")


async def test_killed_in_the_middle_it_goes_on_where_it_was(desk: Desk, registry_dsn, issuer, free_port, tmp_path):
    await firms(desk)
    rows = 12_000
    content = table(LAWYERS, *(lawyer(serial) for serial in range(rows)))
    port = free_port()
    environment = os.environ | {
        "REGISTRY_DATABASE_URL": registry_dsn,
        "REGISTRY_PORT": str(port),
        "OIDC_ISSUER": issuer.url,
        "DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "registry_api", "serve"]
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=nowhere, stderr=nowhere)
    async with held_at(desk.connection, rows // 2):
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                await _until_live(http)
                accepted = await http.post(
                    "/v1/imports",
                    files={"file": ("x.csv", content)},
                    data={"kind": "lawyers"},
                    headers=desk.licensing_system() | {"Idempotency-Key": "killed-in-the-middle"},
                )
                import_id = good(accepted, 202)["import_id"]
                done = 0
                while done == 0:
                    await asyncio.sleep(0.01)  # the other process tells only the database
                    done = await desk.connection.fetchval(
                        "SELECT rows_done FROM imports WHERE import_id = $1", import_id
                    )
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
    assert done < rows
    runner = runner_module.ImportRunner(desk.database)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (state := good(await desk.get(f"/v1/imports/{import_id}")))["state"] != "done":
            if not await runner.step():
                await asyncio.sleep(0.05)  # PostgreSQL has not noticed yet that the killed session is gone
    assert (state["state"], *counts(state)) == ("done", rows, 0, 0, 0, 0)
    assert await desk.count("lawyers") == await desk.count("practices") == await desk.count("public_lawyers") == rows
    licensed = await desk.connection.fetchval(
        "SELECT count(DISTINCT key) FROM outbox WHERE event_type = 'lawyers.registry.lawyer.licensed.v1'"
    )
    assert (
        licensed
        == await desk.connection.fetchval("SELECT count(*) FROM outbox WHERE event_type LIKE '%lawyer%licensed%'")
        == rows
    )


async def _until_live(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                if (await http.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def test_a_head_whom_a_file_moves_leads_the_firm_no_longer(desk: Desk):
    await firms(desk)
    await desk.imported(table(LAWYERS, lawyer(1), lawyer(2)), "lawyers")
    firm = good(await desk.get("/v1/firms", credit_code=ZHENGZHOU[1]))["items"][0]
    head = await desk.connection.fetchval("SELECT lawyer_id FROM lawyers WHERE serial = '000001'")
    path = f"/v1/firms/{firm['firm_id']}"
    await desk.changed(path, {"effective_on": "2026-05-01", "head_id": str(head)}, '"v1"')
    await desk.imported(table(LAWYERS, lawyer(1, firm=LUOYANG), lawyer(2)), "lawyers")
    assert good(await desk.get(path))["head_id"] is None
    assert ("firm.details-changed.v1", 3) in await desk.events()
