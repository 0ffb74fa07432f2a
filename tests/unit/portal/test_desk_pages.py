"""No page of a desk is reached without one of its roles, and each form that makes something new is whole."""

import re

import httpx
import pytest
from common.auth.principal import ROLES, Principal
from portal.app import build_app
from portal.desks.declared import acts_of, openings_of, rows_of
from portal.desks.operations import operation
from portal.desks.tables import DESKS
from portal.settings import PortalSettings
from portal.visitors import PUBLIC, Visitor

_ROLE = "role-of-tests"
_KEY = "00000000-0000-4000-8000-000000000000"
_DESKS = [pytest.param(desk, id=desk.name) for desk in DESKS]


class _FinderByRole:
    """Nobody asks a service here: what is judged before that is what is tested."""

    async def find(self, request):
        role = request.headers.get(_ROLE)
        if role is None:
            return PUBLIC
        principal = Principal(subject="o", roles=frozenset({role}), region="410100", organisation_kind="bureau")
        return Visitor("o", principal, "token")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    settings = PortalSettings(
        environment="test",
        data_dir=str(tmp_path_factory.mktemp("portal")),
        database_url="postgresql://nobody@127.0.0.1:1",
        portal_url="http://portal",
        oidc_issuer="http://issuer",
    )
    built = build_app(settings)
    built.state.visitors = _FinderByRole()
    built.state.clients = {}
    return built


@pytest.fixture
async def asked(app):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        yield client


def _addresses(desk):
    """Method and address of every page and every form of a desk."""
    for room in desk.rooms:
        base = f"/desk/{desk.name}/{room.name}"
        yield "GET", base
        yield from ((method, f"{base}/new/{act.slug}") for act in room.creates for method in ("GET", "POST"))
        if room.record is not None:
            yield from ((method, f"{base}/{_KEY}") for method in ("GET", "POST"))
        acts = [act for act in acts_of(room) if act not in room.creates]
        yield from ((method, f"{base}/{_KEY}/do/{act.slug}") for act in acts for method in ("GET", "POST"))
        for each in openings_of(room):
            yield from ((method, f"{base}/{_KEY}/open/{each.slug}") for method in ("GET", "POST"))


@pytest.mark.parametrize("desk", _DESKS)
async def test_only_its_roles_reach_a_desk(asked, desk):
    stranger = min(ROLES - desk.roles)
    for method, address in _addresses(desk):
        own = {"Sec-Fetch-Site": "same-origin"}
        anonymous = await asked.request(method, address, headers=own)
        if method == "GET":
            assert (anonymous.status_code, address) == (303, address)
            assert anonymous.headers["location"].startswith("/sign-in")
        else:  # what was typed stays on a page that leads to the sign-in
            assert (anonymous.status_code, address) == (401, address)
        answer = await asked.request(method, address, headers=own | {_ROLE: stranger})
        assert (answer.status_code, address) == (403, address)


@pytest.mark.parametrize("desk", _DESKS)
async def test_each_form_for_something_new_is_shown_whole(asked, desk):
    role = min(desk.roles)
    for room in desk.rooms:
        for act in room.creates:
            if act.chosen:
                continue  # begins with what a service lists
            answer = await asked.get(f"/desk/{desk.name}/{room.name}/new/{act.slug}", headers={_ROLE: role})
            assert answer.status_code == 200, act.operation
            fields = set(re.findall(r'<label for="([^"]+)"', answer.text))
            assert fields <= set(re.findall(r' id="([^"]+)"', answer.text))
            assert "<form" in answer.text


async def test_what_is_set_for_the_first_time_says_so(asked):
    answer = await asked.get("/desk/rights/contacts/new/contacts", headers={_ROLE: "rights-officer"})
    assert 'name="etag" value="&#34;v0&#34;"' in answer.text


async def test_a_stranger_to_no_desk_sees_none_on_the_first_page(asked):
    answer = await asked.get("/desk", headers={_ROLE: "auditor"})
    assert answer.status_code == 200
    assert 'href="/desk/' not in answer.text


@pytest.mark.parametrize("desk", _DESKS)
async def test_no_address_shows_one_record_and_changes_another(asked, desk):
    """The services are away: whatever asked one would not be answered by 404."""
    own = {"Sec-Fetch-Site": "same-origin", _ROLE: min(desk.roles)}
    for room in desk.rooms:
        for act in acts_of(room):
            if act in room.creates or (desk.name, act.slug) == ("reporting", "draft"):
                continue  # the latter has a page of its own, which knows no rows
            slug = act.slug + "".join(f".{name}" for name in list(operation(act.operation).variants)[:1])
            address = f"/desk/{desk.name}/{room.name}/{_KEY}/do/{slug}"
            if rows_of(room, act) is None:
                address += f"?of={_KEY[:-1]}1"
            for method in ("GET", "POST"):
                answer = await asked.request(method, address, headers=own)
                assert (answer.status_code, address) == (404, address)
        for download in room.record.downloads if room.record is not None else ():
            address = f"/desk/{desk.name}/{room.name}/{_KEY}/file/{download.slug}?of={_KEY}"
            assert (await asked.get(address, headers=own)).status_code == 404
