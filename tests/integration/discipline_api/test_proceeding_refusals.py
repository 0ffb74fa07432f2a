"""Whatever the machines do not hold is refused over HTTP, names its guard, and leaves no trace in the case."""

from uuid import UUID

import pytest
from contracts.conduct import OrganKind
from contracts.proceedings import ProceedingKind, machine, machines
from discipline_api.proceedings.domain import possible_from
from discipline_api.proceedings.facts import Facts
from pydantic import TypeAdapter

from tests.unit.discipline_api.cases import ORGANS, full

from .cases import FIRM, Handled

FORMS = {
    "forward": {"forwarded_to": "河南省司法厅"},
    "file": {"act_on": "2026-02-01", "discovered_on": "2026-03-01"},
    "hold-hearing": {"hearing_noticed_on": "2026-04-10", "panel": ["p-1", "p-2", "p-3"]},
    "decide": {"outcome": "none"},
    "serve": {"service_way": "mail"},
}
CODES = sorted({step.code for rows in machines().values() for step in rows.steps})
ON = "2026-06-01"
BEGINNINGS = ("CLUE", "ACCEPTED", "REFUSED", "FORWARDED")
"""States in which a county bureau may have a case: the database holds it to them."""


def said(code, rows):
    step = rows.step(code)
    body = {"step": code, "on": ON, "details": FORMS.get(code, {})}
    if step is None or step.document.value != "none":
        body["document_number"] = "郑司文〔2026〕999号"
    return body | ({} if step is not None and step.reason.value == "none" else {"reason": "理由"})


async def opened_for(hands, organ):
    made = ORGANS[organ]
    return await Handled(hands, (made.kind.value, made.region, made.code)).opened("2026-03-02")


async def put(connection, case, organ, state):
    """Into a state directly, with all that a case could have gathered on the way."""
    facts = TypeAdapter(Facts).dump_json(full(state, organ).facts, exclude_defaults=True).decode()
    statement = "UPDATE proceedings SET state = $2, facts = $3 WHERE proceeding_id = $1 RETURNING *"
    return await connection.fetchrow(statement, UUID(case.id), state, facts)


@pytest.mark.parametrize("organ", list(OrganKind))
async def test_a_step_that_does_not_begin_in_a_state_is_refused_there_without_a_trace(hands, connection, organ):
    case = await opened_for(hands, organ)
    rows = machine(ProceedingKind(case.case["kind"]["code"]))
    hands.on(f"{ON}T12:00:00")
    for state in (state.code for state in rows.states):
        if organ is OrganKind.COUNTY_BUREAU and state not in BEGINNINGS:
            continue
        before = await put(connection, case, organ, state)
        for code in CODES:
            step = rows.step(code)
            if step is not None and organ in step.organs and possible_from(full(state, organ), step):
                continue
            answer = await hands.post(
                f"{case.path}/steps", said(code, rows), headers=case.headers, **{"If-Match": '"v1"'}
            )
            wrong_organ = step is not None and organ not in step.organs
            expected = 403 if wrong_organ else 422 if step is None else 409
            assert answer.status_code == expected, (state, code, answer.text)
            assert answer.json()["field"] == "step"
            assert answer.json()["guard"] in ("state", "competent-organ", "d01-county-only-proposes")
        assert await connection.fetchrow("SELECT * FROM proceedings") == before
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    assert await connection.fetchval("SELECT count(*) FROM proceeding_steps") == 1


@pytest.mark.parametrize("organ", list(OrganKind))
async def test_an_organ_moves_no_case_of_another_but_the_association_what_it_reviews(hands, connection, organ):
    city = organ in (OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION)
    own = OrganKind.CITY_ASSOCIATION if city else OrganKind.BUREAU
    case = await opened_for(hands, own)
    await put(connection, case, own, "REVIEW" if city else "FILED")
    for other, made in ORGANS.items():
        if other is own:
            continue
        who = hands.officer(made.kind.value, made.region, made.code)
        for code in ("decide", "close", "investigate", "serve"):
            answer = await case.attempt(
                code, ON, headers=who, document_number="文〔2026〕1号", reason="理由", details=FORMS.get(code, {})
            )
            assert answer.status_code == 403, (other, code, answer.text)
            assert answer.json()["guard"] in ("competent-organ", "d01-county-only-proposes")
    same_kind = hands.officer(own.value, "410300", "ly")
    answer = await case.attempt("close", ON, headers=same_kind, reason="理由")
    assert (answer.status_code, answer.json()["guard"]) == (403, "competent-organ")
    other_code = hands.officer(own.value, "410100", "another-organ")
    assert (await case.attempt("close", ON, headers=other_code, reason="理由")).status_code == 403
    assert await connection.fetchval("SELECT version FROM proceedings") == 1


ACT, NUMBERED = FORMS["file"], {"document_number": "文〔2026〕1号"}
DECLINED = {"reason": "不成立"}


@pytest.mark.parametrize(
    ("step", "changes", "field"),
    [
        ("vote", {"details": {"outcome": "none"}}, "step"),
        ("dance", {}, "step"),
        ("file", NUMBERED | {"details": {"act_on": "2026-02-01"}}, "details.discovered_on"),
        ("file", {"details": ACT}, "document_number"),
        ("file", NUMBERED | {"details": ACT | {"colour": "red"}}, "details.colour"),
        ("file", NUMBERED | {"details": ACT | {"act_on": "昨天"}}, "details.act_on"),
        ("file", NUMBERED | {"details": ACT | {"act_on": "2026-03-02"}}, "details.discovered_on"),
        ("decline", {}, "reason"),
        ("decline", {"reason": "当事人身份证410105199001011234"}, "reason"),
        ("decline", DECLINED | {"on": "2026-03-01"}, "on"),
        ("decline", DECLINED | {"on": "2027-01-01"}, "on"),
        ("decline", DECLINED | {"details": []}, "details"),
        ("decline", DECLINED | {"details": {"channel": "信访"}}, "details.channel"),
        ("decline", {"reason": "a\x00b"}, "reason"),
    ],
)
async def test_rubbish_is_refused_at_its_field(hands, connection, step, changes, field):
    case = await Handled(hands).opened()
    await case.step("accept", "2026-03-04")
    answer = await case.attempt(step, "2026-03-06", **changes)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await connection.fetchval("SELECT version FROM proceedings") == 2


@pytest.mark.parametrize(
    ("changes", "who", "status", "field"),
    [
        ({}, {"kind": "association", "region": "410000", "code": "lx"}, 403, None),
        ({}, {"region": "410300", "code": "ly"}, 403, None),
        ({}, {"roles": ["registry-officer"]}, 403, None),
        ({"kind": "industry"}, {}, 403, "kind"),
        ({"received_on": "2026-03-03"}, {}, 422, "received_on"),
        ({"origin": "complaint"}, {}, 422, "complaint_id"),
        ({"complaint_id": "0198f3c0-0000-7000-9000-000000000001"}, {}, 422, "complaint_id"),
        ({"subject": FIRM | {"firm_name": "某所"}}, {}, 422, "subject.firm_name"),
        ({"subject": {"kind": "lawyer", "name": "赵铁柱"}}, {}, 422, "subject.licence_number"),
        ({"conduct_code": "L99"}, {}, 422, "conduct_code"),
        ({"conduct_code": "F50.1"}, {}, 422, "conduct_code"),
        ({"reason": "电话13800138000"}, {}, 422, "reason"),
    ],
)
async def test_a_case_is_not_opened_by_anybody_nor_with_anything(hands, connection, changes, who, status, field):
    case = Handled(hands)
    hands.on("2026-03-02T10:00:00")
    case_organ = {"kind": "bureau", "region": "410100", "code": "zz"}
    headers = hands.officer(**({"kind": "bureau", "region": "410100", "code": "zz"} | who))
    body = {
        "kind": "administrative", "organ": case_organ, "origin": "own-initiative", "received_on": "2026-03-02",
        "subject": {"kind": "lawyer", "licence_number": "14101201010123456", "name": "赵铁柱"},
        "conduct_code": "L48.1", "reason": "线索",
    } | changes  # fmt: skip
    answer = await hands.post("/v1/proceedings", body, headers=headers)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert await connection.fetchval("SELECT count(*) FROM proceedings") == 0
    assert case.case == {}


async def test_a_decision_s_number_is_taken_when_it_is_signed_and_by_no_record_beside(hands, connection):
    first = await (await Handled(hands).opened()).notified()
    await first.decided()
    number = first.case["decision"]["document_number"]
    second = await (await Handled(hands).opened(subject=FIRM, conduct_code="F50.1")).investigated()
    same = await second.attempt(
        "decide", "2026-04-21", document_number=number.replace("〔", "[").replace("〕", "]"), reason="不予处罚",
        details={"outcome": "none"},
    )  # fmt: skip
    assert (same.status_code, same.json()["field"]) == (409, "document_number")
    hands.on("2026-05-10T12:00:00")
    beside = await hands.post("/v1/sanctions", hands.decision(document_number=number))
    assert (beside.status_code, beside.json()["field"], "case_id" in beside.json()) == (409, "document_number", False)
    await first.served()
    assert await connection.fetchval("SELECT count(*) FROM sanctions") == 1


async def test_a_repeated_step_has_its_effect_once(hands, connection):
    case = await Handled(hands).opened()
    hands.on("2026-03-04T12:00:00")
    body = {"step": "accept", "on": "2026-03-04", "details": {}}
    answers = [
        await hands.post(
            f"{case.path}/steps", body, headers=case.headers, key="one-and-the-same", **{"If-Match": '"v1"'}
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert await connection.fetchval("SELECT count(*) FROM proceeding_steps WHERE step = 'accept'") == 1
