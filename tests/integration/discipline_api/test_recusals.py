"""Whoever was recused keeps his hands off what comes of it: the case, the sanction, and what is said of that."""

from typing import Any
from uuid import uuid4

import pytest

from .cases import Handled
from .conftest import Hands
from .remarking import act, object_to, objected

RECUSED = {"officer": "cousin", "reason": "与当事人有亲属关系"}
FALLEN = {"ground": "revoked", "document_number": "豫司复决字〔2026〕9号", "withdrawn_on": "2026-05-01"}
PENDING = {"outcome": "pending", "document_number": "豫政复〔2026〕1号", "on": "2026-05-01"}
WITHHELD = {"ground": "no-social-impact", "reasons": "未造成社会影响"}


def cousin(hands: Hands) -> dict[str, str]:
    """An officer of the very organ, and a relative of the lawyer."""
    return hands.officer(subject="cousin")


async def sanctioned(hands: Hands, *, recused: bool = True) -> str:
    """The sanction of a case from which he was recused while it ran."""
    case = await Handled(hands).opened()
    if recused:
        answer = await act(hands, f"{case.path}/recusals", RECUSED)
        assert answer.status_code == 200, answer.text
        case.case = answer.json()
    await case.served()
    hands.on("2026-05-06T12:00:00")
    return case.case["sanction"]["case_id"]


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("publication", {}),
        ("withholding", WITHHELD),
        ("withdrawal", FALLEN),
        ("finality", PENDING),
        ("identity", {"number": "110105194912310038"}),
    ],
)
async def test_who_was_recused_from_the_case_does_nothing_to_its_sanction(hands, connection, what, body):
    path = f"/v1/sanctions/{await sanctioned(hands)}/{what}"
    answer = await hands.post(path, body, headers=cousin(hands), **{"If-Match": "*"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:yulu:problem:forbidden"), answer.text
    assert answer.json()["right"].endswith("-recused")
    refused = await connection.fetch("SELECT actor, action FROM audit_log WHERE outcome = 'refused'")
    assert [tuple(row) for row in refused] == [("cousin", answer.json()["right"])]
    assert (await hands.post(path, body, **{"If-Match": "*"})).status_code != 403


async def test_who_was_not_recused_may(hands):
    path = f"/v1/sanctions/{await sanctioned(hands, recused=False)}/publication"
    assert (await hands.post(path, {}, headers=cousin(hands), **{"If-Match": "*"})).status_code == 200


async def test_nor_does_he_handle_or_read_what_the_subject_says_of_it(hands):
    record: dict[str, Any] = {"case_id": await sanctioned(hands)}
    published = await hands.post(f"/v1/sanctions/{record['case_id']}/publication", {}, **{"If-Match": "*"})
    assert published.status_code == 200, published.text
    objection = await objected(hands, record)
    path = f"/v1/objections/{objection['objection_id']}"
    answer = {"upheld": True, "remedy": "withdrawn", "reasons": "异议成立"}
    assert (await act(hands, f"{path}/answer", answer, by=cousin(hands))).status_code == 403
    assert (await hands.http.get(path, headers=cousin(hands))).status_code == 403
    on_paper = await object_to(hands, record, by=cousin(hands), ground="other", received_on="2026-05-06")
    assert on_paper.status_code == 403
    assert (await hands.http.get(path, headers=hands.officer())).status_code == 200


async def test_who_was_recused_from_a_complaint_neither_opens_nor_handles_the_case_that_comes_of_it(complaints):
    hands = complaints.hands
    _, complaint = await complaints.filed()
    await complaints.step(complaint, "recusals", {"officer": "cousin", "ground": "interest"})
    about = {
        "kind": "administrative", "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
        "origin": "complaint", "complaint_id": complaint, "received_on": "2026-06-10", "conduct_code": "L48.1",
        "subject": hands.decision()["subject"], "reason": "投诉所述",
    }  # fmt: skip
    refused = await hands.post("/v1/proceedings", about, headers=cousin(hands))
    assert (refused.status_code, refused.json()["guard"], refused.json()["field"]) == (
        403, "not-recused", "complaint_id",
    )  # fmt: skip
    opened = await hands.post("/v1/proceedings", about)
    assert opened.status_code == 201, opened.text
    path = f"/v1/proceedings/{opened.json()['proceeding_id']}"
    assigned = await act(hands, f"{path}/assignments", {"officer": "cousin"})
    assert (assigned.status_code, assigned.json()["guard"]) == (409, "not-recused")
    accept = {"step": "accept", "on": "2026-06-10", "details": {}}
    assert (await act(hands, f"{path}/steps", accept, by=cousin(hands))).status_code == 403
    assert (await act(hands, f"{path}/steps", accept)).status_code == 200


async def test_complaints_from_which_one_is_recused_are_not_shown_as_alike(complaints):
    (_, one), (_, other) = await complaints.filed(), await complaints.filed()
    seen = await complaints.seen(one, subject="cousin")
    assert [alike["complaint_id"] for alike in seen.json()["possible_duplicates"]] == [other]
    await complaints.step(other, "recusals", {"officer": "cousin", "ground": "interest"})
    assert (await complaints.seen(one, subject="cousin")).json()["possible_duplicates"] == []
    assert (await complaints.seen(other, subject="cousin")).status_code == 403
    assert [alike["complaint_id"] for alike in (await complaints.seen(one)).json()["possible_duplicates"]] == [other]


async def test_a_foreign_officer_does_not_learn_of_which_kind_a_case_is(hands):
    """An administrative case knows no vote: its own organ is told so, everybody else only that it is not his."""
    case = await Handled(hands).opened()
    vote = {"step": "vote", "on": "2026-03-02", "details": {}}
    foreign = hands.officer(region="410300", code="ly")
    answers = [
        await act(hands, f"{case.path}/steps", vote | {"step": step}, by=foreign) for step in ("vote", "deliberate")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    own = await act(hands, f"{case.path}/steps", vote)
    assert (own.status_code, own.json()["guard"]) == (422, "state")
    assert (await act(hands, f"/v1/proceedings/{uuid4()}/steps", vote)).status_code == 404
