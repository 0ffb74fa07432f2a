"""After the freeze: what lies inside the plan is refused, late facts make an addendum, the freeze stays as it is."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from common.feed import sm3
from contracts.statistics import provinces
from progress_api.freezes import check_open
from progress_api.refusals import Refused
from progress_api.reporting.timers import open_reports

from tests.integration.progress.closing.officers import DRAFTER, LAST_DAY, PLAN, REVIEWER, SIGNER, Desk
from tests.integration.progress.facts import ZHENGZHOU, Facts
from tests.integration.progress.readers import BUREAU

DOCUMENT = "豫司统〔2027〕9号"
LATE = f"指标编号,地区,报告期,数值,基数,达成日期,文号\r\nM18-I3,开封市,2026H2,7,,,{DOCUMENT}".encode()
REPORTER = {"roles": ["plan-reporter"], "subject": "reporter", **BUREAU, "organisation_id": "bureau-410100"}
PAPER = {"number": "豫司文〔2026〕9号", "issuer": "河南省司法厅", "dated_on": "2026-12-01"}


async def back_fill(desk: Desk, query: str = "", *, expect: int) -> dict[str, Any]:
    answer = await desk.call(
        "POST", f"/backfills{query}", DRAFTER, content=LATE, headers={"Content-Type": "text/csv"}, expect=expect
    )
    found: dict[str, Any] = answer.json()
    return found


async def test_every_room_refuses_what_lies_inside_the_frozen_plan(desk: Desk) -> None:
    await open_reports(desk.database, desk.hands.now)
    [line] = (await desk.call("GET", "/reports?period=2026H2", REPORTER, expect=200)).json()["items"]
    assert line["plan_id"] == PLAN
    milestone = {"title": "制定", "due_on": "2027-06-30", "document": PAPER}
    made = await desk.call("POST", "/deliverables/M12-D1/milestones", DRAFTER, body=milestone, expect=201)
    at = f"/deliverables/M12-D1/milestones/{made.json()[0]['milestone_id']}"
    await desk.frozen()
    evidence = {"kind": "document", "document_number": "豫司文〔2026〕8号", "document_issuer": "河南省司法厅"}
    targets = {"targets": [{"indicator_id": "H1", "region": ZHENGZHOU, "op": ">=", "value": 1}]}
    head = {"number": "豫司文〔2026〕7号", "issuer": "河南省司法厅", "issued_on": "2026-12-01", "from_on": "2026-12-01"}
    choice = {
        "parameter": "count_branch_as_firm", "value": "true", "from_on": "2026-12-31",
        "document_number": DOCUMENT, "document_issuer": "河南省司法厅", "document_date": "2026-12-01",
    }  # fmt: skip
    light = {"of": "measure", "id": "M05", "colour": "red", "reason": "进度滞后", "from_on": "2026-12-31"}
    owner = {"organ_kind": "department", "organ_name": "河南省司法厅", "from_on": "2026-12-31"}
    draft = {"items": {}, "filled_by": "甲", "checked_by": "乙", "responsible": "丙"}
    refused: tuple[tuple[str, str, dict[str, Any], Any, int | None], ...] = (
        ("PUT", f"/reports/{line['report_id']}/draft", REPORTER, draft, 1),
        ("POST", "/deliverables/M12-D1/milestones", DRAFTER, milestone, None),
        ("POST", f"{at}/versions", DRAFTER, milestone | {"reason": "更正"}, 1),
        ("POST", f"{at}/cancellation", DRAFTER, {"reason": "不再需要", "document": PAPER}, 1),
        ("POST", "/deliverables/M12-D1/evidence", DRAFTER, evidence | {"dated_on": "2026-12-31"}, None),
        ("POST", "/deliverables/M12-D1/states", DRAFTER, {"state": "planned", "on": "2026-12-31"}, 1),
        ("POST", "/deliverables/M12-D1/owner", DRAFTER, owner, 1),
        ("POST", "/region-targets", DRAFTER, head | targets, None),
        ("POST", "/readings/choices", DRAFTER, choice, None),
        ("POST", "/lights/declarations", DRAFTER, light, None),
    )
    for method, path, who, body, version in refused:
        answer = await desk.call(method, path, who, version=version, body=body, expect=409)
        assert answer.json()["type"] == "urn:yulu:problem:plan-frozen", path
    assert (await back_fill(desk, expect=409))["type"] == "urn:yulu:problem:plan-frozen"
    # What is of later days goes on.
    await desk.call("POST", "/lights/declarations", DRAFTER, body=light | {"from_on": "2027-01-01"}, expect=201)


async def test_a_late_number_reaches_an_addendum_and_never_the_freeze(desk: Desk) -> None:
    await back_fill(desk, "?late=true", expect=409)  # nothing is late yet
    assert (await desk.draft("/addenda", expect=409))["type"].endswith("plan-not-frozen")
    freeze = await desk.frozen()
    assert (await desk.draft("/addenda", expect=409))["type"].endswith("nothing-late")
    before, published = await desk.kept(), (await desk.call("GET", f"/closing/{PLAN}/report.json", expect=200)).content
    desk.hands.on(date(2027, 3, 1))
    done = await back_fill(desk, "?late=true", expect=201)
    assert (done["late"], done["confirmed"]) == (True, 1)
    await desk.project()
    told = (await desk.call("GET", f"/closing/{freeze['closing_id']}/differences", DRAFTER, expect=200)).json()
    changed = {(each["id"], each["region"]): each for each in told["items"] if each["of"] == "indicator"}
    assert (changed["M18-I3", "410200"]["was"], changed["M18-I3", "410200"]["now"]) == (None, 7)
    assert changed["M18-I3", None]["now"] == 47
    assert changed["M18-I3", "410200"]["records"] == "/v1/indicators/M18-I3/evidence?as_of=2026-12-31&region=410200"
    addendum = await desk.draft("/addenda")
    for form in ("json", "pdf"):
        await desk.call("GET", f"/closing/{PLAN}/addenda/1.{form}", expect=404)
    signed = await desk.sign(addendum)
    assert (signed["kind"], signed["number"]) == ("addendum", 1)
    public = await desk.call("GET", f"/closing/{PLAN}/addenda/1.json", expect=200)
    assert sm3(public.content).hex() == signed["report_digest_sm3"]
    shown = orjson.loads(public.content)
    assert (shown["freeze_digest"], shown["freeze_number"]) == (freeze["digest_sm3"], freeze["document_number"])
    assert {(each["id"], each["region"]) for each in shown["differences"] if each["of"] == "indicator"} == {
        ("M18-I3", None)
    }
    assert (await desk.call("GET", f"/closing/{PLAN}/addenda/1.docx", expect=200)).content.startswith(b"PK")
    [event] = await desk.events("plan-addendum.signed.v1")
    assert (event["number"], event["digest"]) == (1, addendum["digest_sm3"])
    assert await desk.kept() == before
    assert (await desk.call("GET", f"/closing/{PLAN}/report.json", expect=200)).content == published
    assert (await desk.draft("/addenda", expect=409))["type"].endswith("nothing-late")
    found = (await desk.call("GET", f"/closing/{PLAN}/published", expect=200)).json()
    assert [each["number"] for each in found["addenda"]] == [1]


async def rank_table(desk: Desk, year: int, published_on: date, henan: int, table: UUID) -> None:
    await desk.connection.execute("INSERT INTO national_tables VALUES ($1, 1, $2, $3)", table, year, published_on)
    await desk.connection.executemany(
        "INSERT INTO national_figures VALUES ($1, 1, $2, $3, $4, $5, 'exact')",
        [(table, year, published_on, code, henan if code == "410000" else n) for n, code in enumerate(provinces(), 1)],
    )


async def test_the_national_table_of_the_last_year_decides_the_rank_in_an_addendum(desk: Desk) -> None:
    await rank_table(desk, 2025, date(2026, 6, 1), 50_000, uuid4())
    freeze = await desk.frozen()
    frozen = (await desk.call("GET", f"/closing/{PLAN}/report.json", expect=200)).json()
    verdict = next(line for line in frozen["targets"] if line["target"] == "T2")
    assert (verdict["outcome"], verdict["reason"]["code"]) == ("not-decidable", "T-AWAITS-TABLE")
    desk.hands.on(date(2027, 7, 1))
    await rank_table(desk, 2026, date(2027, 6, 1), 0, uuid4())
    found = (await desk.call("GET", f"/closing/{freeze['closing_id']}/differences", DRAFTER, expect=200)).json()
    changed = {(each["of"], each["id"]): each for each in found["items"]}
    assert (changed["indicator", "H2"]["was"], changed["indicator", "H2"]["now"]) == (1, 31)
    assert changed["indicator", "H2"]["records"].endswith("as_of=2027-06-01")
    assert (changed["target", "T2"]["was"], changed["target", "T2"]["now"]) == ("not-decidable", "not-attained")
    # A table of a later year says nothing of the plan's last one.
    await rank_table(desk, 2027, date(2028, 6, 1), 50_000, uuid4())
    desk.hands.on(date(2028, 7, 1))
    again = (await desk.call("GET", f"/closing/{freeze['closing_id']}/differences", DRAFTER, expect=200)).json()
    assert again["items"] == found["items"]
    signed = await desk.sign(await desk.draft("/addenda"))
    shown = (await desk.call("GET", f"/closing/{PLAN}/addenda/{signed['number']}.json", expect=200)).json()
    assert ("target", "T2") in {(each["of"], each["id"]) for each in shown["differences"]}


async def test_addenda_count_and_the_newest_holds_all(desk: Desk) -> None:
    freeze = await desk.frozen()
    facts = Facts(desk.connection)
    for n in (1, 2):
        await facts.practice(from_on=date(2026, 12, 1))  # entered late
        signed = await desk.sign(await desk.draft("/addenda"))
        assert signed["number"] == n
        shown = (await desk.call("GET", f"/closing/{signed['closing_id']}", DRAFTER, expect=200)).json()
        lawyers = next(each for each in shown["record"]["differences"] if (each["id"], each["region"]) == ("H1", None))
        assert (lawyers["was"], lawyers["now"]) == (33, 33 + n)
    assert (await desk.call("GET", f"/closing/{freeze['closing_id']}", DRAFTER, expect=200)).json()["version"] == 3


async def test_an_addendum_that_another_has_overtaken_is_drawn_up_again(desk: Desk) -> None:
    await desk.frozen()
    await Facts(desk.connection).practice(from_on=date(2026, 12, 1))
    first, second = await desk.draft("/addenda"), await desk.draft("/addenda")
    at = f"/closing/{second['closing_id']}"
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    desk.hands.on(date(2027, 1, 2))
    await desk.sign(first)
    refused = await desk.call("POST", f"{at}/sign", SIGNER, version=2, body=desk.number(), expect=409)
    assert refused.json()["type"].endswith("later-addendum-signed")
    assert len(await desk.events("plan-addendum.signed.v1")) == 1


async def test_who_may_not_read_cases_sees_no_difference_in_them(desk: Desk) -> None:
    freeze = await desk.frozen()
    at = f"/closing/{freeze['closing_id']}/differences"
    facts = Facts(desk.connection)
    for _ in range(9):
        await facts.sanction(due=date(2026, 4, 1), published=date(2026, 6, 1))
    seen = (await desk.call("GET", at, DRAFTER, expect=200)).json()
    assert seen["withheld"] > 0
    assert not any(each["of"] == "indicator" and each["id"].startswith("M12") for each in seen["items"])
    entitled = DRAFTER | {"roles": ["plan-officer", "discipline-officer"]}
    whole = (await desk.call("GET", at, entitled, expect=200)).json()
    assert len(whole["items"]) == len(seen["items"]) + seen["withheld"] - whole["withheld"]
    assert any(each["region"] for each in whole["items"] if each["id"].startswith("M12"))


async def test_a_report_that_was_found_open_is_waited_for(desk: Desk) -> None:
    at = f"/closing/{(await desk.draft())['closing_id']}"
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    other = await desk.database.connect_raw()
    try:
        report = other.transaction()
        await report.start()
        await check_open(other, LAST_DAY)
        signing = asyncio.create_task(desk.call("POST", f"{at}/sign", SIGNER, version=2, body=desk.number()))
        done, _ = await asyncio.wait({signing}, timeout=0.5)
        assert not done  # it waits for the report
        await report.commit()
        assert (await signing).status_code == 200
        async with other.transaction():
            with pytest.raises(Refused, match="plan-frozen"):
                await check_open(other, LAST_DAY)
            await check_open(other, date(2027, 1, 1))
    finally:
        await other.close()


async def test_what_is_late_and_what_is_not_in_one_race(desk: Desk) -> None:
    """Whichever comes first: the number counts and the freeze follows, or it is refused."""
    at = f"/closing/{(await desk.draft())['closing_id']}"
    await desk.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
    sent = desk.call("POST", "/backfills", DRAFTER, content=LATE, headers={"Content-Type": "text/csv"})
    filled, signed = await asyncio.gather(sent, desk.call("POST", f"{at}/sign", SIGNER, version=2, body=desk.number()))
    assert signed.status_code == 200
    assert filled.status_code in {201, 409}
    values = await desk.connection.fetchval("SELECT count(*) FROM report_values")
    assert values == (1 if filled.status_code == 201 else 0)
