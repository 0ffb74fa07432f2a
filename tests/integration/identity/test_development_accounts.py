"""`yulu token` where Keycloak is the issuer: any rights, in development alone."""

import asyncio

import pytest
from common.auth import Verifier
from yulu.settings import ClientSettings
from yulu.tokens import NoToken, token_for


@pytest.fixture
def settings(keycloak):
    return ClientSettings(data_dir=str(keycloak.engine.data_dir), oidc_issuer=keycloak.url)


async def principal_of(keycloak, token):
    return await Verifier(keycloak.url, "yulu").verify(token)


async def test_whatever_rights_are_asked_for_are_those_of_the_token(keycloak, settings):
    rights = {"region": "410100", "organisation_kind": "bureau", "organisation_id": "zhengzhou-sfj"}
    token = await token_for(settings, ["registry-officer", "operator"], **rights, subject="second-officer")
    principal = await principal_of(keycloak, token)
    assert principal.subject == "second-officer"
    assert principal.roles == {"registry-officer", "operator"}
    assert (principal.region, principal.organisation_kind) == ("410100", "bureau")
    assert principal.organisation_id == "zhengzhou-sfj"
    plain = await principal_of(keycloak, await token_for(settings, ["plan-reader"]))
    assert (plain.subject, plain.region, plain.organisation_id) == ("dev", "410000", "dev")


async def test_two_may_ask_for_the_same_new_account_at_once(keycloak, settings):
    both = await asyncio.gather(*(token_for(settings, ["auditor"], region="410300") for _ in range(2)))
    assert {(await principal_of(keycloak, token)).roles for token in both} == {frozenset({"auditor"})}


@pytest.mark.parametrize(
    ("roles", "rights", "named"),
    [
        (["emperor"], {}, "emperor"),
        (["operator"], {"region": "41"}, "region"),
        (["operator"], {"organisation_kind": "club"}, "organisation_kind"),
    ],
)
async def test_rights_that_do_not_exist_are_refused_by_name(settings, roles, rights, named):
    with pytest.raises(NoToken, match=named):
        await token_for(settings, roles, **rights)
