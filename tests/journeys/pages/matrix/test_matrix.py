"""No page, record or act of the portal without the right to it at the service that it stands on."""

from collections.abc import Sequence

import pytest
from portal.app import ROUTERS, build_app
from portal.desks.tables import DESKS
from portal.settings import PortalSettings
from starlette.routing import Match

from tests.journeys.made_up import ZHENGZHOU
from tests.journeys.pages.matrix.by_design import PUBLIC, reason_of
from tests.journeys.pages.matrix.callers import CALLERS
from tests.journeys.pages.matrix.desk_rows import desk_rows
from tests.journeys.pages.matrix.row import Row
from tests.journeys.pages.matrix.special_rows import special_rows

_OUTSIDERS = ("another-bureau", "another-association", "another-court", "steering-city", "nowhere")
"""Officers of other places, with the roles of every desk."""
_FORMS_OPENED = ("bureau", "another-bureau")
"""Who opens each form about a record; it stands on the record alone, which everybody opens."""
_REFUSED = (403, 404)
_OWN = {
    "discipline POST /v1/complaints/entries": "what an officer writes down is his own organ's to handle",
    "discipline POST /v1/proceedings": "the organ is the visitor's own, which nobody types",
    "discipline POST /v1/sanctions": "the same",
    "discipline POST /v1/conduct-records": "the same",
    "discipline POST /v1/talks": "the same",
    "discipline POST /v1/impact-assessments": "the same",
    "discipline POST /v1/impostor-clues/entries": "the bureau's own place",
    "rights POST /v1/consultations": "the host is one's own organ",
    "rights POST /v1/evaluations": "of one's own place",
    "rights POST /v1/duty/rosters": "of one's own organ",
    "rights PUT /v1/duty/rosters/{on}": "of one's own organ",
    "rights PUT /v1/duty/contacts": "of one's own organ",
    "rights PUT /v1/duty/telephone": "of one's own organ",
}
"""What every officer may send: it makes only what is his own organ's."""
_NOBODYS = {
    "discipline POST /v1/consistency": "decided cases of all organs, without names; writes nothing",
    "discipline POST /v1/repetition-checks": "sanctions wherever imposed (律师法 51); audited, kept nowhere else",
    "rights_public POST /v1/complaints/dictations": "whoever takes a call files for the caller, as he himself may",
    "rights_public POST /v1/refused-meetings/dictations": "the same",
}
"""What every officer may send wherever he is, and learns nothing by that he may not know."""
_MAY = {*_OWN, *_NOBODYS}
_JUDGED_LINE_BY_LINE = {
    "registry POST /v1/imports": "rows of other regions are faults of theirs",
    "registry POST /v1/assessments/{year}/firms": "a firm of another region is a fault of its entry",
    "registry POST /v1/assessments/{year}/lawyers": "the same",
}
_BY_THE_LAWYER = "made by the lawyer himself, of a record on public display"
_ONCE = "one a period, which other journeys make"
_NOTHING_THERE = {
    "discipline/objections": _BY_THE_LAWYER,
    "discipline/repairs": _BY_THE_LAWYER,
    "discipline/statements": _BY_THE_LAWYER,
    "discipline/linkages": "made by a worker, of a sanction that ends a membership",
    "rights/hand-overs": "written by who is on duty alone",
    "rights/resolutions": "made of signed minutes",
    "rights/statistics": _ONCE,
    "reporting/statistics": _ONCE,
    "reporting/editions": _ONCE,
    "reporting/closing": _ONCE,
    "reporting/backfills": _ONCE,
}
"""Rooms that are walked with the key of nothing: nobody may be told otherwise there."""
_STREAM = "/live/events"


@pytest.fixture(scope="module")
def rows(keys):
    return [*desk_rows(keys), *special_rows(keys)]


def _reads(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.method == "GET"]


def _writes(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.method == "POST"]


def _led_in(row: Row, roles) -> bool:
    return row.desk is None or bool(row.desk.roles & set(roles))


def _route_of(method: str, path: str) -> tuple[str, str] | None:
    """That answers it, as the portal would choose."""
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    for router in ROUTERS:
        for route in router.routes:
            if route.matches(scope)[0] is Match.FULL:
                return method, route.path
    return None


def test_every_route_is_in_the_matrix_or_public_by_design(tmp_path):
    rows = [*desk_rows({}), *special_rows({})]
    walked = {_route_of(row.method, row.path) or row.name for row in rows}
    routes = {(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods}
    public = {route for route in routes if reason_of(route[1])}
    assert walked & public == set()
    assert walked | public == routes
    # What the application has beside its routers.
    settings = {"environment": "test", "data_dir": str(tmp_path), "database_url": "postgresql://nobody@127.0.0.1:1"}
    app = build_app(PortalSettings(**settings, portal_url="http://portal", oidc_issuer="http://issuer"))
    beside = {route.path for route in app.routes if getattr(route, "path", None)}
    assert len(app.routes) == len(beside) + len(ROUTERS)
    begin = {"/" + path.strip("/").partition("/")[0] for path in (*beside, *(path for _, path in public))}
    assert begin == set(PUBLIC)


def test_what_is_looked_at_is_there(portal, tokens, rows, keys):
    """A refusal says something only of what somebody else may see."""
    records = {f"{desk.name}/{room.name}" for desk in DESKS for room in desk.rooms if room.record is not None}
    assert records - set(keys) == set(_NOTHING_THERE)
    asked = {row.asks[0] for row in rows if row.asks and row.desk and row.name in _records(keys)}
    assert len(asked) > len(records) / 2
    for name in ("bureau", "city-association", "department", "court"):
        asked -= {each for each, status in portal.answers(list(asked), tokens[name]).items() if status == 200}
    assert asked == set()


def _records(keys) -> set[str]:
    return {f"GET /desk/{room}/{key}" for room, key in keys.items()}


@pytest.mark.parametrize("name", CALLERS)
def test_a_page_is_shown_to_whom_its_api_answers_and_to_nobody_else(name, portal, tokens, rows):
    """Whatever a page asks, it asks as its visitor."""
    token, roles = tokens[name], CALLERS[name].roles
    mine = [row for row in _reads(rows) if _led_in(row, roles) and (name in _FORMS_OPENED or "/do/" not in row.path)]
    answers = portal.answers(list(dict.fromkeys(each for row in mine for each in row.asks)), token)
    mine = [row for row in mine if row.address != _STREAM or answers[row.asks[0]] >= 400]
    wrong = []
    for row, seen in zip(mine, portal.sees(mine, token), strict=True):
        refusals = {answers[each] for each in row.asks if answers[each] >= 400}
        if row.of_row and not refusals:
            refusals = {200, 404} | {call.status for call in seen.calls if call.refused}
        if seen.status not in (refusals or {200, 303}):
            wrong.append((row.name, seen.status, refusals))
        if {call.bearer for call in seen.calls} - {token}:
            wrong.append((row.name, "asked as somebody else"))
        if seen.writes:
            wrong.append((row.name, "a page that is read writes", seen.writes))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("desk", DESKS, ids=[desk.name for desk in DESKS])
def test_who_has_every_other_role_is_not_let_in(desk, portal, system, rows):
    roles = {role for each in CALLERS.values() for role in each.roles} - desk.roles
    token = system.token(*sorted(roles), organisation_id="hn-sft", subject=f"matrix-not-{desk.name}")
    own = [row for row in rows if row.desk is desk]
    seen = portal.sees(own, token)
    assert [(row.name, each.status) for row, each in zip(own, seen, strict=True) if each.status != 403] == []
    assert [row.name for row, each in zip(own, seen, strict=True) if each.calls] == []


def test_the_public_is_led_to_the_sign_in_page_and_its_forms_are_kept(portal, rows):
    wrong = []
    for row, seen in zip(rows, portal.sees(rows, None), strict=True):
        expected = 401 if row.method == "POST" or row.address == _STREAM else 303
        if seen.status != expected or seen.calls:
            wrong.append((row.name, seen.status, seen.calls))
        elif expected == 303 and not seen.headers["location"].startswith("/sign-in"):
            wrong.append((row.name, seen.headers["location"]))
    assert not wrong, "\n".join(map(str, wrong))


def test_forms_of_other_sites_are_refused_whoever_is_signed_in(portal, tokens, rows):
    sent = _writes(rows)
    seen = portal.sees(sent, tokens["department"], site="cross-site")
    assert {(each.status, len(each.calls)) for each in seen} == {(403, 0)}


def test_what_outsiders_send_is_never_carried_out(portal, tokens, rows, written):
    before = written()
    wrong = []
    for name, mine in _sent_by_outsiders(rows):
        for row, seen in zip(mine, portal.sees(mine, tokens[name]), strict=True):
            expected = _REFUSED if row.carries_out not in _JUDGED_LINE_BY_LINE else (*_REFUSED, 422)
            calls = seen.writes or seen.calls[-1:]
            if seen.status not in (403, 404, 422) or not calls or {call.status for call in calls} - {*expected}:
                wrong.append((name, row.name, seen.status, [(call.status, call.told[:200]) for call in calls]))
    assert not wrong, "\n".join(map(str, wrong))
    assert written() == before


def test_what_outsiders_make_anew_is_their_own(portal, tokens, rows):
    wrong, made = [], set()
    for name in _OUTSIDERS:
        mine = [row for row in _writes(rows) if row.carries_out in _MAY and _led_in(row, CALLERS[name].roles)]
        for row, seen in zip(mine, portal.sees(mine, tokens[name]), strict=True):
            for call in seen.writes:
                if not call.refused:
                    made.add(row.carries_out)
                of_others = "郑州" in call.told or ZHENGZHOU in call.told
                if not call.refused and row.carries_out in _OWN and of_others:
                    wrong.append((name, row.name, call.told))
                if call.refused != (seen.status == 422):
                    wrong.append((name, row.name, seen.status, call.status, call.told))
    assert not wrong, "\n".join(map(str, wrong))
    # A day that is set already is changed at the version it has then.
    assert _MAY - made <= {"rights PUT /v1/duty/rosters/{on}"}


def _sent_by_outsiders(rows):
    for name, caller in CALLERS.items():
        sent = [row for row in _writes(rows) if row.carries_out and row.carries_out not in _MAY]
        at_desks = [row for row in sent if row.desk and _led_in(row, caller.roles) and name in _OUTSIDERS]
        if name == "nowhere":
            at_desks = [row for row in at_desks if row.creates]
        yield name, [*at_desks, *(row for row in sent if row.desk is None and name != "operator")]
