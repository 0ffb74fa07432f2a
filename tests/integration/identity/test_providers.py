"""One suite for every provider of identity: what our services and the portal rely on."""

import httpx
import pytest
from common.auth import TokenInvalid, TokenSource
from joserfc import jwt
from joserfc.jwk import KeySet
from yulu_local.issuer_login import CALLBACK
from yulu_local.people import people

BUREAU = people()["registry-bureau"]
READER = people()["plan-reader"]


async def claims_of(visit, token):
    keys = KeySet.import_key_set((await visit.browser.get(visit.discovery["jwks_uri"])).json())
    return jwt.decode(token, keys, algorithms=["RS256", "ES256"]).claims


async def test_its_discovery_document_names_what_is_needed(visit):
    found = visit.discovery
    assert found["issuer"] == visit.provider.url
    assert {"authorization_code", "client_credentials", "refresh_token"} <= set(found["grant_types_supported"])
    assert "S256" in found["code_challenge_methods_supported"]
    assert found["backchannel_logout_session_supported"]


async def test_our_workers_get_tokens_as_themselves(provider, verifier):
    source = TokenSource(provider.url, "outbox-relay", provider.client_secret("outbox-relay"))
    principal = await verifier.verify(await source.token())
    assert (principal.subject, principal.roles, principal.region) == ("outbox-relay", {"outbox-relay"}, "410000")
    assert (principal.organisation_kind, principal.organisation_id) == ("system", "yulu")


async def test_the_client_that_binds_accounts_may_ask_the_registry_and_is_no_worker(provider, verifier):
    principal = await verifier.verify(
        await TokenSource(provider.url, "identity", provider.client_secret("identity")).token()
    )
    assert (principal.subject, principal.roles, principal.region) == ("identity", {"identity-client"}, "410000")
    assert principal.organisation_kind == "system"


@pytest.mark.parametrize("secret", ["wrong", ""])
async def test_a_worker_without_its_secret_gets_none(provider, secret):
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        await TokenSource(provider.url, "outbox-relay", secret).token()


async def test_a_person_logs_in_and_is_who_the_register_of_persons_says(visit, verifier):
    granted = await visit.log_in(BUREAU)
    principal = await verifier.verify(granted["access_token"])
    assert principal.subject == BUREAU.subject
    assert principal.roles == BUREAU.roles
    assert principal.region == BUREAU.region
    assert (principal.organisation_kind, principal.organisation_id) == ("bureau", "zhengzhou-sfj")
    claims = await claims_of(visit, granted["id_token"])
    assert (claims["aud"], claims["nonce"], claims["sub"]) == ("portal", visit.nonce, BUREAU.subject)
    assert claims["name"] == BUREAU.name
    assert (claims["roles"], claims["region"]) == (sorted(BUREAU.roles), BUREAU.region)
    assert claims["sid"] == (await claims_of(visit, granted["access_token"]))["sid"]


async def test_an_id_token_is_no_access_token(visit, verifier):
    granted = await visit.log_in(READER)
    for token in (granted["id_token"], granted["refresh_token"]):
        with pytest.raises(TokenInvalid):
            await verifier.verify(token)


@pytest.mark.parametrize(
    "changed",
    [{"code_challenge": None}, {"code_challenge_method": "plain"}, {"response_type": "token"}],
)
async def test_a_request_without_pkce_or_for_another_flow_is_sent_back_with_an_error(visit, changed):
    sent = await visit.ask(**changed)
    location = sent.headers.get("location", "")
    assert sent.is_redirect
    assert "error=" in location
    assert "code=" not in location.replace("error_code=", "")


@pytest.mark.parametrize("end", ["/", CALLBACK + "/", CALLBACK + "?next=1", CALLBACK + ".evil"])
async def test_nobody_is_sent_to_another_address(visit, end):
    sent = await visit.ask(redirect_uri=visit.portal + end)
    assert sent.status_code == 400


async def test_a_code_is_good_once_with_its_verifier_and_the_clients_secret(visit):
    for wrong in ({"code_verifier": "x" * 43}, {"secret": "wrong"}, {"redirect_uri": f"{visit.portal}/"}):
        refused = await visit.redeem(await visit.code(READER), **wrong)
        assert refused.status_code in (400, 401)
        visit.browser.cookies.clear()
    code = await visit.code(READER)
    granted = (await visit.redeem(code)).json()
    again = await visit.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    # Somebody else holds the code: the login it began is over.
    assert (await visit.refresh(granted["refresh_token"])).status_code == 400


async def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_login(visit, verifier):
    first = await visit.log_in(BUREAU)
    second = (await visit.refresh(first["refresh_token"])).json()
    assert (await verifier.verify(second["access_token"])).roles == BUREAU.roles
    stolen = await visit.refresh(first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await visit.refresh(second["refresh_token"])).status_code == 400


async def test_a_revoked_refresh_token_ends_its_login(visit, provider):
    granted = await visit.log_in(BUREAU)
    endpoint, form = visit.discovery["revocation_endpoint"], {"token": granted["refresh_token"]}
    refused = await visit.browser.post(endpoint, data=form, auth=("portal", "wrong"))
    assert refused.status_code == 401
    revoked = await visit.browser.post(endpoint, data=form, auth=("portal", provider.client_secret("portal")))
    assert revoked.status_code == 200
    assert (await visit.refresh(granted["refresh_token"])).status_code == 400


async def test_logging_out_ends_the_login_everywhere(visit, portal):
    granted = await visit.log_in(BUREAU)
    before = len(portal.told)
    sent = await visit.log_out(granted["id_token"])
    assert sent.headers["location"] == f"{visit.portal}/?state=bye"
    assert (await visit.refresh(granted["refresh_token"])).status_code == 400
    (told,) = portal.told[before:]
    logout = await claims_of(visit, told)
    assert logout["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert logout["sid"] == (await claims_of(visit, granted["id_token"]))["sid"]
    assert "nonce" not in logout


async def test_a_logout_leads_nowhere_else(visit):
    granted = await visit.log_in(READER)
    sent = await visit.log_out(granted["id_token"], post_logout_redirect_uri="http://127.0.0.1:1/")
    assert sent.status_code == 400


@pytest.mark.parametrize("hint", ["none", "no token", "altered", "an access token"])
async def test_whoever_leads_a_browser_to_the_logout_ends_no_login(visit, hint):
    """A link on somebody's page, which has no ID token of this login: refused, or the person is asked first."""
    granted = await visit.log_in(READER)
    head, _, signature = granted["id_token"].rpartition(".")
    told = {
        "none": "", "no token": "x", "altered": f"{head}.{signature[:-8]}AAAAAAAA",
        "an access token": granted["access_token"],
    }  # fmt: skip
    query = {"client_id": "portal", "post_logout_redirect_uri": f"{visit.portal}/"}
    query |= {"id_token_hint": told[hint]} if told[hint] else {}
    sent = await visit.browser.get(visit.discovery["end_session_endpoint"], params=query)
    assert sent.status_code in (200, 400), sent.status_code
    assert "location" not in sent.headers
    assert (await visit.refresh(granted["refresh_token"])).status_code == 200


async def test_a_logout_token_is_no_access_token(visit, portal, verifier):
    granted = await visit.log_in(READER)
    await visit.log_out(granted["id_token"])
    with pytest.raises(TokenInvalid):
        await verifier.verify(portal.told[-1])


async def test_without_a_login_nobody_is_known(visit):
    answer = visit.answer(await visit.ask(prompt="none"))
    assert answer["error"] == "login_required"
