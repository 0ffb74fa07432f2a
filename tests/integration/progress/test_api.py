"""progress-api over HTTP: values, policies, evidence, and who may read them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from contracts.plan import plan

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import TODAY, Facts
from tests.integration.progress.readers import BUREAU, OTHERS, READERS, Get


async def test_the_catalogue_is_public_and_whole(get: Get) -> None:
    content = await get("/plan", None)
    assert content["values"] is None
    assert len(content["plan"]["measures"]) == 23
    assert (await get("/measures/M12", None))["measure"]["id"] == "M12"
    assert (await get("/measures/W1", None))["values"] is None
    await get("/measures/M99", None, expect=404)
    assert [region["code"] for region in (await get("/regions", None))["regions"]][-1] == "419001"
    assert {target["computed"] for target in (await get("/targets", None))["targets"]} == {None}
    await get("/indicators/H1", None, expect=401)
    # A token without the role sees what the public sees.
    assert (await get("/plan", "lawyer"))["values"] is None


async def test_a_reader_sees_every_value_or_why_there_is_none(facts: Facts, get: Get) -> None:
    await facts.practice()
    values = (await get("/plan"))["values"]
    assert values["as_of"] == TODAY.isoformat()
    shown = values["indicators"]
    assert shown.keys() == {indicator.id for indicator in plan().indicators()}
    assert (shown["H1"]["value"], shown["H1"]["gap"], shown["H1"]["attained"]) == (1, 44_999, False)
    assert all(value["reason"]["zh"] for value in shown.values() if value["value"] is None)
    assert (await get("/measures/M10"))["values"]["indicators"]["M10-I2"]["gap"] == 2


async def test_values_follow_the_facts_at_once(facts: Facts, get: Get) -> None:
    async def lawyers() -> object:
        (target,) = [target for target in (await get("/targets"))["targets"] if target["id"] == "T1"]
        return target["computed"]["value"]

    await facts.positions("registry.events", 1)
    assert await lawyers() == 0
    await facts.practice()
    await facts.positions("registry.events", 2)
    assert await lawyers() == 1


async def test_lawyers_are_shown_with_the_day_on_which_the_register_was_last_reconciled(facts: Facts, get: Get) -> None:
    assert (await get("/indicators/H1"))["reconciled"] is None
    await facts.reconciled(date(2026, 1, 5), here=5, there=3, only_here=2)
    await facts.reconciled(date(2026, 2, 5), here=5, there=6, only_here=1, only_there=2, different=3, unreadable=4)
    await facts.reconciled(date(2026, 2, 6), kind="firms", here=9, there=9)
    await facts.positions("registry.events", 3)
    found = (await get("/indicators/H1"))["reconciled"]
    assert (found["on"], found["difference"], found["here"], found["there"]) == ("2026-02-05", 10, 5, 6)
    assert (await get("/indicators/H1?as_of=2026-01-31"))["reconciled"]["on"] == "2026-01-05"
    assert (await get("/indicators/M05-I1"))["reconciled"]["difference"] == 0
    assert (await get("/indicators/M10-I2"))["reconciled"] is None


async def test_one_indicator_says_under_which_policy_and_readings(facts: Facts, get: Get) -> None:
    suspended = await facts.practice(region="410300")
    await facts.standing(suspended, date(2026, 1, 1), kind="suspension")
    await facts.practice()
    found = await get("/indicators/H1")
    assert (found["value"], found["gap"], found["target"]["bound"]) == (2, 44_998, 45_000)
    assert {item["name"]: item["value"] for item in found["policy"]["parameters"]} == {
        "count_suspended": "licence-held",
        "lawyer_categories": "all",
    }
    assert [item["id"] for item in found["ambiguities"]] == ["A1", "A7", "A9"]
    assert len(found["regions"]) == 18
    assert found["regions_withheld"] == 0
    assert (await get("/indicators/H1?count_suspended=not-suspended"))["value"] == 1
    assert (await get("/indicators/H1?region=410300"))["value"] == 1
    path = "/indicators/H1?region=410300&count_suspended=not-suspended"
    assert (await get(path, "registry-officer"))["value"] == 0
    assert (await get("/indicators/H1?region=410300"))["gap"] is None
    targets = (await get("/targets?count_suspended=not-suspended"))["targets"]
    assert targets[0]["computed"]["value"] == 1
    assert targets[0]["computed"]["policy"]["count_suspended"] == "not-suspended"


async def test_all_branches_says_what_is_not_in_the_register(get: Get) -> None:
    found = await get("/indicators/M05-I1?headcount_scope=with-all-branches&count_branch_as_firm=true")
    assert "省外分所" in found["notes"][0]["zh"]
    assert (await get("/indicators/M05-I1"))["notes"] == []
    assert [item["id"] for item in found["ambiguities"]] == ["A1", "A2", "A9"]


async def test_no_list_reads_as_not_recognised(facts: Facts, get: Get) -> None:
    firm = await facts.firm()
    await facts.staff(firm, 300)
    found = await get("/indicators/M05-I3")
    assert (found["value"], found["gap"], found["attained"], found["at_threshold"]) == (None, None, None, 1)
    assert found["reason"]["zh"].startswith("未认定")
    await facts.recognise(firm, "comprehensive-firm")
    found = await get("/indicators/M05-I3")
    assert (found["value"], found["gap"], found["attained"]) == (1, 2, False)
    assert (await get("/indicators/M05-I3?range_attained_from=max"))["gap"] == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("count_suspended=maybe", "count_suspended"),
        ("lawyer_categories=some", "lawyer_categories"),
        ("headcount_scope=all", "headcount_scope"),
        ("count_branch_as_firm=perhaps", "count_branch_as_firm"),
        ("region=999999", "region"),
        ("as_of=yesterday", "as_of"),
        ("as_of=0", "as_of"),  # neither seconds since 1970
        ("as_of=1767225600", "as_of"),
        ("as_of=2026-01-01T00:00:00", "as_of"),
        ("as_of=1900-01-01", "as_of"),
        (f"as_of={TODAY + timedelta(days=1)}", "as_of"),
        ("headcount_scope=head-office-only", "headcount_scope"),  # not a parameter of H1
        ("colour=red", "colour"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_name(get: Get, query: str, field: str) -> None:
    problem = await get(f"/indicators/H1?{query}", expect=422)
    assert problem["field"] == field
    assert problem["errors"][0]["zh"]
    assert "maybe" not in orjson.dumps(problem).decode()


async def test_an_unknown_indicator_is_not_found(get: Get) -> None:
    await get("/indicators/H9", expect=404)
    await get("/indicators/H9/evidence", expect=404)


async def test_other_days_and_unchanged_answers(
    client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts, get: Get
) -> None:
    await facts.practice(from_on=date(2026, 3, 1))
    assert (await get("/indicators/H1?as_of=2026-02-28"))["value"] == 0
    headers = issuer.headers(roles=["plan-reader"])
    first = await client.get("/v1/indicators/H1", headers=headers)
    expires = datetime.fromisoformat(first.json()["valid_until"])
    assert expires.astimezone(UTC).hour == 16  # midnight in Shanghai
    assert first.headers["expires"].endswith("16:00:00 GMT")
    again = await client.get("/v1/indicators/H1", headers=headers | {"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    await facts.practice()
    await get("/indicators/H1")
    changed = await client.get("/v1/indicators/H1", headers=headers | {"If-None-Match": first.headers["etag"]})
    assert changed.json()["value"] == 2


async def test_what_is_parked_or_stopped_beneath_is_said(facts: Facts, get: Get) -> None:
    await facts.positions("registry.events", 5)
    assert (await get("/indicators/H1"))["beneath"]["complete"] is True
    await facts.park()
    await facts.connection.execute("UPDATE positions SET stopped = 'fork: x' WHERE partition = 7")
    found = (await get("/indicators/H1"))["beneath"]
    assert (found["complete"], found["parked"], found["stopped"]) == (False, 1, [7])
    assert "搁置事件 1 个" in found["zh"]
    # Of a feed that a reader may not read he learns only that something is missing.
    await facts.park("discipline.events", event_type="lawyers.discipline.sanction.decided.v1")
    found = (await get("/indicators/M12-I1"))["beneath"]
    assert (found["complete"], found["parked"], found["stopped"]) == (False, None, None)
    assert (await get("/indicators/M12-I1", "discipline-officer"))["beneath"]["parked"] == 1


async def test_a_number_over_two_feeds_says_how_far_each_was_read(facts: Facts, get: Get) -> None:
    await facts.positions("registry.events", 5)
    await facts.positions("discipline.events", 2)
    await facts.recognise(await facts.practice(), "honoured-lawyer")
    assert (await get("/indicators/H1"))["beneath"]["feeds"] == []
    found = (await get("/indicators/M23-I3"))["beneath"]
    # Positions of discipline's feed are for its readers: they would tell when something happened.
    assert found["feeds"] == [
        {"topic": "discipline.events", "position": None}, {"topic": "registry.events", "position": 60},
    ]  # fmt: skip
    owner = (await get("/indicators/M23-I3", "discipline-officer"))["beneath"]
    assert owner["feeds"] == [
        {"topic": "discipline.events", "position": 24}, {"topic": "registry.events", "position": None},
    ]  # fmt: skip
    assert (owner["complete"], owner["parked"]) == (True, None)
    await facts.park("registry.events")
    for role in ("plan-reader", "discipline-officer"):
        found = (await get("/indicators/M23-I3", role))["beneath"]
        assert (found["complete"], found["parked"], bool(found["zh"])) == (False, None, True)
        assert (await get("/indicators/M12-I1", role))["beneath"]["complete"] is True


async def test_what_moves_on_either_feed_is_computed_anew(facts: Facts, get: Get) -> None:
    for topic in ("registry.events", "discipline.events"):
        await facts.positions(topic, 1)

    async def shown() -> tuple[Any, Any]:
        values = (await get("/measures/M23", "discipline-officer"))["values"]["indicators"]["M23-I3"]
        return values["numerator"], values["denominator"]

    await facts.recognise(await facts.practice(), "honoured-lawyer")
    await facts.positions("registry.events", 2)
    assert await shown() == (0, 1)
    await facts.honoured(date(2026, 1, 5))
    await facts.positions("discipline.events", 2)
    assert await shown() == (1, 1)
    await facts.recognise(await facts.practice(), "honoured-lawyer")
    await facts.positions("registry.events", 3)
    assert await shown() == (1, 2)


async def test_evidence_is_paged_and_other_regions_are_withheld(facts: Facts, get: Get) -> None:
    for region, count in (("410100", 5), ("410200", 3)):
        for _ in range(count):
            await facts.practice(region=region)
    page = await get("/indicators/H1/evidence?limit=4", "registry-officer", **BUREAU)
    assert (len(page["items"]), page["withheld"]) == (4, 3)
    assert page["items"][0].keys() == {
        "practice_id", "region", "counted", "lawyer_id", "firm_id", "category", "from_on",
    }  # fmt: skip
    rest = await get(f"/indicators/H1/evidence?limit=4&cursor={page['next_cursor']}", "registry-officer", **BUREAU)
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)
    assert {row["region"] for row in page["items"] + rest["items"]} == {"410100"}
    everything = await get("/indicators/H1/evidence")
    assert (len(everything["items"]), everything["withheld"]) == (8, 0)
    elsewhere = await get("/indicators/H1/evidence?region=410200", **BUREAU)
    assert (elsewhere["items"], elsewhere["withheld"]) == ([], 3)
    # A cursor belongs to its own question.
    await get(f"/indicators/H1/evidence?as_of=2026-01-01&cursor={page['next_cursor']}", expect=400)
    await get("/indicators/H1/evidence?limit=201", expect=422)
    assert (await get("/indicators/H2/evidence"))["reason"]["code"] == "no-national-table"


async def test_who_has_no_region_reads_nothing(facts: Facts, get: Get) -> None:
    await facts.practice()
    await get("/indicators/H1/evidence", region=None, organisation_kind="bureau", expect=403)
    await get("/indicators/H1/evidence", organisation_kind="public", expect=403)


@pytest.mark.parametrize("role", [*READERS, *OTHERS])
@pytest.mark.parametrize("path", ["/indicators/H1", "/indicators/H1/evidence", "/indicators/M12-I1"])
async def test_which_roles_read_values(get: Get, role: str, path: str) -> None:
    may = role in READERS
    problem = await get(path, role, expect=200 if may else 403)
    assert may or problem["right"] == "progress:read-values"
