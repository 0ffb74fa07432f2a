"""Documents with targets of regions: entered as a whole, confirmed by a second officer, replaced, read for a day."""

import io
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
import xlsxwriter
from common.database import Database
from contracts.regions import REGIONS
from fastapi import FastAPI
from progress_api.decompositions.store import region_targets_on

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import Facts
from tests.integration.progress.plan_officers import (
    CITY_STEERING,
    DEPARTMENT,
    DIVISION,
    KAIFENG,
    LAWYER,
    READER,
    SECOND,
    ZHENGZHOU,
    Ask,
    Officer,
    asking,
)

HEAD = {"number": "豫司文〔2024〕9号", "issuer": "河南省司法厅", "issued_on": "2024-03-01", "from_on": "2024-04-01"}
XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def lawyers(each: float, **named: float) -> list[dict[str, Any]]:
    return [
        {"indicator_id": "H1", "region": code, "op": ">=", "value": named.get(f"r{code}", each)} for code in REGIONS
    ]


@pytest.fixture
async def ask(app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts) -> AsyncIterator[Ask]:
    yield asking(app, client, issuer)
    await facts.connection.execute("TRUNCATE public.region_target_documents CASCADE")


async def issued(ask: Ask, targets: list[dict[str, Any]], **head: str) -> dict[str, Any]:
    entered = await ask("POST /region-targets", HEAD | head | {"targets": targets}, expect=201)
    where = f"POST /region-targets/documents/{entered['document_id']}/confirmation"
    confirmed: dict[str, Any] = await ask(where, who=SECOND, expect=201, if_match='"v1"')
    return confirmed


async def held(ask: Ask, as_of: str, who: Officer = DEPARTMENT) -> dict[str, Any]:
    shown = await ask(f"GET /region-targets?as_of={as_of}", who=who)
    return {item["indicator_id"]: item for item in shown["indicators"]}


async def test_a_document_holds_once_a_second_officer_has_confirmed_it(ask: Ask, facts: Facts) -> None:
    entered = await ask("POST /region-targets", HEAD | {"targets": lawyers(2500)}, expect=201)
    assert entered["state"] == "entered"
    assert await held(ask, "2024-04-01") == {}
    where = f"POST /region-targets/documents/{entered['document_id']}/confirmation"
    own = await ask(where, expect=403, if_match='"v1"')
    assert own["type"].endswith("own-entry")
    await ask(where, who=SECOND, expect=428)
    await ask(where, who=SECOND, expect=412, if_match='"v7"')
    assert (await ask(where, who=SECOND, expect=201, if_match='"v1"'))["state"] == "confirmed"
    await ask(where, who=SECOND, expect=409, if_match='"v2"')
    assert await held(ask, "2024-03-31") == {}
    found = (await held(ask, "2024-04-01"))["H1"]
    assert len(found["targets"]) == 18
    assert found["targets"][0]["source"]["number"] == HEAD["number"]
    assert found["targets"][0]["evidence"] == "/v1/indicators/H1/evidence?region=410100&as_of=2024-04-01"
    assert (found["sum"]["total"], found["sum"]["bound"], found["sum"]["difference"]) == (45_000, 45_000, 0)
    rows = await facts.connection.fetch("SELECT event_type, entity_version FROM public.outbox")
    assert [tuple(row) for row in rows] == [("lawyers.progress.region-targets.issued.v1", 1)]


@pytest.mark.parametrize(
    ("zhengzhou", "difference", "said"),
    [(2499, -1, "少 1"), (2500, 0, "一致"), (2501, 1, "多 1"), (20_000, 17_500, "多 17500")],
)
async def test_a_shortfall_or_excess_is_shown_not_refused(ask: Ask, zhengzhou: int, difference: int, said: str) -> None:
    await issued(ask, lawyers(2500, r410100=zhengzhou))
    found = (await held(ask, "2026-01-01"))["H1"]["sum"]
    assert (found["difference"], found["province_target"]) == (difference, "T1")
    assert said in found["zh"]


async def test_more_than_counts_from_the_next_whole_and_what_is_asked_of_each_is_compared_with_each(ask: Ask) -> None:
    firms = [{"indicator_id": "M05-I1", "region": code, "op": ">", "value": 2} for code in list(REGIONS)[:14]]
    each = [{"indicator_id": "W1-I1", "region": "410100", "op": ">=", "value": 2}]
    shares = [{"indicator_id": "M12-I3", "region": "410100", "op": ">=", "value": 99.5}]
    await issued(ask, [*firms, *each, *shares])
    found = await held(ask, "2026-01-01")
    # 14 regions with more than 2: at least 42 firms, beside the plan's more than 40.
    assert (found["M05-I1"]["sum"]["total"], found["M05-I1"]["sum"]["bound"]) == (42, 41)
    assert len(found["M05-I1"]["sum"]["regions_without"]) == 4
    assert found["W1-I1"]["sum"]["regions_below"] == ["410100"]
    assert (found["W1-I1"]["sum"]["bound"], found["M12-I3"]["sum"]["total"]) == (None, None)


async def test_a_later_document_replaces_an_indicator_and_a_withdrawn_one_holds_no_longer(
    ask: Ask, facts: Facts, database: Database
) -> None:
    firms = {"indicator_id": "M05-I1", "region": "410100", "op": ">", "value": 30}
    await issued(ask, [*lawyers(2500), firms])
    later = {"number": "豫司文〔2025〕2号", "issued_on": "2025-01-10", "from_on": "2025-02-01"}
    second = await issued(ask, lawyers(2600)[:17], **later)
    before, after = await held(ask, "2025-01-31"), await held(ask, "2025-02-01")
    assert (before["H1"]["targets"][0]["value"], after["H1"]["targets"][0]["value"]) == (2500, 2600)
    assert (len(before["H1"]["targets"]), len(after["H1"]["targets"])) == (18, 17)
    assert after["M05-I1"]["targets"][0]["value"] == 30
    path = f"POST /region-targets/documents/{second['document_id']}/withdrawal"
    await ask(path, {"reason": "重新分解", "on": "2199-01-01"}, expect=422, if_match='"v2"')
    await ask(path, {"reason": "重新分解", "on": "2025-06-01"}, expect=201, if_match='"v2"')
    assert (await held(ask, "2025-05-31"))["H1"]["targets"][0]["value"] == 2600
    assert (await held(ask, "2025-06-01"))["H1"]["targets"][0]["value"] == 2500
    told = await facts.connection.fetchval("SELECT count(*) FROM public.outbox WHERE key = $1", second["document_id"])
    assert told == 2
    pool = await database.pool()
    async with pool.acquire() as connection:
        targets = await region_targets_on(connection, date(2025, 3, 1))
    assert len(targets) == 18
    [mine] = [item for item in targets if item.indicator_id == "M05-I1"]
    assert (mine.attained(30), mine.attained(31)) == (False, True)


@pytest.mark.parametrize("who", [DIVISION, ZHENGZHOU, CITY_STEERING, READER, LAWYER])
async def test_only_the_department_enters_and_confirms(ask: Ask, who: Officer) -> None:
    body = HEAD | {"targets": lawyers(2500)}
    await ask("POST /region-targets", body, who=who, expect=403)
    entered = await ask("POST /region-targets", body, expect=201)
    where = f"/region-targets/documents/{entered['document_id']}"
    await ask(f"GET {where}", who=who, expect=403)
    await ask(f"POST {where}/confirmation", who=who, expect=403, if_match='"v1"')
    gone = {"reason": "重新分解", "on": "2024-04-01"}
    await ask(f"POST {where}/withdrawal", gone, who=who, expect=403, if_match='"v1"')


async def test_a_region_reads_its_own_target(ask: Ask) -> None:
    await issued(ask, lawyers(2500))
    found = (await held(ask, "2026-01-01", KAIFENG))["H1"]
    assert ([item["region"] for item in found["targets"]], found["sum"]) == (["410200"], None)
    await ask("GET /region-targets", who=LAWYER, expect=403)


def workbook(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("目标分解")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


TOP: list[list[object]] = [
    ["2024—2026年目标分解表"],
    ["文号", "豫司文〔2024〕9号"],
    ["发文机关：", "河南省司法厅"],
    ["发文日期", "2024-03-01"],
    ["施行日期", "2024-04-01"],
    [],
    ["序号", "指标编号", "地区", "要求", "目标值"],
]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_a_table_is_the_same_document(ask: Ask, kind: str) -> None:
    rows = [*TOP, [1, "H1", "郑州市", "不少于", 20_000], [2, "M05-I1", "410100", "超过", 30], ["", "", "", "", ""]]
    if kind == "xlsx":
        content, headers = workbook(rows), XLSX
    else:
        text = "\r\n".join(",".join(str(cell) for cell in row) for row in rows)
        content, headers = text.encode("gb18030"), {"Content-Type": "text/csv"}
    entered = await ask("POST /region-targets/files", content=content, headers=headers, expect=201)
    assert (entered["number"], entered["issuer"], entered["from_on"]) == (
        "豫司文〔2024〕9号", "河南省司法厅", "2024-04-01",
    )  # fmt: skip
    assert [(item["indicator_id"], item["op"], item["value"]) for item in entered["targets"]] == [
        ("H1", ">=", 20_000),
        ("M05-I1", ">", 30),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ([1, "H9", "郑州市", "不少于", 5], "rows.9.indicator_id"),
        ([1, "H2", "郑州市", "不超过", 5], "rows.9.indicator_id"),
        ([1, "H1", "信陵市", "不少于", 5], "rows.9.region"),
        ([1, "H1", "开封市", "约", 5], "rows.9.op"),
        ([1, "H1", "开封市", "不少于", "五千"], "rows.9.value"),
        ([1, "H1", "开封市", "不少于", -1], "rows.9.value"),
        ([1, "H1", "开封市", "不少于", "nan"], "rows.9.value"),
        ([1, "H1", "郑州市", "不少于", 5], "rows.9.region"),
    ],
)
async def test_one_bad_cell_is_named_and_nothing_is_written(
    ask: Ask, facts: Facts, row: list[object], field: str
) -> None:
    rows = [*TOP, [1, "H1", "郑州市", "不少于", 20_000], row]
    problem = await ask("POST /region-targets/files", content=workbook(rows), headers=XLSX, expect=422)
    assert (problem["field"], [fault["field"] for fault in problem["errors"]]) == (field, [field])
    assert await facts.connection.fetchval("SELECT count(*) FROM public.region_target_documents") == 0


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "file"),
        (b"PK\x03\x04 broken", "file"),
        ("只有一行".encode(), "file"),
        (workbook([*TOP[:3], *TOP[6:], [1, "H1", "郑州市", "不少于", 5]]), "issued_on"),
        (workbook(TOP), "targets"),
        (
            "文号,豫司文〔2026〕1号\n发文机关,河南省司法厅\n发文日期,0001-01-01\n施行日期,0001-01-02\n"
            "指标编号,地区,要求,目标值\nH1,郑州市,不少于,5\n".encode(),
            "issued_on",
        ),
    ],
)
async def test_a_file_that_is_no_document_is_refused(ask: Ask, content: bytes, field: str) -> None:
    assert (await ask("POST /region-targets/files", content=content, headers=XLSX, expect=422))["field"] == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"targets": []}, "targets"),
        ({"from_on": "2024-02-01"}, "from_on"),
        ({"issued_on": "2199-01-01", "from_on": "2199-01-01"}, "issued_on"),
        ({"number": "x"}, "number"),
        ({"targets": [{"indicator_id": "H1", "region": "410000", "op": ">=", "value": 1}]}, "targets.0.region"),
        ({"targets": [{"indicator_id": "H1", "region": "410100", "op": "=", "value": 1}]}, "targets.0.op"),
        ({"targets": [{"indicator_id": "H1", "region": "410100", "op": ">=", "value": -1}]}, "targets.0.value"),
        ({"targets": [{"indicator_id": "X", "region": "410100", "op": ">=", "value": 1}]}, "targets.0.indicator_id"),
        ({"targets": lawyers(1)[:1] * 2}, "targets.1.region"),
    ],
)
async def test_a_bad_body_names_its_field(ask: Ask, facts: Facts, change: dict[str, Any], field: str) -> None:
    problem = await ask("POST /region-targets", HEAD | {"targets": lawyers(1)} | change, expect=422)
    assert problem["field"] == field
    assert await facts.connection.fetchval("SELECT count(*) FROM public.region_targets") == 0


async def test_a_document_is_entered_once_until_it_is_withdrawn(ask: Ask) -> None:
    body = HEAD | {"targets": lawyers(2500)}
    first = await ask("POST /region-targets", body, expect=201)
    again = await ask("POST /region-targets", body, expect=409)
    assert (again["field"], again["type"]) == ("number", "urn:yulu:problem:document-known")
    path = f"POST /region-targets/documents/{first['document_id']}/withdrawal"
    await ask(path, {"reason": "录入有误", "on": "2024-04-01"}, expect=201, if_match='"v1"')
    await ask("POST /region-targets", body, expect=201)
    listed = (await ask("GET /region-targets/documents"))["items"]
    assert [item["state"] for item in listed] == ["entered", "withdrawn"]
