"""A bureau's file: checked, imported, imported again, and not lost when the process dies in the middle."""

import csv
import io

import asyncpg
import httpx
import pytest

from tests.journeys.actors import eventually
from tests.journeys.ledger import run
from tests.journeys.made_up import csv_of, lawyer_row, licence_number
from tests.support.imports import held_at

pytestmark = pytest.mark.usefixtures("quiet")


def _bad_rows(firm):
    """Each with one thing wrong: column, value."""
    unknown, military = lawyer_row(firm), lawyer_row(firm)
    unknown[5] = "石家庄市"
    military[1], military[2] = licence_number(category=9), "军队"
    short = lawyer_row(firm, number=licence_number()[:-1])
    code = lawyer_row(firm)
    code[4] = code[4][:-1] + ("A" if code[4][-1] != "A" else "B")
    nameless = lawyer_row(firm)
    nameless[0] = ""
    return {
        "地区": (unknown, "石家庄市"), "执业类别": (military, "军队"), "执业证号": (short, short[1]),
        "统一社会信用代码": (code, code[4]), "姓名": (nameless, ""),
    }  # fmt: skip


def test_bad_rows_are_reported_good_rows_go_in_and_the_same_file_again_changes_nothing(zhengzhou, department, written):
    firm = zhengzhou.registers_firm()
    bad = _bad_rows(firm)
    good = [lawyer_row(firm) for _ in range(20)]
    rows = [*good[:10], *(row for row, _ in bad.values()), *good[10:]]
    before, state = department.value("H1"), written()

    tried = zhengzhou.imports(csv_of(rows), dry_run="true")
    assert (tried["created"], tried["errors"]) == (20, 5), _report(zhengzhou, tried)
    assert _register(written()) == _register(state), "a dry run changes nothing and tells nothing"

    done = zhengzhou.imports(csv_of(rows))
    assert (done["created"], done["errors"], done["rows_done"]) == (20, 5, 25)
    report = [line for line in _report(zhengzhou, done) if line["severity"] == "error"]
    # The header is row 1.
    assert {line["row"]: (line["column"], line["value"]) for line in report} == {
        12 + index: (column, value) for index, (column, (_, value)) in enumerate(bad.items())
    }
    assert all(line["reason_zh"] and line["reason_en"].isascii() for line in report)
    saved = zhengzhou.get("registry", f"/v1/imports/{done['import_id']}/report", format="csv")
    lines = list(csv.reader(io.StringIO(saved.content.decode("utf-8-sig"))))
    errors = [(line[0], line[2], line[3]) for line in lines[1:] if line[1] == "错误 error"]
    assert errors == [(str(line["row"]), line["column"], line["value"] or "") for line in report]
    eventually(lambda: department.value("H1") == before + 20)

    state = written()
    again = zhengzhou.imports(csv_of(rows))
    assert (again["created"], again["changed"], again["unchanged"], again["errors"]) == (0, 0, 20, 5)
    assert _register(written()) == _register(state), "nothing changed, so nothing is told"
    assert department.value("H1") == before + 20


def _report(reader, imported):
    return reader.read("registry", f"/v1/imports/{imported['import_id']}/report", limit=200)["items"]


def _register(state):
    """Of the registry all but its notes about imports, and the search index, which follows in its own time."""
    notes = ("import", "idempotency_keys", "search_")
    return {t: n for t, n in state.items() if t.startswith("registry") and not any(note in t for note in notes)}


def test_only_those_who_practise_count(zhengzhou, department):
    firm = zhengzhou.registers_firm()
    before = department.value("H1")
    done = zhengzhou.imports(csv_of(lawyer_row(firm, status=s) for s in ("执业", "注销", "执业", "吊销", "停止执业")))
    practising = sum(
        item["licensed"] for item in department.read("registry", "/v1/lawyers", firm_id=firm["firm_id"])["items"]
    )
    assert done["errors"] == 0 or practising <= done["created"]
    eventually(lambda: department.value("H1") == before + practising)
    assert practising in (2, 3), _report(zhengzhou, done)


def test_an_import_outlives_the_death_of_its_process_and_counts_nobody_twice(zhengzhou, department, system):
    firms = [zhengzhou.registers_firm() for _ in range(4)]
    before = department.value("H1")
    rows = [lawyer_row(firms[n % 4]) for n in range(9_000)]
    accepted = zhengzhou.uploads(csv_of(rows))
    assert accepted.status_code == 202, accepted.text
    path = f"/v1/imports/{accepted.json()['import_id']}"
    eventually(lambda: zhengzhou.read("registry", path)["state"] == "checked")
    assert department.value("H1") == before, "a check changes nothing"
    run(_killed_in_the_middle(system, path, zhengzhou, accepted.json()["import_id"], len(rows)))

    def answers_again():
        try:
            return zhengzhou.get("registry", "/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    eventually(answers_again)
    done = zhengzhou.import_ended(accepted.json()["import_id"])
    assert (done["created"], done["errors"], done["rows_done"]) == (9_000, 0, 9_000)
    eventually(lambda: department.value("H1") == before + 9_000)
    assert department.read("registry", f"/v1/firms/{firms[0]['firm_id']}")["practising_lawyers"] == 2_250


async def _killed_in_the_middle(system, path, officer, import_id, rows):
    connection = await asyncpg.connect(system.dsn("registry"))
    try:
        async with held_at(connection, rows // 2):
            officer.approves_import(import_id)
            progress = eventually(lambda: officer.read("registry", path)["rows_done"])
            assert progress < rows
            victim = system.process("registry-api")
            victim.kill()
            victim.wait(60)
    finally:
        await connection.close()
