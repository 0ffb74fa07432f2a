"""What strangers and officers of elsewhere tried at the registry."""

import io
import zipfile
from datetime import date
from itertools import pairwise
from uuid import UUID, uuid4

import orjson
import pytest
from common.feed import sequence
from common.files.tables import read_sheets
from common.files.unfit import Unfit
from contracts.registry_events import StandingKind
from registry_api.imports.report import as_csv
from registry_api.imports.tables import ImportFindingRow
from registry_api.register.standing import StandingFact
from registry_api.register.store import FactOfAnother, Register

from tests.integration.registry.conftest import FOUNDERS, Desk, credit_code, good, problem
from tests.integration.registry.test_imports import LAWYERS, counts, table


async def tell(desk: Desk, lawyer: dict, *, fact_id: UUID | None = None, **fact: object) -> None:
    """As the reactions do it."""
    async with desk.database.begin() as tx:
        register = await Register.within(tx, desk.now.date())
        before = await register.lawyer_for_update(UUID(lawyer["lawyer_id"]))
        after, event = before.record(StandingFact(fact_id or uuid4(), StandingKind.SUSPENSION, **fact))
        await register.save_lawyers([(before, after)])
        tx.outbox.add(event)


async def test_the_public_is_not_told_beforehand_that_a_suspension_begins(desk: Desk):
    firm = await desk.firm()
    unsuspected, suspended = await desk.lawyer(firm), await desk.lawyer(firm)
    await tell(desk, suspended, from_on=date(2026, 7, 1), to_on=date(2026, 10, 1))
    answers = [await desk.look_up(lawyer["licence_number"]) for lawyer in (unsuspected, suspended)]
    assert [answer.json()["status"]["code"] for answer in answers] == ["practising"] * 2
    per_request = {"etag", "x-correlation-id", "content-length"}
    headers = [{k: v for k, v in answer.headers.items() if k not in per_request} for answer in answers]
    assert headers[0] == headers[1]
    desk.on("2026-07-01T00:00:00")
    assert good(await desk.look_up(suspended["licence_number"]))["status"]["code"] == "suspended"


@pytest.mark.parametrize(
    ("role", "kind", "sees"),
    [
        ("registry-officer", "department", True),
        ("registry-officer", "bureau", True),
        ("registry-officer", "association", False),
        ("discipline-officer", "bureau", True),
        ("discipline-officer", "city-association", False),
        ("rights-officer", "bureau", False),
        ("rights-officer", "city-association", False),
    ],
)
async def test_a_timeline_tells_of_sanctions_only_who_may_read_them(desk: Desk, role: str, kind: str, sees: bool):
    lawyer = await desk.lawyer(await desk.firm())
    await tell(desk, lawyer, from_on=date(2026, 5, 1), to_on=date(2026, 8, 1), withdrawn=True)
    region = "410000" if kind in {"department", "association"} else "410100"
    reader = desk.officer(kind, region, role)
    timeline = good(await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}/timeline", headers=reader))
    assert (timeline["standing"] is not None) is sees


async def test_versions_without_a_gap_do_not_name_the_suspended(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    path, officer = f"/v1/lawyers/{lawyer['lawyer_id']}", desk.officer()
    association = desk.officer("association")
    start = await desk.connection.fetchval("SELECT coalesce(max(position), 0) FROM feed")
    term = {"fact_id": uuid4(), "from_on": date(2026, 5, 1), "to_on": date(2026, 8, 1)}
    tags = []

    async def look(version: int) -> None:
        seen = await desk.get(path, headers=association)
        assert good(seen)["version"] == version
        others = (await desk.look_up(lawyer["licence_number"]), await desk.get(f"{path}/timeline", headers=officer))
        tags.append([answer.headers["etag"] for answer in (seen, *others)])

    await look(1)
    await tell(desk, lawyer, **term)
    await look(1)
    await desk.changed(path, {"effective_on": "2026-06-01", "first_licensed_on": "2012-02-01"}, tags[-1][0])
    await look(2)
    await tell(desk, lawyer, **term, withdrawn=True)
    await look(2)
    await desk.changed(path, {"effective_on": "2026-06-01", "first_licensed_on": "2012-01-01"}, tags[-1][0])
    for shown in zip(*tags, strict=True):
        assert all(before != after for before, after in pairwise(shown)), "a cached answer outlived the change"

    await sequence(desk.connection)
    read = {}
    for name, headers in (("association", association), ("department", officer)):
        page = good(await desk.get("/v1/events", headers=headers, after=start, limit=1000))
        events = [item["event"] for item in page["events"] if "event" in item]
        about = [event for event in events if lawyer["lawyer_id"] in str(event)]
        read[name] = [(event["subject"], event["entityversion"]) for event in about]
    of_lawyer = [(lawyer["lawyer_id"], version) for version in (1, 2, 3)]
    of_fact = [(str(term["fact_id"]), version) for version in (1, 2)]
    assert read["association"] == of_lawyer
    assert read["department"] == [of_lawyer[0], of_fact[0], of_lawyer[1], of_fact[1], of_lawyer[2]]
    of_key = {"headers": association, "key": str(term["fact_id"])}
    assert good(await desk.get("/v1/events", **of_key)) == {"events": [], "next_after": 0}, "not even a position"
    page = good(await desk.get("/v1/events", headers=officer, key=lawyer["lawyer_id"], limit=2))
    assert [item["event"]["entityversion"] for item in page["events"]] == [1, 2]
    rest = good(await desk.get("/v1/events", headers=officer, key=lawyer["lawyer_id"], after=page["next_after"]))
    assert [item["event"]["entityversion"] for item in rest["events"]] == [3]


async def test_a_fact_cannot_change_hands(desk: Desk):
    firm = await desk.firm()
    fact_id = uuid4()
    await tell(desk, await desk.lawyer(firm), fact_id=fact_id, from_on=date(2026, 5, 1))
    with pytest.raises(FactOfAnother):
        await tell(desk, await desk.lawyer(firm), fact_id=fact_id, from_on=date(2026, 5, 1))
    assert [kind for kind, _ in await desk.events()].count("lawyer.standing-recorded.v1") == 1


async def test_a_city_cannot_end_a_licence_of_another_city_by_a_file(desk: Desk):
    here, elsewhere = await desk.firm("410100"), await desk.firm("410300")
    lawyer = await desk.lawyer(elsewhere)
    row = [lawyer["name"], lawyer["licence_number"], "专职律师", "男", here["name"], here["credit_code"], "郑州市"]
    bureau = desk.officer("bureau", "410100")
    for ending in ("注销", "吊销"):
        state = await desk.imported(table(LAWYERS, [*row, "2012-03-01", ending]), "lawyers", headers=bureau)
        assert counts(state)[3] == 1
    assert good(await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}"))["standing"] == "practising"


@pytest.mark.parametrize("region", ["410000", "419000", "", None])
async def test_a_token_that_contradicts_itself_covers_nothing(desk: Desk, region: str | None):
    jiyuan = await desk.firm("419001")
    reader = desk.issuer.headers(roles=["registry-officer"], region=region, organisation_kind="bureau")
    problem(await desk.get(f"/v1/firms/{jiyuan['firm_id']}", headers=reader), 403, "forbidden")


@pytest.mark.parametrize("day", ["0001-01-01", "1949-09-30", "2026-06-11", "9999-12-31"])
async def test_days_that_cannot_be_meant_are_refused(desk: Desk, day: str):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    body = {"credit_code": credit_code(9), "name": "甲所", "kind": "individual", "region": "410100"}
    answers = [await desk.post("/v1/firms", body | {"established_on": day})]
    path, etag = f"/v1/lawyers/{lawyer['lawyer_id']}", f'"v{lawyer["version"]}"'
    changes = ({"effective_on": "2026-06-01", "first_licensed_on": day}, {"effective_on": day, "name": "李四"})
    answers += [await desk.patch(path, change, etag) for change in changes]
    answers.append(await desk.patch(f"/v1/firms/{firm['firm_id']}", {"effective_on": day, "address": "x"}, '"v1"'))
    listed = {
        "kind": "comprehensive-firm",
        "issuer": "省司法厅",
        "document_number": "1号",
        "member_id": firm["firm_id"],
    }
    answers.append(await desk.post("/v1/recognitions", listed | {"from_on": day}))
    for answer in answers:
        problem(answer, 422, "date-in-future" if day > "2026-06-10" else "date-implausible")


async def test_made_up_cursors_and_positions_are_refused_not_stumbled_over(desk: Desk):
    for query in ("after=99999999999999999999", "partition=1&after_seq=99999999999999999999", "after=-1"):
        assert (await desk.http.get(f"/v1/events?{query}", headers=desk.officer())).status_code == 422
    for offered in ("²", "99999999999999999999", "-1", "1e3"):
        headers = desk.officer() | {"Accept": "text/event-stream", "Last-Event-ID": offered.encode("latin-1")}
        problem(await desk.get("/v1/events", headers=headers), 422, "last-event-id-invalid")


def workbook(sheet: str, *, part: str = "xl/worksheets/sheet1.xml") -> io.BytesIO:
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" r:id="r"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/worksheet"'
            f' Target="/{part}"/></Relationships>',
        )
        archive.writestr(part, f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>')
    file.seek(0)
    return file


def cell(at: str, text: str) -> str:
    row = at.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}"><c r="{at}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def test_a_small_workbook_that_reaches_far_is_refused_and_nobody_dies():
    assert [sheet.rows for sheet in read_sheets(workbook(cell("A1", "姓名")), most_rows=9)] == [[["姓名"]]]
    for part in ("xl/worksheets/sheet1.xml", "elsewhere/anything.bin"):
        with pytest.raises(Unfit):
            read_sheets(workbook(cell("A1", "a") + cell("XFD1048576", "b"), part=part), most_rows=9)


def test_a_report_holds_no_formula():
    rows = [
        ImportFindingRow(row_number=1, severity="error", value=value, reason_zh="", reason_en="")
        for value in ("=1+1", "＝1+1", "＠SUM(1)", "\n=1", "-2", "x;=1")
    ]
    text = as_csv(rows).decode("utf-8-sig")
    for value in ("=1+1", "＝1+1", "＠SUM(1)", "\n=1", "-2"):
        assert f'"\'{value}"' in text
    assert '"x;=1"' in text  # quoted: no separator ends it


async def test_a_key_given_twice_is_refused_wherever_it_stands(desk: Desk):
    firm = {"credit_code": credit_code(9), "name": "甲所", "kind": "individual", "established_on": "2020-01-01"}
    firm |= {"founders": FOUNDERS[:1], "capital_yuan": 100_000}
    twice = orjson.dumps(firm)[:-1] + b',"region":"410100","region":"410300"}'
    headers = desk.officer() | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    problem(await desk.http.post("/v1/firms", content=twice, headers=headers), 400, "duplicate-key", "body")
    assert await desk.count("proposals") == 0
    once = orjson.dumps(firm | {"region": "410100"})
    good(await desk.http.post("/v1/firms", content=once, headers=headers), 202)
