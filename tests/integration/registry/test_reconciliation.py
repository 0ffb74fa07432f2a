"""The licensing system's export beside the register: each difference one line, with an owner and an end."""

import io

import orjson
from python_calamine import CalamineWorkbook

from .conftest import Desk, good, problem
from .test_imports import FIRMS, LAWYERS, LUOYANG, ZHENGZHOU, firms, lawyer, table

SETTLED = {"outcome": "explained", "reason": "in-procedure"}


async def run(desk: Desk, *rows, kind: str = "lawyers", header=LAWYERS) -> dict:
    content = table(header, *rows)
    return good(await desk.upload(content, kind, path="/v1/reconciliations", headers=desk.licensing_system()), 201)


async def lines(desk: Desk, headers=None, **filters) -> list[dict]:
    return good(await desk.get("/v1/reconciliations/lines", headers, **filters))["items"]


async def settle(desk: Desk, line: dict, headers=None, **body):
    path = f"/v1/reconciliations/lines/{line['line_id']}/settle"
    return await desk.post(path, SETTLED | body, headers=headers)


async def test_only_here_only_there_different_and_equal(desk: Desk):
    await firms(desk)
    await desk.imported(table(LAWYERS, *(lawyer(serial) for serial in (1, 2, 3, 4))), "lawyers")
    ended_there, unknown_and_ended = lawyer(4, 执业状态="注销"), lawyer(8, 执业状态="注销")
    army = lawyer(7, 执业证号="14101201290000007", 执业类别="军队律师")
    rows = [lawyer(1), lawyer(2, 首次执业日期="2012-04-01"), lawyer(9, firm=LUOYANG), ended_there, unknown_and_ended]
    done = await run(desk, *rows, lawyer(6, 地区="商州"), army)
    counted = {"here": 4, "there": 3, "equal": 1, "only_here": 1, "only_there": 1, "different": 2, "unreadable": 1}
    assert {name: done[name] for name in counted} == counted
    found = {(line["difference"], line["field"]): line for line in await lines(desk)}
    assert {key: (line["number"], line["region"]) for key, line in found.items()} == {
        ("only-here", None): (lawyer(3)[1], "410100"),
        ("only-there", None): (lawyer(9, firm=LUOYANG)[1], "410300"),
        ("different", "first_licensed_on"): (lawyer(2)[1], "410100"),
        ("different", "licence"): (lawyer(4)[1], "410100"),
        ("unreadable", "地区"): (lawyer(6)[1], "410000"),
    }
    dated = found["different", "first_licensed_on"]
    assert (dated["here"], dated["there"]) == ("2012-03-01", "2012-04-01")
    assert await desk.count("lawyers") == 4, "a reconciliation changes nothing"


async def test_a_mover_with_his_old_or_new_number_is_the_same_person(desk: Desk):
    await firms(desk)
    await desk.imported(table(LAWYERS, lawyer(1), lawyer(2)), "lawyers")
    await desk.imported(table(LAWYERS, lawyer(1, firm=LUOYANG)), "lawyers")
    await run(desk, lawyer(1), lawyer(2, firm=LUOYANG))
    found = await lines(desk)
    assert {line["difference"] for line in found} == {"different"}
    assert sorted(line["field"] for line in found) == sorted(["licence_number", "region", "credit_code_of_firm"] * 2)


async def test_the_event_tells_numbers_only(desk: Desk):
    await firms(desk)
    done = await run(desk, lawyer(1))
    raw = await desk.connection.fetchval("SELECT bytes FROM outbox WHERE event_type LIKE '%reconciliation%'")
    event = orjson.loads(raw)
    assert event["subject"] == done["reconciliation_id"]
    assert {name: event["data"][name] for name in ("kind", "reconciled_on", "here", "there", "only_there")} == {
        "kind": "lawyers", "reconciled_on": "2026-06-10", "here": 0, "there": 1, "only_there": 1,
    }  # fmt: skip


async def test_a_line_goes_on_over_the_runs_that_find_it(desk: Desk):
    await firms(desk)
    first = await run(desk, lawyer(1), lawyer(2))
    assert (first["lines_new"], first["lines_continued"], first["lines_disappeared"]) == (2, 0, 0)
    one, two = sorted(await lines(desk), key=lambda line: line["number"])
    assert good(await settle(desk, one))["state"] == "settled"
    assert good(await settle(desk, two, outcome="corrected-here", reason="late-here"))["outcome"] == "corrected-here"
    desk.on("2026-06-15")
    again = await run(desk, lawyer(1), lawyer(2), lawyer(3))
    assert (again["lines_new"], again["lines_continued"]) == (1, 2)
    assert [line["state"] for line in sorted(await lines(desk), key=lambda line: line["number"])] == [
        "settled", "settled", "open",
    ]  # fmt: skip
    desk.on("2026-06-20")
    await desk.imported(table(LAWYERS, lawyer(3)), "lawyers", headers=desk.licensing_system())
    last = await run(desk, lawyer(1), lawyer(2), lawyer(3))
    assert last["lines_disappeared"] == 1
    told = sorted(await lines(desk), key=lambda line: line["number"])
    assert [(line["state"], line["reopened"]) for line in told] == [("settled", 0), ("open", 1), ("disappeared", 0)]
    assert [line["found_first_on"] for line in told] == ["2026-06-10", "2026-06-10", "2026-06-15"]
    problem(await settle(desk, told[2]), 409, "line-not-open")
    problem(await settle(desk, told[1], reason="other"), 422, "note-required", "note")
    desk.on("2027-01-10")
    await run(desk, lawyer(1), lawyer(2), lawyer(3))
    assert len(await lines(desk)) == 2, "what has long disappeared names nobody any more"


async def test_each_organ_sees_and_settles_its_own(desk: Desk):
    await firms(desk)
    await run(desk, lawyer(1), lawyer(2, firm=LUOYANG))
    zhengzhou, luoyang = desk.officer("bureau", "410100"), desk.officer("bureau", "410300")
    (mine,) = await lines(desk, zhengzhou)
    assert mine["region"] == "410100"
    problem(await settle(desk, mine, luoyang), 403, "forbidden")
    problem(await desk.get("/v1/reconciliations/lines", luoyang, region="410100"), 403, "forbidden")
    assert good(await settle(desk, mine, zhengzhou, note="正在办理"))["note"] == "正在办理"
    latest = good(await desk.get("/v1/reconciliations/latest", zhengzhou))
    assert [(count["region"], count["difference"], count["lines"]) for count in latest["counts"]] == [
        ("410100", "only-there", 1)
    ]
    refused = await desk.upload(table(LAWYERS, lawyer(1)), "lawyers", path="/v1/reconciliations", headers=zhengzhou)
    problem(refused, 403, "forbidden")
    assert len(good(await desk.get("/v1/reconciliations", zhengzhou))["items"]) == 1
    problem(await desk.get("/v1/reconciliations/latest", kind="firms"), 404, "not-found")


async def test_firms_and_the_workbook(desk: Desk):
    await firms(desk)
    renamed = ["郑州新所", *ZHENGZHOU[1:]]
    done = await run(desk, renamed, LUOYANG, kind="firms", header=FIRMS)
    assert (done["equal"], done["different"], done["only_here"]) == (1, 1, 1)
    answer = await desk.get("/v1/reconciliations/lines", format="xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert len(book.sheet_names) == 4
    changed = book.get_sheet_by_name("内容不一致 different").to_python()
    assert changed[1][:6] == ["郑州市", ZHENGZHOU[1], "郑州所", "姓名或名称 name", "郑州所", "郑州新所"]
    assert book.get_sheet_by_name("仅登记有 only-here").to_python()[1][2] == "郑州所洛阳分所"
    declared = desk.http._transport.app.openapi()["paths"]["/v1/reconciliations/lines"]["get"]["responses"]["200"]
    assert answer.headers["content-type"] in declared["content"]
