"""Mutual evaluation over HTTP: blind, voluntary, counted by the quarter, and never told of one."""

from uuid import uuid4

import asyncpg
import orjson
import pytest
from contracts.evaluations import EvaluationSide, evaluation_items
from yulu_backup import ledger

from tests.integration.rights.conftest import client_of

COMMENT = "独特标记的评语"
HOME = {"kind": "city-association", "region": "410100"}


def points(side="lawyer", value=8):
    return {item.id: value for item in evaluation_items()[EvaluationSide(side)]}


@pytest.fixture
def invite(http, officer, time):
    async def invite(*, who=None, key=None, **body):
        asked = {"form": "overall", "organ": "court", "lawyers": 3, "officials": 3} | body
        asked = {name: value for name, value in asked.items() if value is not None}
        headers = officer(**(who or HOME)) | {"Idempotency-Key": key or uuid4().hex}
        return await http.post("/v1/evaluations", json=asked, headers=headers)

    return invite


@pytest.fixture
def answer(http):
    async def answer(code, side="lawyer", value=8, **changes):
        body = {"code": code, "points": points(side, value)} | changes
        return await http.post("/v1/evaluation-answers", json=body)

    return answer


def refused(response):
    """All that an answer tells, save the number of the request."""
    return (
        response.status_code,
        {k: v for k, v in response.json().items() if k != "correlation_id"},
        sorted(name for name in response.headers if name != "content-length"),
    )


async def test_rr23_no_rating_is_visible_before_both_have_filed_or_the_window_has_closed(
    http, officer, sql, time, timers, invite, answer, log
):
    """Nor then by itself: it only counts in its quarter, once that is over."""
    time.at("2026-03-02T10:00:00")
    opened = (await invite(lawyers=6, officials=6)).json()
    for code in opened["lawyers_codes"]:
        assert (await answer(code, comment=COMMENT)).status_code == 201
    before = await everything(http, officer, sql)
    for code in opened["officials_codes"]:
        assert (await answer(code, "official", 3)).status_code == 201
    # Both sides have filed: still nothing, for whoever watched would date single answers.
    assert await everything(http, officer, sql) == before
    assert await sql.fetchval("SELECT count(*) FROM evaluation_ratings") == 0
    time.at("2026-03-10T00:00:00")
    await timers()
    assert (await means(http, officer, "2026Q1")).status_code == 422, "the quarter is not over"
    time.at("2026-04-01T00:00:00")
    shown = (await means(http, officer, "2026Q1")).json()["means"]
    told = {(m["side"], m["region"]): (m["raters"], m["mean"]) for m in shown if m["raters"]}
    assert told == {("lawyer", None): (6, 80.0), ("official", None): (6, 30.0)}
    assert COMMENT not in log.getvalue()


async def everything(http, officer, sql):
    """What anybody could be shown, and what stands in the database in the clear."""
    listed = await http.get("/v1/evaluations", headers=officer(**HOME))
    events = await sql.fetch("SELECT bytes FROM outbox ORDER BY id")
    tables = await sql.fetch("SELECT evaluation_id, form, organ, region, lawyers, officials FROM evaluations")
    ratings = await sql.fetch("SELECT * FROM evaluation_ratings")
    return [listed.json(), (await means(http, officer, "2026Q1")).status_code, [*events], [*tables], [*ratings]]


async def means(http, officer, quarter, **who):
    return await http.get(f"/v1/evaluations/means/{quarter}", headers=officer(**(HOME | who)))


async def test_an_answer_is_sealed_until_it_is_counted_and_then_belongs_to_nobody(sql, time, timers, invite, answer):
    time.at("2026-03-02T10:00:00")
    opened = (await invite()).json()
    await answer(opened["lawyers_codes"][0], comment=COMMENT)
    sealed = await sql.fetchval("SELECT answer_sealed FROM evaluation_invitations WHERE answer_sealed IS NOT NULL")
    assert COMMENT.encode() not in sealed
    assert b"lawyer" not in sealed
    time.at("2026-03-20T10:00:00")
    await timers()
    assert await sql.fetchval("SELECT count(*) FROM evaluation_invitations") == 0, "who answered is forgotten"
    assert await sql.fetchval("SELECT wrapped_key FROM evaluations") is None
    rating = dict(await sql.fetchrow("SELECT * FROM evaluation_ratings"))
    assert rating.keys() == {"rating_id", "quarter", "region", "organ", "side", "points"}
    assert COMMENT.encode() not in await sql.fetchval("SELECT sealed FROM evaluation_comments")
    assert await timers() == 0


async def test_a_backup_of_an_open_window_is_counted_after_its_restore_whatever_older_ledgers_say(
    http, officer, sql, time, timers, invite, answer
):
    """What was acknowledged counts, and who answered is forgotten: neither does a ledger of erasures prevent."""
    time.at("2026-03-02T10:00:00")
    opened = (await invite(lawyers=6)).json()
    for code in opened["lawyers_codes"]:
        assert (await answer(code)).status_code == 201
    key = {"evaluation_id": opened["evaluation_id"]}
    counted = ledger.Erasure(1, "rights", "evaluations", key, {"wrapped_key": None}, "2026-03-20T10:00:00+08:00")
    assert await ledger.replay(sql, [counted]) == 0
    time.at("2026-04-02T10:00:00")
    await timers()
    assert await sql.fetchval("SELECT count(*) FROM evaluation_invitations") == 0
    told = [orjson.loads(row["bytes"])["type"] for row in await sql.fetch("SELECT bytes FROM outbox")]
    assert told.count("lawyers.rights.evaluation.closed.v1") == 1
    shown = (await means(http, officer, "2026Q1")).json()["means"]
    assert [m["raters"] for m in shown if m["raters"]] == [6]
    assert await sql.fetchval("SELECT count(*) FROM erasures WHERE relation = 'evaluations'") == 0


async def test_nobody_learns_who_has_abstained(http, officer, sql, time, timers, invite, answer):
    """Of a case one side answers, of the other both: to all appearances the two are the same."""
    time.at("2026-03-02T10:00:00")
    case = {"form": "case", "lawyers": 1, "officials": 1, "concluded_on": "2026-02-27"}
    half, both = (await invite(**case)).json(), (await invite(**case)).json()
    await answer(half["lawyers_codes"][0])
    await answer(both["lawyers_codes"][0])
    await answer(both["officials_codes"][0], "official")

    async def seen():
        items = (await http.get("/v1/evaluations", headers=officer(**HOME))).json()["items"]
        moving = {"evaluation_id"}
        return [{k: v for k, v in item.items() if k not in moving} for item in items]

    first, second = await seen()
    assert first == second
    time.at("2026-03-10T00:00:01")
    late = [await answer(code) for code in (half["lawyers_codes"][0], half["officials_codes"][0], "XXXX")]
    assert len({orjson.dumps(refused(one)) for one in late}) == 1
    await timers()
    first, second = await seen()
    assert first == second
    assert first["state"] == "closed"
    closed = [dict(row) for row in await sql.fetch("SELECT * FROM evaluations")]
    assert all(row["wrapped_key"] is None for row in closed)


async def test_a_code_works_once_and_used_wrong_and_late_ones_are_told_apart_by_nobody(time, timers, invite, answer):
    time.at("2026-03-02T10:00:00")
    opened = (await invite()).json()
    code = opened["lawyers_codes"][0]
    assert (await answer(code, value=9)).status_code == 201
    assert (await answer(code.lower().replace("-", ""), value=9)).status_code == 201, "the same again, gone unseen"
    wrong = "0000-0000-0000-0000-0000"
    answers = [await answer(code, value=2), await answer(wrong, value=2), await answer(code, points={"x": 1})]
    time.at("2026-03-10T00:00:00")
    answers += [await answer(opened["lawyers_codes"][1]), await answer(code, value=9)]
    await timers()
    answers += [await answer(opened["lawyers_codes"][1]), await answer(code, value=9)]
    assert {one.status_code for one in answers} == {404}
    assert len({orjson.dumps(refused(one)) for one in answers}) == 1


async def test_guesses_are_limited(make_app):
    app = make_app(evaluation_rate_limit="5/hour")
    async with app.router.lifespan_context(app), client_of(app) as http:
        body = {"code": "0000-0000-0000-0000-0000", "points": points()}
        codes = [(await http.post("/v1/evaluation-answers", json=body)).status_code for _ in range(7)]
    assert codes == [404] * 5 + [429] * 2


async def test_a_repetition_shows_the_same_codes_and_they_stand_nowhere(sql, time, invite, log):
    time.at("2026-03-02T10:00:00")
    first = await invite(key="same-key-1")
    again = await invite(key="same-key-1")
    assert first.status_code == again.status_code == 201
    assert first.json()["lawyers_codes"] == again.json()["lawyers_codes"]
    assert await sql.fetchval("SELECT count(*) FROM evaluations") == 1
    kept = await sql.fetch("SELECT body FROM idempotency_keys")
    assert [row["body"] for row in kept] == [None]
    bare = first.json()["officials_codes"][0]
    for table in ("evaluations", "evaluation_invitations", "outbox"):
        assert bare not in str([dict(row) for row in await sql.fetch(f"SELECT * FROM {table}")])
    assert bare not in log.getvalue()


async def test_events_tell_of_rounds_and_of_nobody(sql, time, timers, invite, answer):
    time.at("2026-03-02T10:00:00")
    opened = (await invite(form="case", lawyers=1, officials=1, concluded_on="2026-02-27")).json()
    await answer(opened["lawyers_codes"][0], comment=COMMENT)
    time.at("2026-03-10T10:00:00")
    await timers()
    data = [orjson.loads(row["bytes"])["data"] for row in await sql.fetch("SELECT bytes FROM outbox ORDER BY id")]
    number = opened["evaluation_id"]
    common = {"region": "410100", "evaluation_id": number, "form": "case", "organ": "court"}
    assert data == [
        common | {"version": 1, "opened_on": "2026-03-02", "closes_on": "2026-03-09"},
        common | {"version": 2, "closed_on": "2026-03-09"},
    ]


async def test_means_wait_for_what_is_not_counted_yet(http, officer, time, timers, invite, answer):
    """A timer that is late must not make the quarter move afterwards."""
    time.at("2026-03-02T10:00:00")
    opened = (await invite(lawyers=6)).json()
    for code in opened["lawyers_codes"]:
        await answer(code)
    time.at("2026-04-02T10:00:00")
    early = await means(http, officer, "2026Q1")
    assert (early.status_code, early.json()["type"].rpartition(":")[2]) == (409, "not-counted-yet")
    await timers()
    assert (await means(http, officer, "2026Q1")).status_code == 200


async def test_comments_are_read_only_where_means_are_told_with_a_purpose_and_logged(
    http, officer, sql, time, timers, invite, answer
):
    time.at("2026-03-02T10:00:00")
    for region, number in (("410100", 7), ("410300", 6), ("410200", 5), ("410500", 2)):
        opened = (await invite(lawyers=number, who={"kind": "association", "region": "410000"}, region=region)).json()
        for code in opened["lawyers_codes"]:
            await answer(code, comment=f"{COMMENT}{region}")
    time.at("2026-04-02T10:00:00")
    await timers()

    async def comments(of, purpose="improvement", **who):
        headers = officer(**({"kind": "city-association", "region": of} | who))
        headers |= {} if purpose is None else {"Access-Purpose": purpose}
        return await http.get(
            f"/v1/evaluations/means/2026Q1/comments?region={of}&organ=court&side=lawyer", headers=headers
        )

    shown = await comments("410100")
    assert (shown.status_code, shown.json()) == (200, [f"{COMMENT}410100"] * 7)
    assert shown.headers["cache-control"] == "no-store"
    assert (await comments("410500")).status_code == 409
    assert (await comments("410200")).status_code == 409, "hidden with it"
    assert (await comments("410100", purpose=None)).status_code == 422
    assert (await comments("410100", purpose="curiosity")).status_code == 422
    assert (await comments("410100", region="410300")).status_code == 403
    assert (await comments("410100", kind="bureau")).status_code == 403
    logged = await sql.fetch("SELECT region, purpose FROM evaluation_comment_access")
    assert [tuple(row) for row in logged] == [("410100", "improvement")]


@pytest.mark.parametrize("role", ["rights-officer", "discipline-officer", "operator", "lawyer", "plan-reader"])
async def test_associations_invite_and_officers_read(http, issuer, time, role):
    time.at("2026-03-02T10:00:00")
    body = {"form": "overall", "organ": "court", "region": "410100"}
    for kind in ("association", "city-association", "department", "bureau", "county-bureau", "court", "procuratorate"):
        for region in ("410000", "410100", "410300"):
            headers = issuer.headers(roles=[role], organisation_kind=kind, region=region)
            of_city = kind in {"city-association", "bureau", "county-bureau"}
            acts = (region == "410000") is not of_city
            may = role == "rights-officer" and kind.endswith("association") and acts and region != "410300"
            opened = await http.post("/v1/evaluations", json=body, headers=headers | {"Idempotency-Key": uuid4().hex})
            assert opened.status_code == (201 if may else 403), (role, kind, region)
            reads = (
                role == "rights-officer"
                and kind in {"association", "city-association", "department", "bureau"}
                and acts
            )
            told = await http.get("/v1/evaluations/means/2025Q4", headers=headers)
            assert told.status_code == (200 if reads else 403), (role, kind, region)
            listed = await http.get("/v1/evaluations", headers=headers)
            assert listed.status_code == (200 if reads else 403), (role, kind, region)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"form": "gossip"}, "form"),
        ({"organ": "police"}, "organ"),
        ({"region": "110000"}, "region"),
        ({"lawyers": 0}, "lawyers"),
        ({"officials": 201}, "officials"),
        ({"concluded_on": "2026-02-27"}, "concluded_on"),
        ({"form": "case", "concluded_on": "2026-03-03", "lawyers": 1, "officials": 1}, "concluded_on"),
        ({"form": "case", "concluded_on": "yesterday"}, "concluded_on"),
        ({"name": "张三"}, "name"),
    ],
)
async def test_rubbish_invitations_are_refused_and_named(time, invite, body, field):
    time.at("2026-03-02T10:00:00")
    answer = await invite(**body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert "张三" not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"points": "很好"},
        {"points": {str(n): 1 for n in range(33)}},
        {"points": points(value=11)},
        {"points": points(value=-1)},
        {"points": points(value=10**40)},
        {"points": points("official")},
        {"points": points() | {"lawful": 5.5}},
        {"points": {}},
        {"comment": ""},
        {"comment": "评" * 2001},
        {"comment": "\x00"},
        {"code": ""},
        {"code": "X" * 65},
        {"who": "me"},
    ],
)
async def test_rubbish_answers_are_refused_and_leave_the_code_unused(http, time, invite, answer, change):
    time.at("2026-03-02T10:00:00")
    code = (await invite()).json()["lawyers_codes"][0]
    bad = await http.post("/v1/evaluation-answers", json={"code": code, "points": points()} | change)
    assert bad.status_code == 422, bad.text
    assert (await answer(code)).status_code == 201


async def test_the_database_refuses_to_change_a_rating(sql, time, timers, invite, answer):
    time.at("2026-03-02T10:00:00")
    await answer((await invite()).json()["lawyers_codes"][0])
    time.at("2026-03-10T10:00:00")
    await timers()
    for change in ("UPDATE evaluation_ratings SET points = points", "DELETE FROM evaluation_ratings"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(change)


async def test_everyone_may_read_what_is_asked(http):
    sides = (await http.get("/v1/evaluation-items")).json()
    assert [(side["side"], len(side["items"])) for side in sides] == [("lawyer", 10), ("official", 10)]
