"""What of progress-api's numbers is not for every reader: closed indicators, and numbers that tell of suspensions."""

from datetime import date, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from contracts.legal_day import end_of_last_month, end_of_month
from contracts.regions import REGIONS

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import TODAY, Facts
from tests.integration.progress.readers import BUREAU, DEPARTMENT, READERS, Get

LAST_MONTH = end_of_last_month(TODAY)
NEXT_MONTH = end_of_month(TODAY)

CLOSED = [
    ("M12-I1", "discipline-officer"),
    ("M12-I2", "discipline-officer"),
    ("M12-I3", "discipline-officer"),
    ("M12-I4", "discipline-officer"),
    ("M13-I1", "rights-officer"),
    ("M13-I2", "rights-officer"),
    ("M14-I3", "discipline-officer"),
    ("M15-I2", "rights-officer"),
    ("M23-I3", "discipline-officer"),
]


@pytest.mark.parametrize(("indicator_id", "owner"), CLOSED)
@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("where", ["department", "own", "elsewhere"])
async def test_closed_indicators_open_to_their_organ_alone(
    get: Get, indicator_id: str, owner: str, role: str, where: str
) -> None:
    who = DEPARTMENT if where == "department" else BUREAU
    region = "410300" if where == "elsewhere" else "410100"
    if role == "operator" and where != "department":  # operators are the province's
        await get(f"/indicators/{indicator_id}", role, expect=403, **who)
        return
    expect = 200 if role == owner and where != "elsewhere" else 403
    await get(f"/indicators/{indicator_id}?region={region}", role, expect=expect, **who)
    await get(f"/indicators/{indicator_id}?region={region}&as_of=2026-01-15", role, expect=expect, **who)
    await get(f"/indicators/{indicator_id}/evidence?region={region}", role, expect=expect, **who)
    whole = 200 if role == owner and where == "department" else 403
    await get(f"/indicators/{indicator_id}?as_of=2026-01-15", role, expect=whole, **who)
    # Rows of the whole province: his own region's, for the owner; nobody else's at all.
    await get(f"/indicators/{indicator_id}/evidence", role, expect=200 if role == owner else 403, **who)
    # The province's value is for every reader: today's for the department's owner, else that of the end of last month.
    found = await get(f"/indicators/{indicator_id}", role, **who)
    monthly = role != owner or where != "department"
    assert found["as_of"] == (LAST_MONTH if monthly else TODAY).isoformat()
    await get(f"/indicators/{indicator_id}?as_of={LAST_MONTH}", role, **who)


async def publish_sanctions(facts: Facts, region: str, count: int, *, on: date = LAST_MONTH) -> None:
    for _ in range(count):
        await facts.sanction(due=on, published=on, region=region, decided=on)


async def test_small_cells_of_closed_indicators_are_not_shown(facts: Facts, get: Get) -> None:
    await publish_sanctions(facts, "410100", 3)
    await publish_sanctions(facts, "410300", 1)
    found = await get("/indicators/M12-I1")
    assert (found["value"], found["numerator"], found["denominator"]) == (None, None, None)
    assert found["reason"]["code"] == "too-few-cases"
    assert (found["regions"], found["regions_withheld"]) == ([], 18)
    assert "权限" in found["regions_withheld_zh"]
    owner = await get(f"/indicators/M12-I1?as_of={LAST_MONTH}", "discipline-officer")
    assert (owner["value"], owner["denominator"], len(owner["regions"])) == (100.0, 4, 18)
    await publish_sanctions(facts, "410300", 2)
    found = await get("/indicators/M12-I1")
    assert (found["value"], found["numerator"], found["denominator"]) == (100.0, None, None)
    # Who knows his own three could subtract them: three others are too few.
    own = await get("/indicators/M12-I1", "discipline-officer", **BUREAU)
    assert (own["value"], own["reason"]["code"]) == (None, "too-few-cases")
    assert [(region["code"], region["denominator"]) for region in own["regions"]] == [("410100", 3)]
    rows = await get(f"/indicators/M12-I1/evidence?as_of={LAST_MONTH}", "discipline-officer", **BUREAU)
    assert (len(rows["items"]), rows["withheld"]) == (3, None)
    plan_values = (await get("/plan", "discipline-officer", **BUREAU))["values"]["indicators"]
    assert plan_values["M12-I1"]["value"] is None


async def test_a_handful_of_talks_is_not_told_to_others(facts: Facts, get: Get) -> None:
    for _ in range(4):
        await facts.talk(LAST_MONTH)
    found = await get("/indicators/M14-I3")
    assert (found["value"], found["reason"]["code"], found["regions"]) == (None, "too-few-cases", [])
    assert (await get("/indicators/M14-I3", "discipline-officer"))["value"] == 4
    await facts.talk(LAST_MONTH, region="410300")
    assert (await get("/indicators/M14-I3"))["value"] == 5
    own = await get("/indicators/M14-I3", "discipline-officer", **BUREAU)
    assert (own["value"], [region["value"] for region in own["regions"]]) == (None, [4])


async def test_cases_that_do_not_count_hide_no_small_number(facts: Facts, get: Get) -> None:
    for outcome in ("not-established", "penalised"):
        for _ in range(4):
            await facts.impostor_case(opened=LAST_MONTH, closed=LAST_MONTH, outcome=outcome)
    assert (await get("/indicators/M12-I4"))["reason"]["code"] == "too-few-cases"
    await facts.impostor_case(opened=LAST_MONTH, closed=LAST_MONTH)
    assert (await get("/indicators/M12-I4"))["value"] == 5


async def test_the_honoured_are_known_by_name_so_the_sanctioned_among_them_must_be_enough(
    facts: Facts, get: Get
) -> None:
    for _ in range(50):
        await facts.recognise(await facts.practice(), "honoured-lawyer")
    for _ in range(4):
        await facts.honoured(LAST_MONTH)
    found = await get("/indicators/M23-I3")
    assert (found["value"], found["numerator"], found["reason"]["code"]) == (None, None, "too-few-cases")
    owner = await get("/indicators/M23-I3", "discipline-officer")
    assert (owner["value"], owner["numerator"], owner["denominator"]) == (8.0, 4, 50)
    await facts.honoured(LAST_MONTH, region="410300")
    assert (await get("/indicators/M23-I3"))["value"] == 10.0
    # Who sees his own four would know of one more.
    assert (await get("/indicators/M23-I3", "discipline-officer", **BUREAU))["value"] is None


async def test_who_has_no_right_to_a_closed_indicator_cannot_poll_it_for_the_day_of_a_case(
    client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts, get: Get
) -> None:
    await publish_sanctions(facts, "410300", 6)
    paths = ("/indicators/M12-I1", "/measures/M12", "/indicators/M12-I1?as_of=" + TODAY.isoformat())
    headers = issuer.headers(roles=["plan-reader"], **DEPARTMENT)
    before = [await client.get(f"/v1{path}", headers=headers) for path in paths]
    whole = (await get("/plan"))["values"]
    # Late: for the department the share is below 100 from now on.
    await facts.sanction(due=LAST_MONTH, published=TODAY, region="410300", decided=TODAY)
    await facts.positions("discipline.events", 7)
    assert (await get("/indicators/M12-I1", "discipline-officer"))["value"] < 100
    for path, answer in zip(paths, before, strict=True):
        again = await client.get(f"/v1{path}", headers=headers | {"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304, path
        assert answer.headers["expires"] == format_datetime(NEXT_MONTH, usegmt=True)
    found = before[0].json()
    assert (found["value"], found["as_of"]) == (100.0, LAST_MONTH.isoformat())
    assert found["period"]["until_on"] == LAST_MONTH.isoformat()
    assert datetime.fromisoformat(found["valid_until"]) == NEXT_MONTH
    assert "上月末" in found["as_of_reason"]["zh"]
    assert "end of last month" in found["as_of_reason"]["en"]
    values = before[1].json()["values"]
    assert (values["as_of"], datetime.fromisoformat(values["valid_until"])) == (LAST_MONTH.isoformat(), NEXT_MONTH)
    # The whole plan is of today, but for the closed: each says its own day.
    after = (await get("/plan"))["values"]
    assert after["as_of"] == TODAY.isoformat()
    shown = after["indicators"]["M12-I1"]
    assert shown == values["indicators"]["M12-I1"] == whole["indicators"]["M12-I1"]
    assert (shown["value"], shown["as_of"], shown["as_of_reason"]["code"]) == (
        100.0,
        LAST_MONTH.isoformat(),
        "last-month",
    )
    assert (after["indicators"]["H1"]["as_of"], after["indicators"]["H1"]["as_of_reason"]) == (after["as_of"], None)
    owner = (await get("/measures/M12", "discipline-officer"))["values"]
    assert (owner["as_of"], owner["indicators"]["M12-I1"]["value"] < 100) == (TODAY.isoformat(), True)
    # Also a city's own officer: of other cities' cases.
    city = await get("/indicators/M12-I1", "discipline-officer", **BUREAU)
    assert (city["value"], city["as_of"]) == (100.0, LAST_MONTH.isoformat())


async def test_targets_say_of_which_day_they_are(get: Get) -> None:
    for target in (await get("/targets"))["targets"]:
        assert (target["computed"]["as_of"], target["computed"]["as_of_reason"]) == (TODAY.isoformat(), None)


@pytest.mark.parametrize("role", READERS)
async def test_only_registry_officers_see_lists_that_name_the_suspended(get: Get, role: str) -> None:
    for indicator_id in ("H1", "M10-I1"):
        path = f"/indicators/{indicator_id}/evidence?count_suspended=not-suspended"
        await get(path, role, expect=200 if role == "registry-officer" else 403)
        await get(f"/indicators/{indicator_id}/evidence", role)


@pytest.mark.parametrize("indicator_id", ["H1", "M10-I1"])
async def test_regional_numbers_without_the_suspended_are_for_who_may_read_of_standing_there(
    facts: Facts, get: Get, indicator_id: str
) -> None:
    for region in ("410100", "410300"):
        lawyer = await facts.practice(region=region)
        await facts.recognise(lawyer, "foreign-related-lawyer", region=region)
        await facts.standing(lawyer, date(2026, 1, 1))
    path = f"/indicators/{indicator_id}?count_suspended=not-suspended"
    for role, who, codes in (
        ("plan-reader", DEPARTMENT, []),
        ("operator", DEPARTMENT, []),
        ("registry-officer", {"region": "410000", "organisation_kind": "association"}, []),
        ("registry-officer", BUREAU, ["410100"]),
        ("registry-officer", DEPARTMENT, list(REGIONS)),
    ):
        found = await get(path, role, **who)
        assert (found["value"], [region["code"] for region in found["regions"]]) == (0, codes)
        assert found["regions_withheld"] == 18 - len(codes)
        assert (found["regions_withheld_zh"] is None) == (len(codes) == 18)
        assert codes or "停止执业人数" in found["regions_withheld_zh"]
        for code in ("410100", "410300"):
            await get(f"{path}&region={code}", role, expect=200 if code in codes else 403, **who)
        with_them = await get(path.replace("not-suspended", "licence-held"), role, **who)
        assert (with_them["value"], len(with_them["regions"]), with_them["regions_withheld_zh"]) == (2, 18, None)


async def test_headcounts_without_the_suspended_are_for_who_may_read_of_standing_there(facts: Facts, get: Get) -> None:
    firm = await facts.firm()
    branch = await facts.firm(kind="branch", parent=firm, region="410300")
    for lawyer in (await facts.staff(firm, 103), await facts.staff(branch, 2, region="410300")):
        await facts.standing(lawyer[0], date(2026, 1, 1))

    async def row(query: str, role: str, **who: Any) -> tuple[Any, ...]:
        page = await get(f"/indicators/M05-I1/evidence?{query}", role, **who)
        (found,) = page["items"]
        assert (found["firm_id"], found["counted"]) == (str(firm), True)
        hidden = found["headcount"] is None
        assert page["columns_withheld"] == (["headcount", "headcount_of_branches"] if hidden else [])
        assert ("停止执业人数" in (page["columns_withheld_zh"] or "")) == hidden
        assert bool(page["columns_withheld_en"]) == hidden
        return found["headcount"], found["headcount_of_branches"]

    without, held = "count_suspended=not-suspended", "count_suspended=licence-held"
    branches = "headcount_scope=with-branches-in-province"
    for role in ("plan-reader", "operator", "discipline-officer"):
        # The plan's own reading of M05 is without the suspended.
        for query in ("", without, f"{without}&{branches}"):
            assert await row(query, role) == (None, None)
        assert await row(held, role) == (103, 0)
        assert await row(f"{held}&{branches}", role) == (105, 2)
    assert await row(without, "registry-officer") == (102, 0)
    assert await row(f"{without}&{branches}", "registry-officer") == (103, 1)
    assert await row(without, "registry-officer", **BUREAU) == (102, 0)
    # The branch stands in another city.
    assert await row(f"{without}&{branches}", "registry-officer", **BUREAU) == (None, None)
    assert await row(without, "registry-officer", region="410100", organisation_kind="city-association") == (None, None)
