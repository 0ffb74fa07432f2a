"""Search over HTTP: what is found, in which order, by whom, page by page."""

import pytest
from registry_api.search.consumers import fill

from .conftest import Desk, good, problem

LAWYERS = "/v1/public/search/lawyers"
FIRMS = "/v1/public/search/firms"


async def names(desk: Desk, path: str, **params: str | int) -> list[str]:
    return [item["name"] for item in good(await desk.http.get(path, params=params))["items"]]


@pytest.fixture
async def office(desk: Desk) -> Desk:
    await desk.connection.execute("UPDATE search_progress SET snapshot = NULL")
    first = await desk.firm(name="河南金博大律师事务所")
    other = await desk.firm("410300", name="河南博大（洛阳）律师事务所")
    for name in ("张伟", "张伟强", "王张伟", "单雄信"):
        await desk.lawyer(first, name=name)
    await desk.lawyer(other, name="張偉民")
    await desk.lawyer(name="张伟公")
    await fill(desk.database)
    return desk


async def test_names_are_found_however_they_are_typed_best_first(office: Desk):
    assert await names(office, LAWYERS, name="张伟") == ["张伟", "张伟强", "張偉民", "王张伟"]
    assert await names(office, LAWYERS, name="zhangwei") == ["张伟", "張偉民", "张伟强", "王张伟"]
    assert await names(office, LAWYERS, name="zw", region="410300") == ["張偉民"]
    assert await names(office, LAWYERS, name="shanxiong") == await names(office, LAWYERS, name="sxx") == ["单雄信"]
    assert await names(office, LAWYERS, name="张伟", firm="金博") == ["王张伟", "张伟", "张伟强"]
    assert await names(office, LAWYERS, firm="luoyang") == ["張偉民"]
    assert await names(office, FIRMS, name="博大") == ["河南博大（洛阳）律师事务所", "河南金博大律师事务所"]
    for spelt in ("jinboda", "jbd", "ＪＢＤ", "金博大", "河南金博大"):
        assert await names(office, FIRMS, name=spelt) == ["河南金博大律师事务所"]
    assert await names(office, FIRMS, name="博大(洛阳)") == ["河南博大（洛阳）律师事务所"]
    assert await names(office, FIRMS, region="410300", status="licensed", kind="general-partnership") != []


async def test_pages_join_without_gap_or_repetition(office: Desk):
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = good(await office.http.get(LAWYERS, params={"name": "zw", "limit": "1"} | cursor))
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == await names(office, LAWYERS, name="zw")
    assert len(seen) == len(set(seen)) == 3
    by_region: list[str] = []
    page = good(await office.http.get(LAWYERS, params={"region": "410100", "limit": "2"}))
    while True:
        by_region += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        more = {"region": "410100", "limit": "2", "cursor": page["next_cursor"]}
        page = good(await office.http.get(LAWYERS, params=more))
    assert by_region == ["单雄信", "王张伟", "张伟", "张伟强"]


async def test_what_is_not_public_answers_as_what_does_not_exist(office: Desk):
    hidden, nobody = [await office.http.get(LAWYERS, params={"name": name}) for name in ("张伟公", "赵无此人")]
    assert hidden.content == nobody.content == b'{"items":[],"next_cursor":null}'
    assert hidden.headers["etag"] == nobody.headers["etag"]
    officers = good(await office.get("/v1/search/lawyers", name="zhangweigong"))
    assert [(hit["name"], hit["category"]) for hit in officers["items"]] == [("张伟公", 6)]


async def test_one_character_is_refused_kindly_and_the_field_named(office: Desk):
    for path in (LAWYERS, FIRMS):
        problem(await office.http.get(path, params={"name": "张"}), 422, "search-too-short", "name")
        problem(await office.http.get(path), 422, "search-unbounded", "name")
    problem(await office.http.get(LAWYERS, params={"firm": "z"}), 422, "search-too-short", "firm")
    problem(await office.http.get(LAWYERS, params={"name": "张伟", "limit": "201"}), 422, "limit-invalid", "limit")
    problem(await office.http.get(LAWYERS, params={"name": "张伟", "county": "1"}), 422, "filter-unknown", "county")
    problem(await office.http.get(FIRMS, params={"name": "金博", "cursor": "x"}), 400, "cursor-invalid", "cursor")


async def test_who_leaves_the_public_register_is_gone_before_the_index_knows(office: Desk):
    lawyer = good(await office.get("/v1/search/lawyers", name="张伟强"))["items"][0]
    move = {"institution": "郑州市司法局", "region": "410100", "category": 6, "effective_on": "2026-06-01"}
    await office.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", move)
    assert await names(office, LAWYERS, name="张伟强") == []
    assert await fill(office.database) >= 1
    assert await names(office, LAWYERS, name="张伟强") == []
    assert good(await office.get("/v1/search/lawyers", name="张伟强", category=6))["items"] != []


async def test_the_index_follows_changes_and_can_be_made_anew(office: Desk):
    assert await fill(office.database) == 0
    firm = good(await office.get("/v1/search/firms", name="金博大"))["items"][0]
    path = f"/v1/firms/{firm['firm_id']}"
    etag = (await office.get(path)).headers["etag"]
    await office.changed(path, {"name": "河南大河律师事务所", "effective_on": "2026-06-01"}, etag)
    assert await fill(office.database) >= 1
    assert await names(office, FIRMS, name="金博大") == []
    assert await names(office, FIRMS, name="dahe") == ["河南大河律师事务所"]
    entries, keys = "SELECT * FROM search_entries ORDER BY 1", "SELECT * FROM search_keys ORDER BY 1, 2, 3, 4"
    before = [await office.connection.fetch(statement) for statement in (entries, keys)]
    assert await fill(office.database, anew=True) == 8
    assert [await office.connection.fetch(statement) for statement in (entries, keys)] == before


async def test_officers_search_their_own_region(office: Desk):
    luoyang = office.officer("bureau", "410300")
    found = good(await office.get("/v1/search/lawyers", headers=luoyang, name="张伟"))["items"]
    assert [hit["name"] for hit in found] == ["張偉民"]
    assert (await office.get("/v1/search/lawyers", headers=luoyang, name="张伟", region="410100")).status_code == 403
    assert [hit["name"] for hit in good(await office.get("/v1/search/firms", headers=luoyang))["items"]] == [
        "河南博大（洛阳）律师事务所"
    ]
