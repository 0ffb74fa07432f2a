"""`/v1/changes`: a reader who applies them holds the current file, and nobody learns what he may not know."""

import orjson
import pytest
from registry_api.register.record import internal_record, merged_away, public_record, record_bytes
from registry_api.register.store import Register

from .conftest import Desk, credit_code, good, problem
from .feeds import Follower, sequenced
from .test_imports import FIRMS, LAWYERS, LUOYANG, ZHENGZHOU, lawyer, table

LINES = "application/x-ndjson"


async def current_file(desk: Desk, *, public: bool, region: str | None = None) -> list[bytes]:
    """Every record as a file written now would show it."""
    async with desk.database.begin() as tx:
        connection = await tx.raw()
        register = await Register.within(tx, desk.now.date())
        lawyers = [row["lawyer_id"] for row in await connection.fetch("SELECT lawyer_id FROM lawyers")]
        firms = [row["firm_id"] for row in await connection.fetch("SELECT firm_id FROM firms")]
        entities = [
            *(await register.lawyers(lawyers, lock=False)).values(),
            *(await register.firms(firms, lock="")).values(),
        ]
    shown = [entity for entity in entities if region in (None, entity.region)]
    records = [
        public_record(entity) if public else None if merged_away(entity) else internal_record(entity)
        for entity in shown
    ]
    return sorted(record_bytes(record) for record in records if record is not None)


async def a_busy_year(desk: Desk) -> dict:
    """Two cities, a move, a change of category, an end, a firm renamed and ended, somebody the public does not see."""
    zhengzhou, luoyang, small = await desk.firm(), await desk.firm("410300"), await desk.firm()
    moves, changes, ends = [await desk.lawyer(zhengzhou) for _ in range(3)]
    hidden = await desk.lawyer()
    at = {"effective_on": "2026-04-01"}
    await desk.done(f"/v1/lawyers/{moves['lawyer_id']}/moves", at | {"firm_id": luoyang["firm_id"]})
    await desk.done(f"/v1/lawyers/{changes['lawyer_id']}/category-changes", at | {"category": 2})
    await desk.done(f"/v1/lawyers/{ends['lawyer_id']}/licence-end", {"ground": "own-request", "ended_on": "2026-05-01"})
    tag = (await desk.get(f"/v1/firms/{luoyang['firm_id']}")).headers["etag"]
    await desk.changed(f"/v1/firms/{luoyang['firm_id']}", at | {"name": "河南新名律师事务所"}, tag)
    await desk.done(f"/v1/firms/{small['firm_id']}/end", {"ground": "dissolved", "ended_on": "2026-05-01"})
    return {"moves": moves, "changes": changes, "ends": ends, "hidden": hidden, "zhengzhou": zhengzhou, "small": small}


@pytest.mark.parametrize("limit", [3, 1000])
async def test_a_file_and_the_changes_after_it_are_the_current_file(desk: Desk, limit: int):
    zhengzhou = desk.officer("bureau", "410100", desk="-reader")
    readers = [
        (await Follower.starting_now(desk), {"public": True}),
        (await Follower.starting_now(desk, desk.officer()), {"public": False}),
        (await Follower.starting_now(desk, zhengzhou), {"public": False, "region": "410100"}),
    ]
    people = await a_busy_year(desk)
    await sequenced(desk)
    for reader, shown in readers:
        # A file taken in the middle: the entries before it change nothing, for its rows have their version already.
        await reader.reads(limit)
        assert reader.file() == await current_file(desk, **shown)
    back = {"firm_id": people["zhengzhou"]["firm_id"], "effective_on": "2026-06-01"}
    await desk.done(f"/v1/lawyers/{people['moves']['lawyer_id']}/moves", back)
    await sequenced(desk)
    for reader, shown in readers:
        await reader.reads(limit)
        assert reader.file() == await current_file(desk, **shown)


async def test_a_change_names_the_fields_its_cause_and_both_times(desk: Desk):
    officer = await Follower.starting_now(desk, desk.officer())
    public = await Follower.starting_now(desk)
    people = await a_busy_year(desk)
    recorded = await sequenced(desk)
    of = {(c["id"], c["version"]): c for c in await officer.reads()}
    moved = of[people["moves"]["lawyer_id"], 2]
    assert {c["field"] for c in moved["changed"]} == {"firm_id", "region", "licence_number", "practising_from"}
    assert (moved["cause"]["event"], moved["effective_on"]) == ("lawyers.registry.lawyer.moved.v1", "2026-04-01")
    assert moved["recorded_at"] == recorded
    assert moved["record"]["name"] == "张三"
    for_all = {(c["id"], c["version"]): c for c in await public.reads()}
    seen = for_all[people["moves"]["lawyer_id"], 2]
    assert {c["field"] for c in seen["changed"]} == {"firm_id", "region", "licence_number"}
    assert seen["cause"] == {"event": "lawyers.registry.lawyer.moved.v1", "ground": None, "case_id": None}
    assert "position" not in seen
    # Whoever the public does not see has never been; whoever it sees no more is nameless all along.
    assert not any(key[0] == people["hidden"]["lawyer_id"] for key in for_all)
    ended = [change for key, change in for_all.items() if key[0] == people["ends"]["lawyer_id"]]
    assert [change["record"] for change in ended] == [
        {"kind": "lawyer", "id": people["ends"]["lawyer_id"], "version": v, "gone": True, "since": "2026-05-01",
         "reason": "ended"} for v in (1, 2)
    ]  # fmt: skip
    assert all(change["changed"] == [] and change["cause"] is None for change in ended)


async def test_a_city_sees_its_own_and_that_somebody_left(desk: Desk):
    luoyang = await Follower.starting_now(desk, desk.officer("bureau", "410300"))
    zhengzhou = await Follower.starting_now(desk, desk.officer("bureau", "410100"))
    people = await a_busy_year(desk)
    await sequenced(desk)
    came = [c for c in await luoyang.reads() if c["kind"] == "lawyer"]
    assert [(c["id"], c["version"]) for c in came] == [(people["moves"]["lawyer_id"], 2)]
    assert {c["field"]: c["before"] for c in came[0]["changed"]}["name"] is None
    left = [c for c in await zhengzhou.reads() if c["id"] == people["moves"]["lawyer_id"]]
    assert [c["record"].get("reason") for c in left] == [None, "left-region"]
    assert left[1]["record"]["since"] == "2026-04-01"
    assert "name" not in left[1]["record"]


async def test_lines_pages_and_tags(desk: Desk):
    reader = await Follower.starting_now(desk)
    await a_busy_year(desk)
    await sequenced(desk)
    whole = await reader.page(limit=1000)
    asked = {"after": reader.cursor, "limit": 1000}
    lines = await desk.http.get("/v1/changes", params=asked, headers={"Accept": LINES})
    assert [orjson.loads(line) for line in lines.content.splitlines()] == whole["changes"]
    assert lines.headers["content-type"].startswith(LINES)
    assert lines.headers["next-cursor"] == whole["next"]
    again = await desk.http.get(
        "/v1/changes", params=asked, headers={"If-None-Match": lines.headers["etag"], "Accept": LINES}
    )
    assert again.status_code == 304
    first = await reader.page(limit=2)
    assert (len(first["changes"]), first["more"], first["next"]) == (2, True, first["changes"][-1]["cursor"])
    # From the cursor of any one change.
    rest = good(await desk.http.get("/v1/changes", params={"after": first["changes"][0]["cursor"], "limit": 1000}))
    assert rest["changes"] == whole["changes"][1:]
    for wrong in ("1", "x" * 22, "é", first["next"][:-2]):
        problem(await desk.http.get("/v1/changes", params={"after": wrong}), 400, "cursor-invalid", "after")
    problem(await desk.http.get("/v1/changes", params={"limit": 1001}), 422, "validation-failed", "limit")


async def test_nothing_withheld_moves_a_cursor_or_leaves_a_gap(desk: Desk):
    public = await Follower.starting_now(desk)
    rights = await Follower.starting_now(desk, desk.officer("bureau", "410100", "rights-officer"))
    await desk.lawyer()  # 公职: not public
    await desk.firm("410300")
    await sequenced(desk)
    first = await public.reads()
    assert [c["kind"] for c in first] == ["firm"]
    cursors = [public.cursor, rights.cursor]
    assert [c["kind"] for c in await rights.reads()] == ["lawyer"]
    at = rights.cursor
    await desk.lawyer()
    await desk.firm("410300")
    await sequenced(desk)
    await public.reads()
    assert [c["kind"] for c in await rights.reads()] == ["lawyer"]
    assert at != rights.cursor != cursors[1]
    caught_up = public.cursor
    await desk.lawyer()
    await sequenced(desk)
    page = await public.page()
    assert (page["changes"], page["next"], page["more"]) == ([], caught_up, False)


async def test_who_is_erased_leaves_a_dated_nameless_tombstone(desk: Desk):
    reader = await Follower.starting_now(desk)
    lawyer = await desk.lawyer(await desk.firm(), name="赵小灭")
    await sequenced(desk)
    assert "赵小灭" in str(await reader.page())
    for statement in (
        "UPDATE feed SET bytes = NULL WHERE key = $1",
        "DELETE FROM public_lawyers WHERE lawyer_id::text = $1",
        "DELETE FROM practices WHERE lawyer_id::text = $1",
        "DELETE FROM licence_numbers WHERE lawyer_id::text = $1",
        "DELETE FROM lawyers WHERE lawyer_id::text = $1",
    ):
        await desk.connection.execute(statement, lawyer["lawyer_id"])
    gone = [c for c in await reader.reads() if c["id"] == lawyer["lawyer_id"]]
    assert [(c["record"]["gone"], c["record"]["reason"], c["changed"]) for c in gone] == [(True, "erased", [])]
    assert gone[0]["record"]["since"] is not None
    assert "赵小灭" not in str(gone)


async def test_a_person_registered_twice_is_gone_while_merged_and_back_when_it_is_undone(desk: Desk):
    readers = [
        (await Follower.starting_now(desk), {"public": True}),
        (await Follower.starting_now(desk, desk.officer()), {"public": False}),
    ]
    firm = await desk.firm()
    kept, absorbed = await desk.lawyer(firm), await desk.lawyer(firm)
    reason = {"effective_on": "2026-06-01", "reason": "同一人重复登记"}
    both = {"absorbed_lawyer_id": absorbed["lawyer_id"], "kept_lawyer_id": kept["lawyer_id"]}
    merged = await desk.done("/v1/person-mergers", reason | both)
    await sequenced(desk)
    for reader, shown in readers:
        found = [c for c in await reader.reads() if c["id"] == absorbed["lawyer_id"]]
        assert {(c["record"]["gone"], c["record"]["reason"], c["cause"]) for c in found} == {(True, "merged", None)}
        assert reader.file() == await current_file(desk, **shown)
    path = f"/v1/lawyers/{absorbed['lawyer_id']}"
    for gone in (await desk.get(path), await desk.get(f"{path}/timeline")):
        problem(gone, 410, "record-merged")
    before = (await desk.connection.fetchval("SELECT recorded_at FROM feed_head")).isoformat()
    await desk.done(f"/v1/person-mergers/{merged['merger_id']}/undo", reason)
    await sequenced(desk)
    for reader, shown in readers:
        await reader.reads()
        assert reader.file() == await current_file(desk, **shown)
    timeline = good(await desk.get(f"{path}/timeline"))["items"]
    assert [item["cause"]["event"].removeprefix("lawyers.registry.lawyer.") for item in timeline] == [
        "licensed.v1", "record-merged.v1", "record-restored.v1",
    ]  # fmt: skip
    assert good(await desk.get(path, recorded_as_of=before))["version"] == 2


async def test_every_version_of_every_kind_of_change_is_kept_and_told(desk: Desk):
    """Changes of two steps, mergers, divisions, corrections, imports: no event without the states around it."""
    officer, public = await Follower.starting_now(desk, desk.officer()), await Follower.starting_now(desk)
    desk.numbers = iter(range(5_000, 6_000))  # beside those of the files
    here, there, large = await desk.firm(), await desk.firm("410300"), await desk.firm()
    people = [await desk.lawyer(firm) for firm in (here, here, there, large, large, large, large)]
    tag = (await desk.get(f"/v1/firms/{here['firm_id']}")).headers["etag"]
    both = {"name": "河南两步律师事务所", "region": "410300", "effective_on": "2026-05-01"}
    await desk.changed(f"/v1/firms/{here['firm_id']}", both, tag)
    merger = {"absorbed_firm_id": here["firm_id"], "absorbing_firm_id": there["firm_id"]}
    document = {"document_number": "豫司律〔2026〕9号", "effective_on": "2026-06-01"}
    await desk.done("/v1/mergers", merger | document)
    ids = [person["lawyer_id"] for person in people[3:6]]
    part = {"credit_code": credit_code(90_000), "name": "河南分立律师事务所", "kind": "general-partnership"}
    part |= {"capital_yuan": 300_000, "lawyer_ids": ids, "founder_ids": ids}
    await desk.done(f"/v1/firms/{large['firm_id']}/splits", document | {"continues": True, "into": [part]})
    wrong = {"category": 2, "effective_on": "2026-06-01", "reason": "录入有误"}
    await desk.done(f"/v1/lawyers/{people[0]['lawyer_id']}/corrections", wrong, **{"If-Match": '"v3"'})
    await desk.imported(table(FIRMS, ZHENGZHOU, LUOYANG), "firms")
    moved = lawyer(900_001, firm=LUOYANG, 首次执业日期="2012-04-01")  # and corrected: two steps in one row
    for row in (lawyer(900_001), moved):
        await desk.imported(table(LAWYERS, row), "lawyers")
    await sequenced(desk)
    missing = await desk.connection.fetch("""
        WITH entities AS (
            SELECT lawyer_id AS id, version FROM lawyers UNION ALL SELECT firm_id, version FROM firms
        ), events AS (SELECT key::uuid AS id, entity_version AS version FROM feed)
        SELECT e.id, v FROM entities e, generate_series(1, e.version) v
        WHERE NOT EXISTS (SELECT FROM events WHERE events.id = e.id AND events.version = v)
           OR (v < e.version) <> EXISTS (SELECT FROM versions s WHERE s.entity_id = e.id AND s.version = v)""")
    assert missing == []
    told = await officer.reads()
    assert officer.file() == await current_file(desk, public=False)
    await public.reads()
    assert public.file() == await current_file(desk, public=True)
    corrected = [c["correction"] for c in told if c["id"] == people[0]["lawyer_id"]]
    assert corrected == [False, False, False, True]
    imported = next(c["id"] for c in told if c["record"].get("first_licensed_on") == "2012-04-01")
    assert [c["version"] for c in told if c["id"] == imported] == [1, 2, 3]
    assert all(c["cause"]["case_id"] for c in told if c["cause"]["event"].endswith("firm.split.v1"))
