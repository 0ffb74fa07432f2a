"""Tables of lawyers by province over HTTP: entered, confirmed, corrected, withdrawn; the rank that follows."""

import io
import random
from datetime import date
from itertools import product
from typing import Any

import orjson
import pytest
import xlsxwriter
from common.auth import ROLES
from common.database import Database
from common.files.tables import read_sheets
from contracts.report_events import NationalFiguresConfirmed
from contracts.statistics import Bound, provinces
from progress_api.statistics.domain import Figure, rank_interval
from progress_api.statistics.store import awaited_table

from tests.integration.progress.national_tables.conftest import Call, Clock, Told

HENAN = "410000"
SOURCE = {
    "year": 2025, "convention": "all-kinds", "title": "2025年度律师工作统计分析", "issuer": "司法部",
    "citation": "司法部2026年6月公布", "published_on": "2026-06-15", "confidence": "high",
}  # fmt: skip


def figures(henan: int = 38000, **others: int) -> list[dict[str, Any]]:
    numbers = dict.fromkeys(provinces(), 1000) | {HENAN: henan} | {f"{c[1:]}0000": n for c, n in others.items()}
    return [{"province": code, "lawyers": number} for code, number in numbers.items()]


def body(**more: Any) -> dict[str, Any]:
    return {**SOURCE, "figures": figures(p51=44000, p44=70000), **more}


def correction(**more: Any) -> dict[str, Any]:
    return {name: value for name, value in body(**more).items() if name not in ("year", "convention")}


async def entered(call: Call, said: dict[str, Any], *, confirm: bool = True) -> str:
    made = (await call("POST", "/statistics", said, expect=201)).json()
    path = f"/statistics/{made['table_id']}"
    if confirm:
        await call("POST", f"{path}/confirmations", {"accept_doubts": True}, by="officer-2", if_match='"v1"')
    return path


async def test_a_table_counts_once_another_officer_has_confirmed_it(call: Call, told: Told) -> None:
    assert (await call("GET", "/indicators/H2", role="plan-reader")).json()["reason"]["code"] == "no-national-table"
    made = await call("POST", "/statistics", body(), expect=201)
    path = f"/statistics/{made.json()['table_id']}"
    assert (made.headers["location"], made.headers["etag"]) == (f"/v1{path}", '"v1"')
    assert made.json()["state"]["code"] == "entered"
    assert made.json()["rank"] | {"zh": "", "en": ""} == {"best": 3, "worst": 3, "certain": True, "zh": "", "en": ""}
    assert await told.events() == []
    # Readers do not see it yet.
    await call("GET", path, role="plan-reader", expect=404)
    assert (await call("GET", "/statistics", role="plan-reader")).json()["items"] == []

    await call("POST", f"{path}/confirmations", {}, expect=428)
    await call("POST", f"{path}/confirmations", {}, if_match='"v2"', expect=412)
    own = await call("POST", f"{path}/confirmations", {}, if_match='"v1"', expect=403)
    assert own.json()["type"].endswith("own-entry")
    done = await call("POST", f"{path}/confirmations", {}, by="officer-2", if_match='"v1"')
    assert (done.json()["state"]["code"], done.headers["etag"]) == ("confirmed", '"v2"')
    [event] = await told.events()
    assert isinstance(event, NationalFiguresConfirmed)
    assert (event.year, event.version, len(event.figures)) == (2025, 1, 31)
    await told.project()

    rank = (await call("GET", "/indicators/H2", role="plan-reader")).json()
    assert (rank["value"], rank["attained"], rank["gap"]) == (3, True, 0)
    evidence = (await call("GET", "/indicators/H2/evidence?limit=50", role="plan-reader")).json()
    assert len(evidence["items"]) == 31
    assert {row["province"] for row in evidence["items"] if row["counted"]} == {"440000", "510000"}
    assert {row["table_id"] for row in evidence["items"]} == {made.json()["table_id"]}
    shown = (await call("GET", path, role="plan-reader")).json()
    assert (shown["confidence"]["code"], shown["published_on"], shown["issuer"]) == ("high", "2026-06-15", "司法部")
    assert shown["versions"] == []  # officers are the department's own matter
    assert [v["confirmed_by"] for v in (await call("GET", path)).json()["versions"]] == ["officer-2"]
    # As of a day before it was published there was none.
    before = await call("GET", "/indicators/H2?as_of=2026-06-14", role="plan-reader")
    assert before.json()["reason"]["code"] == "no-national-table"


async def test_a_bureau_sees_what_the_rank_is_made_of(call: Call, told: Told) -> None:
    await entered(call, body())
    await told.project()
    bureau = {"role": "plan-reader", "organisation_kind": "bureau", "region": "410100"}
    evidence = (await call("GET", "/indicators/H2/evidence", **bureau)).json()
    assert (len(evidence["items"]), evidence["withheld"]) == (31, 0)


async def test_a_correction_is_a_new_version_and_a_withdrawn_table_gives_no_rank(call: Call, told: Told) -> None:
    path = await entered(call, body())
    same = await call("PUT", path, correction(), if_match='"v2"', expect=409)
    assert same.json()["type"].endswith("nothing-changed")
    moved = correction(figures=list(reversed(body()["figures"])))
    await call("PUT", path, moved, if_match='"v2"', expect=409)
    after = await call("PUT", path, correction(figures=figures(p51=30000)), if_match='"v2"')
    assert (after.json()["state"]["code"], after.json()["revision"]) == ("correcting", 2)
    # Until it is confirmed the first version counts, and is what readers see.
    assert (await call("GET", path, role="plan-reader")).json()["rank"]["worst"] == 3
    await call("GET", f"{path}?revision=2", role="plan-reader", expect=404)
    assert len(await told.events()) == 1
    await call("POST", f"{path}/confirmations", {"accept_doubts": True}, by="officer-2", if_match='"v3"')
    await told.project()
    assert (await call("GET", "/indicators/H2")).json()["value"] == 1
    assert (await call("GET", f"{path}?revision=1", role="plan-reader")).json()["confirmed"] is False

    empty = await call("POST", f"{path}/withdrawal", {"reason": ""}, if_match='"v4"', expect=422)
    assert empty.json()["field"] == "reason"
    gone = await call("POST", f"{path}/withdrawal", {"reason": "来源有误"}, if_match='"v4"')
    assert (gone.json()["state"]["code"], gone.json()["rank"]) == ("withdrawn", None)
    assert [event.version for event in await told.events()] == [1, 2, 3]
    await told.project()
    assert (await call("GET", "/indicators/H2")).json()["reason"]["code"] == "no-national-table"
    await call("PUT", path, correction(), if_match='"v5"', expect=409)
    await call("POST", f"{path}/confirmations", {}, by="officer-2", if_match='"v5"', expect=409)


async def test_doubts_are_told_and_accepted_before_it_counts(call: Call, told: Told) -> None:
    said = body(figures=[{"province": "510000", "lawyers": 41272}, {"province": "440000", "lawyers": 7}])
    path = await entered(call, said, confirm=False)
    refused = await call("POST", f"{path}/confirmations", {}, by="officer-2", if_match='"v1"', expect=409)
    # In the order of the provinces, as the table is shown.
    assert [error["field"] for error in refused.json()["errors"]] == ["figures", "figures.0.lawyers"]
    await call("POST", f"{path}/confirmations", {"accept_doubts": True}, by="officer-2", if_match='"v1"')
    await told.project()
    shown = (await call("GET", path, role="plan-reader")).json()
    assert (shown["rank"], [w["code"] for w in shown["warnings"]]) == (None, ["without-henan", "too-small"])
    assert (await call("GET", "/indicators/H2")).json()["reason"]["code"] == "no-national-table"


async def test_the_newest_year_counts_and_other_conventions_do_not(call: Call, told: Told) -> None:
    await entered(call, body(year=2024, published_on="2025-06-01", figures=figures(p44=50000)))
    await entered(call, body(year=2023, published_on="2026-07-01", figures=figures()))
    await entered(call, body(convention="social", figures=figures(henan=2000, p44=9000, p51=9000, p11=9000)))
    await told.project()
    assert (await call("GET", "/indicators/H2")).json()["value"] == 2
    listed = (await call("GET", "/statistics?limit=2", role="plan-reader")).json()
    assert [(t["year"], t["ranks"]) for t in listed["items"]] == [(2025, False), (2024, True)]
    rest = (await call("GET", f"/statistics?limit=2&cursor={listed['next_cursor']}")).json()
    assert ([t["year"] for t in rest["items"]], rest["next_cursor"]) == ([2023], None)
    assert [t["year"] for t in (await call("GET", "/statistics?year=2024")).json()["items"]] == [2024]
    assert len(listed["warnings"]) == 4
    assert "口径" in listed["warnings"][1]["zh"]


async def test_rank_in_the_store_is_the_worst_of_the_interval(call: Call, told: Told, clock: Clock) -> None:
    rng = random.Random(7)
    for number in range(12):
        year = 2000 + number
        clock.on(date(2026, 11, 26))
        rows = [
            Figure(code, rng.randrange(40000, 40004), rng.choice(list(Bound)))
            for code in provinces()
            if code == HENAN or rng.random() < 0.8
        ]
        said = [{"province": f.province, "lawyers": f.lawyers, "bound": f.bound.value} for f in rows]
        await entered(call, body(year=year, published_on=f"{year + 1}-03-01", figures=said))
        await told.project()
        expected = rank_interval(rows)
        assert expected is not None
        assert (await call("GET", "/indicators/H2")).json()["value"] == expected.worst, rows
        evidence = (await call("GET", "/indicators/H2/evidence?limit=50")).json()["items"]
        assert 1 + sum(row["surely_ahead"] for row in evidence) == expected.best, rows


async def test_t2_awaits_the_table_of_2026(call: Call, clock: Clock, database: Database) -> None:
    connection = await database.connect_raw()
    await entered(call, body())
    reason = await awaited_table(connection, date(2026, 11, 26))
    assert reason is not None
    assert reason.code == "awaits-national-table"
    assert "待国家统计发布" in reason.zh
    clock.on(date(2027, 7, 1))
    await entered(call, body(year=2026, published_on="2027-06-20", convention="social"))
    await entered(call, body(year=2026, published_on="2027-06-20", figures=[{"province": "510000", "lawyers": 45000}]))
    assert await awaited_table(connection, date(2027, 7, 1)) is not None
    await entered(call, body(year=2026, published_on="2027-06-20"))
    assert await awaited_table(connection, date(2027, 7, 1)) is None
    assert await awaited_table(connection, date(2027, 6, 19)) is not None
    await connection.close()


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"figures": [{"province": "410000", "lawyers": 1}, {"province": "410000", "lawyers": 1}]},
         ["figures.1.province"]),
        ({"figures": [{"province": "810000", "lawyers": 1}]}, ["figures.0.province"]),
        ({"figures": [{"province": "河南", "lawyers": 1}]}, ["figures.0.province"]),
        ({"figures": [{"province": "410000", "lawyers": 3.5}]}, ["figures.0.lawyers"]),
        ({"figures": [{"province": "410000", "lawyers": "38000"}]}, ["figures.0.lawyers"]),
        ({"figures": [{"province": "410000", "lawyers": -1}]}, ["figures.0.lawyers"]),
        ({"figures": [{"province": "410000", "lawyers": 1, "bound": "about"}]}, ["figures.0.bound"]),
        ({"figures": []}, ["figures"]),
        ({"confidence": "certain"}, ["confidence"]),
        ({"convention": "others"}, ["convention"]),
        ({"citation": "见 https://example.cn/1"}, ["citation"]),
        ({"issuer": "=司法部"}, ["issuer"]),
        ({"published_on": "2025-12-31"}, ["published_on"]),
        ({"published_on": "2026-12-01"}, ["published_on"]),
        ({"published_on": 20260615}, ["published_on"]),
        ({"national_total": 100, "national_bound": "exact"}, ["national_total"]),
        ({"national_total": 100}, ["body"]),
        ({"rank": 5}, ["rank"]),
    ],
)  # fmt: skip
async def test_a_bad_table_is_refused_by_its_field(call: Call, more: dict[str, Any], fields: list[str]) -> None:
    refused = (await call("POST", "/statistics", body(**more), expect=422)).json()
    assert [error["field"] for error in refused["errors"]] == fields
    assert all(error["zh"] and error["en"] for error in refused["errors"])
    assert (await call("GET", "/statistics")).json()["items"] == []


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("统计")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def form(content: bytes, **more: Any) -> dict[str, Any]:
    return {"data": {"table": orjson.dumps({**SOURCE, **more}).decode()}, "files": {"file": ("t", content, XLSX)}}


HEADER = ["序号", "省份", "律师人数", "数据性质", "备注"]


async def test_a_workbook_and_a_text_file_are_taken(call: Call) -> None:
    rows = [
        ["2025年末各省律师人数"], HEADER, [1, "河南省", 38000, "", ""], [2, "四川", "44,000", "精确数", "官方"],
        [3, "广东", 60000, "多", ""], [4, "西藏自治区"], [], ["", "合计", 142000],
    ]  # fmt: skip
    made = (await call("POST", "/statistics/file", expect=201, **form(workbook(rows)))).json()
    assert [(f["province"], f["lawyers"], f["bound"]["code"], f["note"]) for f in made["figures"]] == [
        ("410000", 38000, "exact", None), ("440000", 60000, "more-than", None), ("510000", 44000, "exact", "官方"),
    ]  # fmt: skip
    text = "省份,律师人数\n河南,39000\n四川,44000\n".encode("gb18030")
    source = {name: value for name, value in SOURCE.items() if name not in ("year", "convention")}
    sent = {"data": {"table": orjson.dumps(source).decode()}, "files": {"file": ("t.csv", text, "text/csv")}}
    path = f"/statistics/{made['table_id']}/file"
    after = (await call("POST", path, if_match='"v1"', **sent)).json()
    assert (after["revision"], len(after["figures"])) == (2, 2)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (workbook([HEADER, [1, "河南", 3.8], [2, "火星", 7, "大约"]]), ["统计!C2", "统计!B3", "统计!D3"]),
        (workbook([HEADER, [1, "河南", 38000], [2, "河南省", 38000]]), ["统计!B3"]),
        ("省份,律师人数\n河南,三万".encode(), ["B2"]),
        (f"省份,律师人数\n河南,{'9' * 5000}".encode(), ["B2"]),
        (workbook([["省份", "人数"], ["河南", 1]]), ["file"]),
        (workbook([HEADER]), ["file"]),
        (b"PK\x03\x04broken", ["file"]),
        (b"", ["file"]),
    ],
)
async def test_a_bad_file_is_refused_by_its_cell(call: Call, content: bytes, fields: list[str]) -> None:
    refused = (await call("POST", "/statistics/file", expect=422, **form(content))).json()
    assert [error["field"] for error in refused["errors"]] == fields
    assert (await call("GET", "/statistics")).json()["items"] == []


async def test_a_bad_form_is_refused(call: Call) -> None:
    sheet = workbook([HEADER, [1, "河南", 38000]])
    wrong = await call("POST", "/statistics/file", expect=422, **form(sheet, year="x", figures=[]))
    assert [error["field"] for error in wrong.json()["errors"]] == ["table.year", "table.figures"]
    missing = await call("POST", "/statistics/file", expect=422, files={"file": ("t", sheet, XLSX)})
    assert missing.json()["field"] == "table"
    await call("POST", "/statistics/file", {"year": 2025}, expect=415)


async def test_the_blank_sheet_names_all_units_and_is_read_back(call: Call) -> None:
    blank = (await call("GET", "/statistics/form")).content
    [sheet, notes] = read_sheets(io.BytesIO(blank), most_rows=99)
    assert [row[0] for row in sheet.rows[1:]] == [unit.official_zh for unit in provinces().values()]
    assert len(notes.rows) == 4
    refused = await call("POST", "/statistics/file", expect=422, **form(blank))
    assert refused.json()["type"].endswith("no-rows")


async def test_recalled_values_are_shown_to_nobody(call: Call) -> None:
    answers = [
        (await call("GET", path, role=role)).text
        for path, role in product(("/statistics", "/statistics/baselines"), ("plan-officer", "plan-reader", "operator"))
    ]
    assert "651600" in answers[3]
    assert not any("731600" in answer or '"recalled":true' in answer for answer in answers)


KINDS = ("department", "bureau", "county-bureau", "association", "city-association", "party-committee", "system")
READERS = {"plan-reporter", "plan-officer", "plan-signer", "plan-reader", "registry-officer", "discipline-officer",
           "rights-officer", "operator"}  # fmt: skip


async def test_who_may(call: Call) -> None:
    path = await entered(call, body())
    for role, kind in product(sorted(ROLES), KINDS):
        region = "410100" if kind in ("bureau", "county-bureau", "city-association") else HENAN
        who = {"role": role, "organisation_kind": kind, "region": region}
        # Operators are the department's or a system, everybody else an officer of an organisation.
        has = kind in ("department", "system") if role == "operator" else kind != "system"
        reads = 200 if role in READERS and has else 403
        for read in ("/statistics", path, "/statistics/baselines"):
            await call("GET", read, **who, expect=reads)
        steers = role in ("plan-officer", "plan-signer") and kind == "department"
        await call("GET", "/statistics/form", **who, expect=200 if steers else 403)
        # 422, 428: he may, but sends nothing that could be done.
        await call("POST", "/statistics", body(figures=[]), **who, expect=422)
        await call("POST", "/statistics/file", **who, expect=415 if steers else 403)
        await call("PUT", path, correction(), **who, expect=428 if steers else 403)
        await call("POST", f"{path}/file", **form(b"x"), **who, expect=422 if steers else 403)
        await call("POST", f"{path}/confirmations", {}, **who, expect=428 if steers else 403)
        await call("POST", f"{path}/withdrawal", {"reason": "录错"}, **who, expect=428 if steers else 403)
        if not steers:
            await call("POST", "/statistics", body(), **who, expect=403)
