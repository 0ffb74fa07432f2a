"""The portal's side of a login and of binding an account, at real providers."""

import pytest
from portal.accounts.binding import MOST_TRIES, NotBound, bind
from portal.accounts.directory import Directory
from portal.sessions.provider import CALLBACK, Provider, SignInRefused
from portal.settings import PortalSettings
from pydantic import SecretStr
from yulu_local import issuer_login
from yulu_local.people import people

from tests.integration.identity.conftest import follow

OFFICER = people()["registry-bureau"]
VERIFIER = "v" * 43
LAWYER = {"licence_number": "14101201010123456", "region": "410100"}
DAY = "2026-04-10"


def settings(provider, portal):
    return PortalSettings(oidc_issuer=provider.url, portal_url=portal.url)


@pytest.fixture
async def client(provider, portal):
    secret = SecretStr(provider.client_secret("portal"))
    made = Provider(settings(provider, portal), secret)
    yield made
    await made.close()


async def sent_back(visit, client, person=OFFICER):
    """The code that the provider gives for a sign-in which the portal has begun."""
    url = await client.authorization_url(state=visit.state, nonce="n-1", verifier=VERIFIER)
    sent = await visit.provider.log_in(visit.browser, await visit.browser.get(url), person)
    return visit.answer(sent)["code"]


async def test_a_login_is_redeemed_renewed_and_ended(visit, client, portal):
    assert issuer_login.CALLBACK == CALLBACK
    signed_in = await client.redeem(await sent_back(visit, client), verifier=VERIFIER, nonce="n-1")
    assert (signed_in.principal.subject, signed_in.tokens.name) == (OFFICER.subject, OFFICER.name)
    assert signed_in.tokens.ends > signed_in.tokens.renew_by - 3600
    fresh = await client.refreshed(signed_in.tokens)
    assert fresh.name == OFFICER.name
    assert (await client.principal_of(fresh.access)).roles == OFFICER.roles
    await visit.browser.get(await client.end_session_url(fresh.id))
    assert await client.logged_out(portal.told[-1]) == (signed_in.issuer_session, OFFICER.subject)
    for token in (fresh.id, fresh.access):
        with pytest.raises(SignInRefused):
            await client.logged_out(token)
    with pytest.raises(SignInRefused):
        await client.refreshed(fresh)


async def test_a_code_of_another_sign_in_is_refused(visit, client):
    with pytest.raises(SignInRefused):
        await client.redeem(await sent_back(visit, client), verifier=VERIFIER, nonce="n-2")


async def test_revoking_ends_a_login_in_another_browser(visit, client):
    signed_in = await client.redeem(await sent_back(visit, client), verifier=VERIFIER, nonce="n-1")
    await client.revoke(signed_in.tokens.refresh)
    with pytest.raises(SignInRefused):
        await client.refreshed(signed_in.tokens)
    # Nor does that browser sign in again by itself.
    assert visit.answer(await visit.ask(prompt="none"))["error"] == "login_required"


class TestBinding:
    @pytest.fixture
    def provider(self, keycloak):
        return keycloak

    @pytest.fixture
    async def directory(self, keycloak, portal):
        made = Directory(settings(keycloak, portal), SecretStr(keycloak.client_secret("identity")))
        yield made
        await made.close()

    async def newcomer(self, visit, keycloak, username):
        """His tokens, after he came in by the provincial service."""
        visit.browser.cookies.clear()
        page = await follow(visit.browser, await visit.ask(kc_idp_hint="provincial"))
        sent = await follow(visit.browser, await keycloak.with_password(visit.browser, page, username))
        return (await visit.redeem(visit.answer(sent)["code"])).json()

    async def test_an_account_becomes_one_lawyers_and_no_second_does(self, visit, keycloak, directory, verifier):
        granted = await self.newcomer(visit, keycloak, "li-qunzhong")
        who = (await verifier.verify(granted["access_token"])).subject

        async def lawyers(said):
            return LAWYER if said["id_number"] == "right" else None

        for _ in range(2):
            with pytest.raises(NotBound, match="不一致"):
                await bind(directory, lawyers, who, {"id_number": "wrong"}, DAY)
        for _ in range(2):  # the second time it is done already
            assert await bind(directory, lawyers, who, {"id_number": "right"}, DAY) == LAWYER["licence_number"]
        renewed = await verifier.verify((await visit.refresh(granted["refresh_token"])).json()["access_token"])
        assert (renewed.subject, renewed.roles, renewed.region) == (who, {"lawyer"}, "410100")
        assert (renewed.organisation_kind, renewed.organisation_id) == ("lawyer", LAWYER["licence_number"])
        second = await self.newcomer(visit, keycloak, "registry-bureau")
        other = (await verifier.verify(second["access_token"])).subject
        with pytest.raises(NotBound, match="另一账号"):
            await bind(directory, lawyers, other, {"id_number": "right"}, DAY)

    async def test_an_officer_is_no_lawyer_and_trying_ends(self, visit, keycloak, directory, verifier):
        async def nobody(_said):
            return None

        with pytest.raises(NotBound, match="属于机构"):
            await bind(directory, nobody, OFFICER.subject, {}, DAY)
        granted = await self.newcomer(visit, keycloak, "wang-qunzhong")
        who = (await verifier.verify(granted["access_token"])).subject
        for _ in range(MOST_TRIES):
            with pytest.raises(NotBound, match="不一致"):
                await bind(directory, nobody, who, {}, DAY)
        with pytest.raises(NotBound, match="次数"):
            await bind(directory, nobody, who, {}, DAY)
        with pytest.raises(NotBound, match="不一致"):
            await bind(directory, nobody, who, {}, "2026-04-11")

    async def test_the_client_that_binds_may_not_change_the_realm(self, directory):
        answer = await directory._http.put("", json={"bruteForceProtected": False})
        assert answer.status_code == 403
