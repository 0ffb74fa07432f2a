"""Number, name and ID number together are one lawyer, or nobody."""

import pytest

from .conftest import Desk, good

ASK = "/v1/lawyer-bindings"
ID_NUMBER, OTHER = "110105194912310038", "11010519491231002X"


def headers(desk: Desk, **rights: str) -> dict[str, str]:
    asked = {"roles": ["identity-client"], "organisation_kind": "system", "region": "410000"} | rights
    return desk.issuer.headers(**asked)


async def asked(desk: Desk, **body: str) -> dict | None:
    return good(await desk.http.post(ASK, json=body, headers=headers(desk)))["lawyer"]


async def test_all_three_must_agree_and_nothing_says_which_does_not(desk: Desk, caplog: pytest.LogCaptureFixture):
    lawyer = await desk.lawyer(await desk.firm(), id_number=ID_NUMBER)
    without = await desk.lawyer(await desk.firm())
    right = {"licence_number": lawyer["licence_number"], "name": "张三", "id_number": ID_NUMBER}
    assert await asked(desk, **right) == {
        "lawyer_id": lawyer["lawyer_id"],
        "licence_number": lawyer["licence_number"],
        "region": "410100",
    }
    for wrong in (
        {"name": "李四"}, {"id_number": OTHER}, {"licence_number": "14101201210999999"},
        {"licence_number": without["licence_number"]},
    ):  # fmt: skip
        assert await asked(desk, **(right | wrong)) is None
    answer = await desk.http.post(ASK, json=right, headers=headers(desk))
    assert answer.headers["cache-control"] == "no-store"
    assert ID_NUMBER not in caplog.text
    assert ID_NUMBER not in answer.text


async def test_who_holds_no_licence_any_more_is_nobody(desk: Desk):
    desk.on("2026-04-10T12:00:00")
    lawyer = await desk.lawyer(await desk.firm(), id_number=ID_NUMBER)
    ended = {"ground": "own-request", "ended_on": "2026-04-01"}
    await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/licence-end", ended)
    assert await asked(desk, licence_number=lawyer["licence_number"], name="张三", id_number=ID_NUMBER) is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id_number": "110105194912310039"}, "id_number"),
        ({"licence_number": "1"}, "licence_number"),
        ({"name": " "}, "name"),
    ],
)
async def test_rubbish_is_told_by_field_and_never_repeated(desk: Desk, body: dict[str, str], field: str):
    right = {"licence_number": "14101201210999999", "name": "张三", "id_number": ID_NUMBER}
    answer = await desk.http.post(ASK, json=right | body, headers=headers(desk))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert "110105194912310039" not in answer.text
