"""The directory: who keeps it, that it only grows, and that police have no account in it."""

import asyncpg
import pytest

from .conftest import COURT, ONLINE, UNIT


async def test_a_unit_is_entered_changed_and_what_it_was_stays(linkage):
    unit = await linkage.unit()
    address = f"complaint-units/{unit['unit_id']}"
    assert (await linkage.change(unit, at=None, phone="110")).status_code == 428
    changed = await linkage.change(unit, at=1, phone="0379-65000001")
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"v2"')
    assert (await linkage.change(unit, at=1, phone="110")).status_code == 412
    assert (await linkage.get(address)).json()["phone"] == "0379-65000001"
    phones = [version["phone"] for version in (await linkage.get(f"{address}/versions")).json()]
    assert phones == ["0379-65000000", "0379-65000001"]
    other = await linkage.change(unit, at=2, organ_kind="PROC")
    assert (other.status_code, other.json()["field"]) == (422, "organ_kind")


async def test_the_list_is_filtered_and_paged(linkage):
    units = [await linkage.unit(unit_name=f"窗口{n}") for n in range(3)]
    await linkage.unit(organ_kind="PROC", organ_name="洛阳市人民检察院", duty="control", unit_name="控告申诉部门")
    await linkage.change(units[0], at=1, phone="110")
    page = (await linkage.get("complaint-units?organ_kind=COURT&region=410300&limit=2")).json()
    rest = (await linkage.get(f"complaint-units?organ_kind=COURT&limit=2&cursor={page['next_cursor']}")).json()
    listed = [unit["unit_id"] for unit in page["items"] + rest["items"]]
    assert listed == sorted(unit["unit_id"] for unit in units)
    assert rest["next_cursor"] is None
    assert {unit["version"] for unit in page["items"] + rest["items"]} == {1, 2}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({"kind": "association", "region": "410000"}, 201),
        ({"kind": "department", "region": "410000"}, 201),
        ({"kind": "city-association", "region": "410300"}, 201),
        ({"kind": "city-association", "region": "410100"}, 403),
        ({"kind": "bureau", "region": "410300"}, 403),
        ({"roles": ["operator"], "kind": "department", "region": "410000"}, 403),
        (COURT, 403),
        ({"kind": "police", "region": "410300"}, 403),
    ],
)
async def test_the_association_of_the_place_and_the_department_keep_it(linkage, who, status):
    assert (await linkage.post("complaint-units", UNIT, **who)).status_code == status
    readers = status == 201 or who["kind"] in {"city-association", "bureau"}
    assert (await linkage.get("complaint-units", **who)).status_code == (200 if readers else 403)


@pytest.mark.parametrize("kind", ["POLICE", "STATE_SEC", "DETENTION", "PRISON", "SUPERVISORY"])
async def test_rr17_police_and_state_security_have_no_account_not_even_by_hand(linkage, sql, kind):
    body = UNIT | ONLINE | {"organ_kind": kind}
    answer = await linkage.post("complaint-units", body, kind="association", region="410000")
    assert (answer.status_code, answer.json()["field"]) == (422, "channel")
    await linkage.unit(organ_kind=kind)
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(
            "INSERT INTO complaint_units SELECT unit_id, 2, organ_kind, level, region, organ_name, unit_name, duty,"
            " address, phone, 'api', 'x', open, recorded_by, recorded_at FROM complaint_units"
        )


async def test_rr17_a_case_team_is_no_unit(linkage):
    for name in ("刑事审判庭合议庭", "办案组", "承办人"):
        answer = await linkage.post("complaint-units", UNIT | {"unit_name": name}, kind="association", region="410000")
        assert (answer.status_code, answer.json()["field"]) == (422, "unit_name")
        assert name not in answer.text


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"region": "110000"}, "region"),
        ({"level": "galaxy"}, "level"),
        ({"phone": "\u0000"}, "phone"),
        ({"unit_name": ""}, "unit_name"),
        ({"channel": "fax"}, "channel"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_rubbish_names_its_field(linkage, changes, named):
    answer = await linkage.post("complaint-units", UNIT | changes, kind="association", region="410000")
    assert (answer.status_code, answer.json()["field"]) == (422, named)
