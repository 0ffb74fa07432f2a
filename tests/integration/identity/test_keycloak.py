"""What Keycloak alone can show: second factors, logins by the provincial service, and what nobody may do."""

import base64
import hmac
import html
import re
import struct
import time
from uuid import uuid4

import httpx
import pytest
from common.auth import TokenInvalid, Verifier
from yulu_local.passwords import BREACHED, LISTS, refusals
from yulu_local.people import people
from yulu_local.realm import DEV_CLIENT, declared

from tests.integration.identity.conftest import follow, said, submit

SIGNER = people()["plan-signer"]
LINKED = people()["registry-department"]
SENSITIVE = frozenset(declared()["second_factor"])


@pytest.fixture
def provider(keycloak):
    return keycloak


def code_of(secret: str, step: int) -> str:
    """RFC 6238: SHA-1, 6 digits, 30 seconds."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


async def enrol(browser, page) -> tuple[str, httpx.Response]:
    """The secret as the page shows it to type in, and the answer to its first code."""
    manual = re.search(r'href="([^"]*mode=manual[^"]*)"', page.text)
    assert manual, said(page)
    page = await browser.get(str(page.url.join(manual[1].replace("&amp;", "&"))))
    shown = re.search(r'id="kc-totp-secret-key">([^<]+)<', page.text)
    assert shown, said(page)
    secret = shown[1].replace(" ", "")
    return secret, await submit(browser, page, totp=code_of(secret, int(time.time()) // 30), userLabel="示范")


async def test_a_sensitive_role_needs_a_second_factor(visit, provider, verifier):
    assert SIGNER.roles <= SENSITIVE
    page = await follow(visit.browser, await provider.with_password(visit.browser, await visit.ask(), SIGNER.username))
    assert page.status_code == 200, "a password alone led back to the portal"
    secret, sent = await enrol(visit.browser, page)
    granted = (await visit.redeem(visit.answer(await follow(visit.browser, sent))["code"])).json()
    assert (await verifier.verify(granted["access_token"])).roles == SIGNER.roles
    # Another browser: his password leads to the question for a code, and a wrong one nowhere.
    visit.browser.cookies.clear()
    page = await follow(visit.browser, await provider.with_password(visit.browser, await visit.ask(), SIGNER.username))
    page = await submit(visit.browser, page, otp="000000")
    assert page.status_code == 200
    # The code of the next half minute is accepted now: the present one has been used.
    sent = await submit(visit.browser, page, otp=code_of(secret, int(time.time()) // 30 + 1))
    assert "code" in visit.answer(await follow(visit.browser, sent))


async def by_province(visit, provider, username):
    """Logs in at the provincial service, which the query asks for without a page of ours between."""
    page = await follow(visit.browser, await visit.ask(kc_idp_hint="provincial"))
    assert "/realms/provincial/" in str(page.url)
    return await follow(visit.browser, await provider.with_password(visit.browser, page, username))


async def test_who_was_linked_by_an_administrator_comes_in_by_the_provincial_service(visit, provider, verifier):
    sent = await by_province(visit, provider, "zhang-dengji")
    granted = (await visit.redeem(visit.answer(sent)["code"])).json()
    principal = await verifier.verify(granted["access_token"])
    assert (principal.subject, principal.roles, principal.region) == (LINKED.subject, LINKED.roles, LINKED.region)


@pytest.mark.parametrize("username", ["li-qunzhong", "registry-bureau"])
async def test_who_is_new_gets_no_rights_whatever_he_is_called_there(visit, provider, verifier, username):
    sent = await by_province(visit, provider, username)
    granted = (await visit.redeem(visit.answer(sent)["code"])).json()
    principal = await verifier.verify(granted["access_token"])
    assert (principal.roles, principal.organisation_kind, principal.region) == (frozenset(), "public", None)
    assert principal.subject not in {person.subject for person in people().values()}
    # The second time he is the same, whom nobody has given anything meanwhile.
    visit.browser.cookies.clear()
    again = (await visit.redeem(visit.answer(await by_province(visit, provider, username))["code"])).json()
    assert (await verifier.verify(again["access_token"])).subject == principal.subject


async def test_a_token_of_the_provincial_service_is_none_of_ours(visit, provider, verifier):
    there = provider.url.removesuffix("/yulu") + "/provincial/protocol/openid-connect/token"
    who = {"client_id": "admin-cli", "username": "registry-bureau", "password": provider.client_secret("demo-password")}
    granted = await visit.browser.post(there, data={"grant_type": "password"} | who)
    with pytest.raises(TokenInvalid):
        await verifier.verify(granted.json()["access_token"])


async def test_only_the_development_client_may_send_passwords(visit):
    refused = await visit.grant(grant_type="password", username="registry-bureau", password="x")
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


async def test_nobody_changes_what_his_rights_follow_from(visit, provider):
    granted = await visit.log_in(people()["registry-bureau"])
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    mine = {"username": "registry-bureau", "attributes": {"organisation_kind": ["department"], "region": ["410000"]}}
    refused = await visit.browser.post(f"{provider.url}/account/", json=mine, headers=headers)
    assert refused.status_code in (401, 403)
    again = (await visit.refresh(granted["refresh_token"])).json()
    principal = await Verifier(provider.url, "yulu").verify(again["access_token"])
    assert (principal.organisation_kind, principal.region) == ("bureau", "410100")


async def test_a_password_may_be_long_and_counts_to_its_last_character(visit, provider):
    headers = await administrator(visit, provider)
    who = {"username": "of-many-words", "enabled": True}
    users = f"{provider.url.replace('/realms/', '/admin/realms/')}/users"
    made = await visit.browser.post(users, json=who, headers=headers)
    password = "路漫漫其修远兮，吾将上下而求索。 " * 8
    for value, status in ((password[:11], 400), (password, 204)):
        told = {"type": "password", "value": value, "temporary": False}
        place = f"{made.headers['location']}/reset-password"
        assert (await visit.browser.put(place, json=told, headers=headers)).status_code == status, value
    assert len(password) >= 128
    page = await submit(visit.browser, await visit.ask(), username=who["username"], password=password[:-2])
    assert page.status_code == 200, "it was cut short"
    assert "code" in visit.answer(await submit(visit.browser, page, username=who["username"], password=password))


async def administrator(visit, provider) -> dict[str, str]:
    granted = await visit.browser.post(
        visit.discovery["token_endpoint"],
        data={"grant_type": "client_credentials"},
        auth=(DEV_CLIENT, provider.client_secret(DEV_CLIENT)),
    )
    return {"Authorization": f"Bearer {granted.json()['access_token']}"}


async def test_a_person_chooses_no_password_that_is_known_or_made_of_words_of_this_place(visit, provider):
    given = f"{uuid4()} for the first time"
    who = {
        "username": "of-bad-words",
        "enabled": True,
        "credentials": [{"type": "password", "value": given, "temporary": True}],
    }
    users = f"{provider.url.replace('/realms/', '/admin/realms/')}/users"
    made = await visit.browser.post(users, json=who, headers=await administrator(visit, provider))
    assert made.status_code == 201, made.text
    page = await submit(visit.browser, await visit.ask(), username=who["username"], password=given)
    page = await follow(visit.browser, page)
    for refused, because in (
        ("1QAZ2wsx3edc", "invalidPasswordBlacklistedMessage"),
        ("Henan@2026Sifating", "invalidPasswordRegexPatternMessage"),
        ("豫律河南省司法厅2026！abc", "invalidPasswordRegexPatternMessage"),
    ):
        page = await submit(visit.browser, page, **{"password-new": refused, "password-confirm": refused})
        assert refusals()["zh-CN"][because] in html.unescape(page.text), said(page)
    good = "胡辣汤要加醋才好喝 Henan 2026"
    sent = await submit(visit.browser, page, **{"password-new": good, "password-confirm": good})
    assert "code" in visit.answer(await follow(visit.browser, sent))


async def test_no_administrator_gives_one_either(visit, provider):
    headers = await administrator(visit, provider)
    users = f"{provider.url.replace('/realms/', '/admin/realms/')}/users"
    made = await visit.browser.post(users, json={"username": "of-known-words", "enabled": True}, headers=headers)
    known = (LISTS / BREACHED).read_text(encoding="ascii").splitlines()
    for value, status in ((known[0], 400), (known[-1].upper(), 400), ("Sifating123456", 400), (str(uuid4()), 204)):
        told = {"type": "password", "value": value, "temporary": False}
        answer = await visit.browser.put(f"{made.headers['location']}/reset-password", json=told, headers=headers)
        assert answer.status_code == status, value


async def test_wrong_passwords_make_an_account_wait(visit, provider):
    username = "plan-reporter"
    page = await visit.ask()
    for _ in range(declared()["wrong_passwords"]["before_waiting"]):
        page = await submit(visit.browser, page, username=username, password="wrong")
    page = await provider.with_password(visit.browser, page, username)
    assert page.status_code == 200, "the right password was accepted after many wrong ones"


def test_its_log_names_nobody_and_no_secret(provider):
    log = provider.engine.log.read_text()
    names = [*people(), "zhang-dengji", "li-qunzhong", *(person.name for person in people().values())]
    assert [name for name in names if len(name) > 8 and name in log] == []
    assert provider.client_secret("portal") not in log
    assert provider.client_secret("demo-password") not in log
