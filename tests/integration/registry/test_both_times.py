"""As of a day, as recorded by an instant: two axes that do not touch; and the timeline that shows both."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from .conftest import Desk, good, problem
from .feeds import sequenced


async def change(desk: Desk, lawyer: dict, **body) -> dict:
    path = f"/v1/lawyers/{lawyer['lawyer_id']}"
    etag = (await desk.get(path)).headers["etag"]
    return await desk.changed(path, body, etag)


async def test_what_is_recorded_late_changes_the_past_only_for_those_who_know_it(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    path = f"/v1/lawyers/{lawyer['lawyer_id']}"
    before = await sequenced(desk)
    await change(desk, lawyer, name="李四", effective_on="2026-02-01")
    after = await sequenced(desk)

    async def name(**times: str) -> str:
        return good(await desk.get(path, **times))["name"]

    assert await name() == await name(as_of="2026-06-10") == "李四"
    assert await name(as_of="2026-02-01") == "李四"
    assert await name(as_of="2026-01-31") == "张三"
    assert await name(as_of="2026-02-01", recorded_as_of=before) == "张三"
    assert await name(as_of="2026-02-01", recorded_as_of=after) == "李四"
    head = await desk.connection.fetchval("SELECT position FROM feed_head")
    times = good(await desk.get(path, recorded_as_of=before))["times"]
    assert times == {"as_of": "2026-06-10", "recorded_as_of": before.replace("+00:00", "Z"), "position": head - 1}
    assert good(await desk.get(path, as_of="2026-02-01"))["times"]["position"] == head
    # Whoever may not read the feed is not told where it stands.
    rights = desk.officer("bureau", "410100", "rights-officer")
    shown = good(await desk.get(path, headers=rights, recorded_as_of=before))
    assert (shown["name"], shown["times"]["position"]) == ("张三", None)


async def test_a_move_is_seen_where_the_day_puts_it(desk: Desk):
    zhengzhou, luoyang = await desk.firm(), await desk.firm("410300")
    lawyer = await desk.lawyer(zhengzhou)
    await desk.done(
        f"/v1/lawyers/{lawyer['lawyer_id']}/moves", {"firm_id": luoyang["firm_id"], "effective_on": "2026-04-01"}
    )
    path = f"/v1/lawyers/{lawyer['lawyer_id']}"
    was, is_now = [good(await desk.get(path, as_of=day)) for day in ("2026-03-31", "2026-04-01")]
    assert (was["firm_id"], was["licence_number"]) == (zhengzhou["firm_id"], lawyer["licence_number"])
    assert (was["ended_on"], was["licensed"]) == (None, True)
    assert (is_now["firm_id"], is_now["licence_number"][:5]) == (luoyang["firm_id"], "14103")
    for day, here, there in (("2026-03-31", 1, 0), ("2026-04-01", 0, 1)):
        for firm, expected in ((zhengzhou, here), (luoyang, there)):
            assert good(await desk.get(f"/v1/firms/{firm['firm_id']}", as_of=day))["practising_lawyers"] == expected


async def test_what_was_not_yet_and_what_nobody_can_know_are_told_apart(desk: Desk):
    early = await sequenced(desk)
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    recorded = await sequenced(desk)
    for path in (f"/v1/lawyers/{lawyer['lawyer_id']}", f"/v1/firms/{firm['firm_id']}"):
        problem(await desk.get(path, as_of="1999-01-01"), 404, "not-begun-then", "as_of")
        problem(await desk.get(path, as_of="2026-06-11"), 422, "as-of-in-future", "as_of")
        problem(await desk.get(path, as_of="20260601"), 422, "validation-failed", "as_of")
        late = datetime.now(UTC) + timedelta(days=1)
        beyond = await desk.get(path, recorded_as_of=late.isoformat())
        problem(beyond, 422, "recorded-as-of-in-future", "recorded_as_of")
        assert good(await desk.get(path, recorded_as_of=datetime.now(UTC).isoformat())), (
            "also where nothing came lately"
        )
        problem(await desk.get(path, recorded_as_of="2026-06-01"), 422, "validation-failed", "recorded_as_of")
        problem(await desk.get(path, recorded_as_of="2001-01-01T00:00:00Z"), 404, "not-recorded-then", "recorded_as_of")
        if early is not None:
            problem(await desk.get(path, recorded_as_of=early), 404, "not-recorded-then", "recorded_as_of")
        assert good(await desk.get(path, recorded_as_of=recorded.replace("+00:00", " 00:00")))
    problem(await desk.get(f"/v1/lawyers/{uuid4()}", as_of="2026-01-01"), 404, "not-found")
    problem(await desk.get(f"/v1/lawyers/{uuid4()}/timeline"), 404, "not-found")


async def test_as_recorded_at_the_head_and_as_of_today_are_the_current_answer(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm)
    await change(desk, lawyer, name="李四", effective_on="2026-02-01")
    await desk.done(
        f"/v1/lawyers/{lawyer['lawyer_id']}/category-changes", {"category": 2, "effective_on": "2026-05-01"}
    )
    await desk.done(
        f"/v1/lawyers/{lawyer['lawyer_id']}/licence-end", {"ground": "own-request", "ended_on": "2026-06-01"}
    )
    head = await sequenced(desk)
    for path in (f"/v1/lawyers/{lawyer['lawyer_id']}", f"/v1/firms/{firm['firm_id']}"):
        current = good(await desk.get(path))
        for times in (
            {"as_of": "2026-06-10"},
            {"recorded_as_of": head},
            {"as_of": "2026-06-10", "recorded_as_of": head},
        ):
            then = good(await desk.get(path, **times))
            differing = {name for name in current if current[name] != then[name]}
            assert differing <= {"times", "id_number_on_file"}


async def test_a_timeline_names_what_changed_why_and_when(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    path = f"/v1/lawyers/{lawyer['lawyer_id']}"
    before = await sequenced(desk)
    await change(desk, lawyer, name="李四", effective_on="2026-02-01")
    ended = {"ground": "own-request", "ended_on": "2026-06-01"}
    await desk.done(f"{path}/licence-end", ended)
    timeline = good(await desk.get(f"{path}/timeline"))
    first, second, third = timeline["items"]
    assert {"field": "name", "before": None, "after": "张三", "withheld": False} in first["changes"]
    assert second["changes"] == [{"field": "name", "before": "张三", "after": "李四", "withheld": False}]
    assert (second["cause"]["event"], second["effective_on"]) == (
        "lawyers.registry.lawyer.details-changed.v1", "2026-02-01",
    )  # fmt: skip
    assert (second["recorded_at"], second["position"], second["correction"]) == (None, None, False)
    assert third["cause"] == {"event": "lawyers.registry.lawyer.licence-ended.v1", "ground": "own-request"}
    assert {c["field"]: (c["before"], c["after"]) for c in third["changes"]} == {
        "licensed": (True, False), "ended_on": (None, "2026-06-01"),
    }  # fmt: skip
    head = await sequenced(desk)
    items = good(await desk.get(f"{path}/timeline"))["items"]
    assert [item["recorded_at"] for item in items][1:] == [head.replace("+00:00", "Z")] * 2
    assert [item["position"] for item in items] == sorted(item["position"] for item in items)
    # Both axes cut it; pages join it.
    assert len(good(await desk.get(f"{path}/timeline", recorded_as_of=before))["items"]) == 1
    assert len(good(await desk.get(f"{path}/timeline", as_of="2026-05-31"))["items"]) == 2
    page = good(await desk.get(f"{path}/timeline", limit=2))
    rest = good(await desk.get(f"{path}/timeline", limit=2, cursor=page["next_cursor"]))
    assert page["items"] + rest["items"] == items
    assert rest["next_cursor"] is None


async def test_an_id_number_entered_later_stands_in_the_timeline_without_itself(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    number = "110105194912310038"
    await change(desk, lawyer, id_number=number, effective_on="2026-06-01")
    shown = await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}/timeline")
    withheld = {"field": "id_number", "before": None, "after": None, "withheld": True}
    assert good(shown)["items"][-1]["changes"] == [withheld]
    assert number not in shown.text
    assert number not in str(await desk.connection.fetch("SELECT state::text FROM versions"))


async def test_other_cities_neither_see_the_record_nor_its_past(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    luoyang = desk.officer("bureau", "410300")
    for path in ("", "/timeline"):
        for times in ({}, {"as_of": "2026-01-01"}):
            problem(await desk.get(f"/v1/lawyers/{lawyer['lawyer_id']}{path}", luoyang, **times), 403, "forbidden")


async def test_lists_of_another_day_and_of_another_knowledge(desk: Desk):
    zhengzhou, luoyang = await desk.firm(), await desk.firm("410300")
    moves, stays = await desk.lawyer(zhengzhou), await desk.lawyer(zhengzhou, name="王五")
    before = await sequenced(desk)
    await desk.done(
        f"/v1/lawyers/{moves['lawyer_id']}/moves", {"firm_id": luoyang["firm_id"], "effective_on": "2026-04-01"}
    )
    await change(desk, moves, name="李四", effective_on="2026-05-01")
    late = await desk.lawyer(zhengzhou)
    tag = (await desk.get(f"/v1/firms/{zhengzhou['firm_id']}")).headers["etag"]
    renamed = {"name": "新名律师事务所", "effective_on": "2026-05-01"}
    await desk.changed(f"/v1/firms/{zhengzhou['firm_id']}", renamed, tag)

    async def names(path: str = "/v1/lawyers", **asked: str) -> set[str]:
        found, cursor = set(), {}
        while cursor is not None:
            page = good(await desk.get(path, limit="1", **asked, **cursor))
            assert page["times"] is not None
            found |= {item["name"] + "@" + item.get("firm_name", "") for item in page["items"]}
            cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
        return found

    was, now = zhengzhou["name"], "新名律师事务所"
    march, may = {"as_of": "2026-03-01"}, {"as_of": "2026-05-01"}
    assert await names(**march, region="410100") == {
        f"张三@{was}",
        f"王五@{was}",
    }
    assert await names(**may, region="410100") == {f"王五@{now}", f"张三@{now}"}
    assert await names(**may, region="410300") == {f"李四@{luoyang['name']}"}
    assert await names(**may, recorded_as_of=before) == {f"张三@{was}", f"王五@{was}"}
    assert await names(**may, name="李") == {f"李四@{luoyang['name']}"}
    assert await names(**march, name="李") == set()
    assert await names(**may, licence_number=moves["licence_number"]) == {f"李四@{luoyang['name']}"}
    assert await names(**march, status="practising", category="1", firm_id=zhengzhou["firm_id"]) == {
        f"张三@{was}", f"王五@{was}",
    }  # fmt: skip
    for day, expected in ((march, was), (may, now)):
        page = good(await desk.get("/v1/firms", **day, region="410100", status="active"))
        assert [(item["name"], item["practising_lawyers"]) for item in page["items"]] == [
            (expected, 3 if day is march else 2)
        ]
    page = good(await desk.get("/v1/firms", **may, recorded_as_of=before, region="410100"))
    assert [(item["name"], item["practising_lawyers"]) for item in page["items"]] == [(was, 2)]
    assert {stays["lawyer_id"], late["lawyer_id"]} == {
        item["lawyer_id"] for item in good(await desk.get("/v1/lawyers", **may, region="410100"))["items"]
    }
    # Who may not read standing may not sieve by it on another day.
    association = desk.officer("association")
    problem(await desk.get("/v1/lawyers", association, **march, status="suspended"), 403, "forbidden")
